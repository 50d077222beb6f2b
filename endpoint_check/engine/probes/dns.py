"""The dns kind: asks for a name's records. Addresses in the answer are only data; nothing connects to them."""

import contextlib
import ipaddress
import time
from collections.abc import Iterable, Sequence
from typing import Any

import dns.asyncresolver
import dns.exception
import dns.message
import dns.name
import dns.nameserver
import dns.rcode
import dns.rdata
import dns.resolver
import dns.reversename
from dns._asyncbackend import Backend
from dns.rdtypes.ANY.CAA import CAA
from dns.rdtypes.txtbase import TXTBase

from common.contracts.causes import CAUSES, Cause, because
from common.contracts.results import ErrorCode
from common.security.addresses import AddressRule
from endpoint_check.engine.host_addresses import HostAddresses
from endpoint_check.engine.judging.verdict import conclude
from endpoint_check.engine.outcome import Outcome, Phases, failed
from endpoint_check.engine.probes.base import AsyncProbe, Tools
from endpoint_check.engine.spec import Spec

MANY = 100
"""Records from which on they are compared beside the loop; a message holds thousands."""
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


class _NameServer(dns.nameserver.Do53Nameserver):
    """One resolver. What it answers over TCP may be 64 KiB, which take a tenth of a second to be read."""

    def __init__(self, addresses: HostAddresses, address: str, port: int) -> None:
        super().__init__(address, port)
        self._addresses = addresses

    async def async_query(  # noqa: PLR0917  dnspython's own
        self,
        request: dns.message.QueryMessage,
        timeout: float,  # noqa: ASYNC109  dnspython's own
        source: str | None,
        source_port: int,
        max_size: bool,
        backend: Backend,
        one_rr_per_rrset: bool = False,
        ignore_trailing: bool = False,
    ) -> dns.message.Message:
        if not max_size:
            return await super().async_query(
                request, timeout, source, source_port, max_size, backend, one_rr_per_rrset, ignore_trailing
            )
        return await self._addresses.beside(
            lambda: self.query(request, timeout, source, source_port, max_size, one_rr_per_rrset, ignore_trailing)
        )


class DnsProbe:
    """Probes of the dns kind with the resolvers of one engine."""

    def __init__(self, tools: Tools) -> None:
        self._addresses, self._servers = tools.addresses, tools.dns_servers
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
        outcome = Outcome(status="up")
        _timed(outcome, started)
        if len(answer) > MANY:
            records, missing = await self._addresses.beside(lambda: _compared(answer, spec))
        else:
            records, missing = _compared(answer, spec)
        if missing is not None:
            cause = because("records_differ", kind=kind, name=spec.url, records=_listed(records), value=missing)
            return outcome.fail(ErrorCode.ASSERTION_FAILED, cause)
        conclude(spec, outcome)
        return outcome

    def _system(self) -> dns.asyncresolver.Resolver:
        """One resolver for the engine's life; a `check` task's is a minute, so a changed resolv.conf is seen soon."""
        if self._resolver is None:
            resolver = dns.asyncresolver.Resolver(configure=not self._servers)
            named = self._servers or [(str(server), resolver.port) for server in resolver.nameservers]
            resolver.nameservers = [_NameServer(self._addresses, *server) for server in named]
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


def _compared(answer: Iterable[dns.rdata.Rdata], spec: Spec) -> tuple[list[str], str | None]:
    """The records as texts, and the first that is expected and not among them."""
    records, kind = sorted(_text(record) for record in answer), spec.options.record_type
    known = frozenset(records if kind in _CASE_COUNTS else map(_plain, records))
    missing = (value for value in spec.options.expected or () if not _forms(value, kind) & known)
    return records, next(missing, None)


def _forms(wanted: str, kind: str) -> set[str]:
    """How a record may be written that is `wanted`, which may be in the quotes and escapes of a zone file."""
    if kind not in _CASE_COUNTS:
        return {_plain(wanted)}
    wanted = wanted.strip()
    forms = {wanted}
    if '"' in wanted and (kind != "TXT" or wanted.startswith('"')):
        with contextlib.suppress(dns.exception.DNSException, ValueError):
            forms.add(_text(dns.rdata.from_text("IN", kind, wanted)))
    return forms


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
