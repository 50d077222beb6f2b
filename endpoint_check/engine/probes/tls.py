"""The tls kind: a handshake without ALPN, which strict servers refuse (RFC 7301, 3.2), ended by saying so (close_notify)."""

import asyncio
import contextlib
import socket
import ssl
import time

from common.addresses import AddressRule
from common.contracts.causes import Cause, because
from common.contracts.results import ErrorCode
from endpoint_check.engine.certificates import authorities, chain_of_tls
from endpoint_check.engine.failures import not_accepted, timed_out, unconnected
from endpoint_check.engine.host_addresses import first_good, shown, since
from endpoint_check.engine.http.curl_info import watch
from endpoint_check.engine.judging.verdict import conclude
from endpoint_check.engine.outcome import Outcome, Phases
from endpoint_check.engine.probes.base import AsyncProbe, Tools
from endpoint_check.engine.spec import Spec

DELAY = 0.25
"""Seconds until the next address is tried beside (RFC 8305, 8)."""
GOODBYE = 0.5
"""Seconds that a server has for its own goodbye."""
_EXPIRED = 10
"""OpenSSL's X509_V_ERR_CERT_HAS_EXPIRED."""


class TlsProbe:
    """Probes of the tls kind of one engine."""

    def __init__(self, tools: Tools) -> None:
        self._addresses = tools.addresses
        self._contexts: dict[bool, ssl.SSLContext] = {}

    async def probe(self, spec: Spec, rule: AddressRule) -> Outcome:
        """Resolve, ask the address rule, connect and shake hands; all within the spec's timeout."""
        started = time.perf_counter()
        host, _, port = spec.url.rpartition(":")
        addresses = await self._addresses.find(
            host, version=spec.options.ip_version, port=int(port), rule=rule, seconds=spec.timeout
        )
        if isinstance(addresses, Outcome):
            return addresses
        lookup = since(started)
        attempt = _Attempt(spec, host.strip("[]"), int(port), self._context(verify=spec.options.verify_tls), started)
        outcome = await first_good(addresses, attempt.made, DELAY)
        if outcome.phases is not None:
            connect = outcome.phases.connect_ms - lookup
            outcome.phases = Phases(lookup, connect, outcome.phases.tls_ms)
        if outcome.status == "up":
            conclude(spec, outcome)
        return outcome

    def _context(self, *, verify: bool) -> ssl.SSLContext:
        """Reading the authorities takes as long as some hundred handshakes."""
        if verify not in self._contexts:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            # What OpenSSL takes by default, as the other probes do; Python leaves out what many servers still speak.
            context.set_ciphers("DEFAULT")
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
            if verify:
                context.load_verify_locations(authorities())
            else:
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self._contexts[verify] = context
        return self._contexts[verify]


class _Attempt:
    """One probe's attempts, each at one address."""

    def __init__(self, spec: Spec, host: str, port: int, context: ssl.SSLContext, started: float) -> None:
        self._spec, self._host, self._port = spec, host, port
        self._context, self._started = context, started

    async def made(self, address: str) -> Outcome:
        """Up, or why not; `connect_ms` counts from the probe's beginning."""
        outcome = Outcome(status="up", resolved_ip=address)
        left = max(self._spec.timeout - since(self._started) / 1000, 0.01)
        try:
            async with asyncio.timeout(left):
                await self._shake(address, outcome)
        except OSError as error:
            outcome.fail(*self._failure(error, address, connected=outcome.phases is not None))
        outcome.total_ms = outcome.total_ms or since(self._started)
        return outcome

    async def _shake(self, address: str, outcome: Outcome) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as connection:
            connection.setblocking(False)
            await asyncio.get_running_loop().sock_connect(connection, (address, self._port))
            connected = since(self._started)
            outcome.phases = Phases(connect_ms=connected)
            _, writer = await asyncio.open_connection(
                sock=connection, ssl=self._context, server_hostname=self._host, ssl_shutdown_timeout=GOODBYE
            )
            outcome.total_ms = since(self._started)
            outcome.phases = Phases(connect_ms=connected, tls_ms=outcome.total_ms - connected)
            watch(outcome, chain_of_tls(writer.get_extra_info("ssl_object")), self._spec.options.certificate_warnings)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def _failure(self, error: OSError, address: str, *, connected: bool) -> tuple[ErrorCode, Cause]:
        where, after = shown(address, self._port), since(self._started)
        if isinstance(error, ssl.SSLCertVerificationError):
            return not_accepted(error.verify_message, expired=error.verify_code == _EXPIRED)
        if isinstance(error, TimeoutError):
            return timed_out(where, after, connected=connected)
        if isinstance(error, ssl.SSLError):
            return (
                ErrorCode.TLS_ERROR,
                because("handshake_failed", detail=(error.reason or "unknown").replace("_", " ").lower()),
            )
        if connected:
            return (
                ErrorCode.TLS_ERROR,
                because("handshake_failed", detail=error.strerror or "the server closed the connection"),
            )
        return unconnected(error.errno or 0, where, after)


PROBE = AsyncProbe(make=lambda tools: TlsProbe(tools).probe)
