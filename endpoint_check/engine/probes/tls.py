"""The tls kind: a handshake without ALPN, which strict servers refuse (RFC 7301, 3.2), ended by saying so (close_notify)."""

import asyncio
import contextlib
import socket
import ssl
import time

from common.security.addresses import AddressRule
from endpoint_check.engine.certificates import chain_of_tls
from endpoint_check.engine.host_addresses import first_good, shown, since
from endpoint_check.engine.http.curl_info import watch
from endpoint_check.engine.judging.verdict import conclude
from endpoint_check.engine.outcome import Outcome, Phases
from endpoint_check.engine.probes.base import AsyncProbe, Tools
from endpoint_check.engine.spec import Spec
from endpoint_check.engine.tls_handshake import GOODBYE, unsecured

DELAY = 0.25
"""Seconds until the next address is tried beside (RFC 8305, 8)."""


class TlsProbe:
    """Probes of the tls kind of one engine."""

    def __init__(self, tools: Tools) -> None:
        self._addresses, self._tls = tools.addresses, tools.tls

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
        attempt = _Attempt(spec, host.strip("[]"), int(port), self._tls.of(verify=spec.options.verify_tls), started)
        outcome = await first_good(addresses, attempt.made, DELAY)
        if outcome.phases is not None:
            connect = outcome.phases.connect_ms - lookup
            outcome.phases = Phases(lookup, connect, outcome.phases.tls_ms)
        if outcome.status == "up":
            conclude(spec, outcome)
        return outcome


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
            where, connected = shown(address, self._port), outcome.phases is not None
            outcome.fail(*unsecured(error, where, since(self._started), connected=connected))
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


PROBE = AsyncProbe(make=lambda tools: TlsProbe(tools).probe)
