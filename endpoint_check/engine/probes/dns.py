"""The dns kind: asks for a name's records. Addresses in the answer are only data; nothing connects to them."""

import contextlib
import ipaddress
import time
from collections.abc import Sequence
from typing import Any

import dns.asyncresolver
import dns.exception
import dns.name
import dns.nameserver
import dns.rcode
import dns.rdata
import dns.resolver
import dns.reversename
from dns.rdtypes.ANY.CAA import CAA
from dns.rdtypes.txtbase import TXTBase

from common.addresses import AddressRule
from common.contracts.causes import CAUSES, Cause, because
from common.contracts.results import ErrorCode
from endpoint_check.engine.judging.verdict import conclude
from endpoint_check.engine.outcome import Outcome, Phases, failed
from endpoint_check.engine.probes.base import AsyncProbe, Server, Tools
from endpoint_check.engine.spec import Spec

_SHOWN = 5
"""Records that a sentence names; a name may have hundreds."""
_CASE_COUNTS = frozenset({"TXT", "CAA"})
_REASONS: tuple[tuple[tuple[type[dns.exception.DNSException], ...], ErrorCode, str], ...] = (
    ((dns.resolver.NXDOMAIN,), ErrorCode.DNS_FAILURE, "name_unknown"),
    ((dns.resolver.NoAnswer,), ErrorCode.DNS_FAILURE, "no_records"),
    ((dns.exception.Timeout,), ErrorCode.READ_TIMEOUT, "no_resolver_in_time"),
    ((dns.resolver.NoNameservers,), ErrorCode.DNS_FAILURE, "no_resolver_could"),
    ((dns.resolver.NoResolverConfiguration,), ErrorCode.DNS_FAILURE, "no_resolvers"),
    (
        (dns.exception.SyntaxError, dns.name.IDNAException, dns.name.NameTooLong),
        ErrorCode.INVALID_SPEC,
        "no_name",
    ),
)


class DnsProbe:
    """Probes of the dns kind with the resolvers of one engine."""

    def __init__(self, tools: Tools) -> None:
        self._servers: Sequence[Server] = tools.dns_servers
        self._resolver: dns.asyncresolver.Resolver | None = None

    async def probe(self, spec: Spec, _rule: AddressRule) -> Outcome:
        """Ask, within the spec's timeout, and compare."""
        kind = spec.options.record_type
        started = time.perf_counter()
        try:
            answer = await self._system().resolve(_question(spec), kind, lifetime=spec.timeout, search=False)
        except dns.exception.DNSException as error:
            outcome = failed(*_explained(error, spec))
            _timed(outcome, started)
            return outcome
        records = sorted(_text(record) for record in answer)
        outcome = Outcome(status="up")
        _timed(outcome, started)
        missing = next((value for value in spec.options.expected or () if not _among(value, records, kind)), None)
        if missing is not None:
            cause = because("records_differ", kind=kind, name=spec.url, records=_listed(records), value=missing)
            return outcome.fail(ErrorCode.ASSERTION_FAILED, cause)
        conclude(spec, outcome)
        return outcome

    def _system(self) -> dns.asyncresolver.Resolver:
        """One resolver for the engine's life; a `check` task's is a minute, so a changed resolv.conf is seen soon."""
        if self._resolver is None:
            resolver = dns.asyncresolver.Resolver(configure=not self._servers)
            if self._servers:
                resolver.nameservers = [dns.nameserver.Do53Nameserver(*server) for server in self._servers]
            self._resolver = resolver
        return self._resolver


def _question(spec: Spec) -> dns.name.Name:
    host = spec.url.strip("[]")
    if spec.options.record_type == "PTR":
        try:
            return dns.reversename.from_address(host)
        except dns.exception.SyntaxError:
            pass
    return dns.name.from_text(host)


def _explained(error: dns.exception.DNSException, spec: Spec) -> tuple[ErrorCode, Cause]:
    broken = (ErrorCode.DNS_FAILURE, "lookup_broken")
    code, cause = next(((code, cause) for kinds, code, cause in _REASONS if isinstance(error, kinds)), broken)
    detail = type(error).__name__ if cause == "lookup_broken" else _refusals(error)
    known: dict[str, str | float] = {
        "name": spec.url,
        "kind": spec.options.record_type,
        "time": spec.timeout,
        "detail": detail,
    }
    return code, because(cause, **{name: value for name, value in known.items() if f"%({name})s" in CAUSES[cause].text})


def _refusals(error: Any) -> str:
    """What the resolvers said, without their addresses, which are ours alone."""
    responses = [refusal[-1] for refusal in error.kwargs.get("errors", ())]
    codes = {dns.rcode.to_text(response.rcode()) for response in responses if response is not None}
    return ", ".join(sorted(codes)) or "no usable answer"


def _text(record: dns.rdata.Rdata) -> str:
    """A record as people write it: `v=spf1 -all` instead of `"v=spf1 " "-all"`, and UTF-8 as such."""
    if isinstance(record, TXTBase):
        return _decoded(b"".join(record.strings))
    if isinstance(record, CAA):
        return f"{record.flags} {record.tag.decode()} {_decoded(record.value)}"
    return record.to_text()


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("iso-8859-1")


def _among(wanted: str, records: Sequence[str], kind: str) -> bool:
    """Whether one of the records is `wanted`, which may also be in the quotes and escapes of a zone file."""
    if kind not in _CASE_COUNTS:
        return _plain(wanted) in {_plain(record) for record in records}
    wanted = wanted.strip()
    forms = {wanted}
    if '"' in wanted and (kind != "TXT" or wanted.startswith('"')):
        with contextlib.suppress(dns.exception.DNSException, ValueError):
            forms.add(_text(dns.rdata.from_text("IN", kind, wanted)))
    return any(record in forms for record in records)


def _plain(text: str) -> str:
    """Names without their last dot and their letters' case, addresses in their shortest form."""
    text = text.strip()
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return " ".join(word.removesuffix(".") for word in text.lower().split())


def _listed(records: Sequence[str]) -> str:
    more = f" and {len(records) - _SHOWN} more" if len(records) > _SHOWN else ""
    return ", ".join(records[:_SHOWN]) + more


def _timed(outcome: Outcome, started: float) -> None:
    outcome.total_ms = round((time.perf_counter() - started) * 1000, 3)
    outcome.phases = Phases(name_lookup_ms=outcome.total_ms)


PROBE = AsyncProbe(make=lambda tools: DnsProbe(tools).probe)
