"""The connection of a probe that speaks its protocol itself: address rule, TCP and TLS, how long each took, and its end."""

import asyncio
import socket
import ssl
from contextlib import suppress
from typing import Literal

import msgspec

from common.contracts.causes import because
from common.contracts.results import ErrorCode
from common.security.addresses import AddressRule
from endpoint_check.engine.certificates import chain_of_tls
from endpoint_check.engine.failures import Failure, timed_out
from endpoint_check.engine.host_addresses import first_good, shown, since
from endpoint_check.engine.http.curl_info import watch
from endpoint_check.engine.outcome import Outcome, Phases
from endpoint_check.engine.probes.base import Tools
from endpoint_check.engine.spec import Spec
from endpoint_check.engine.tls_handshake import GOODBYE, unsecured

DELAY = 0.25
"""Seconds until the next address is tried beside (RFC 8305, 8)."""
MOST = 256 * 1024
"""Bytes of one `read`."""
_ending = set[asyncio.Task[None]]()


class Connection:
    """`open` it, read and write while time is `left`, and `leave`.

    `outcome` is up, with what is known of the way, until its owner or `open` fails it.
    """

    def __init__(self, spec: Spec, host: str, port: int, *, secure: bool, started: float) -> None:
        """`started` is when the probe began, by the performance counter."""
        self.outcome = Outcome(status="up")
        self._spec, self._host, self._port, self._secure, self._started = spec, host, port, secure, started
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._dialled: dict[str, socket.socket] = {}
        self._address = ""
        self._phases, self._marked = Phases(), 0.0

    @property
    def left(self) -> float:
        """Seconds of the probe's time."""
        return max(self._spec.timeout - since(self._started) / 1000, 0.01)

    @property
    def where(self) -> str:
        """The address and port for people."""
        return shown(self._address, self._port)

    @property
    def after(self) -> int:
        """The ms since the probe began."""
        return round(since(self._started))

    def mark(self, phase: Literal["name_lookup_ms", "connect_ms", "tls_ms", "first_byte_ms", "transfer_ms"]) -> None:
        """Say that this part ends now; the next one begins."""
        now = since(self._started)
        self._phases = msgspec.structs.replace(self._phases, **{phase: now - self._marked})
        self._marked = now
        self.outcome.total_ms, self.outcome.phases = now, self._phases

    def fail(self, failure: Failure) -> None:
        """Say that the probe failed, now."""
        self.outcome.total_ms = since(self._started)
        self.outcome.fail(*failure)

    async def open(self, tools: Tools, rule: AddressRule) -> bool:
        """To any address that the rule allows; the outcome says why there is none."""
        addresses = await tools.addresses.find(
            self._host, version=self._spec.options.ip_version, port=self._port, rule=rule, seconds=self._spec.timeout
        )
        if isinstance(addresses, Outcome):
            self.outcome = addresses
            return False
        self.mark("name_lookup_ms")
        try:
            self.outcome = await first_good(addresses, self._dial, DELAY)
        finally:
            for address, connection in self._dialled.items():
                if address != self._address:
                    connection.close()
        self.mark("connect_ms")
        if self.outcome.status == "up":
            await self._stream(tools)
        return self.outcome.status == "up"

    async def _dial(self, address: str) -> Outcome:
        outcome = Outcome(status="up", resolved_ip=address)
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        connection = self._dialled[address] = socket.socket(family, socket.SOCK_STREAM)
        connection.setblocking(False)
        try:
            async with asyncio.timeout(self.left):
                await asyncio.get_running_loop().sock_connect(connection, (address, self._port))
        except OSError as error:
            where = shown(address, self._port)
            return outcome.fail(*unsecured(error, where, since(self._started), connected=False))
        self._address = self._address or address
        return outcome

    async def _stream(self, tools: Tools) -> None:
        connection = self._dialled[self._address]
        self.outcome.resolved_ip = self._address
        if not self._secure:
            self._reader, self._writer = await asyncio.open_connection(sock=connection)
            return
        try:
            async with asyncio.timeout(self.left):
                self._reader, self._writer = await asyncio.open_connection(
                    sock=connection,
                    ssl=tools.tls.of(verify=self._spec.options.verify_tls),
                    server_hostname=self._host,
                    ssl_shutdown_timeout=GOODBYE,
                )
        except OSError as error:
            self.fail(unsecured(error, self.where, since(self._started), connected=True))
            return
        finally:
            if self._writer is None:
                connection.close()
        self.mark("tls_ms")
        chain = chain_of_tls(self._writer.get_extra_info("ssl_object"))
        watch(self.outcome, chain, self._spec.options.certificate_warnings)

    async def read(self) -> bytes:
        """What comes next, up to MOST bytes; none at the end. Raises `OSError`."""
        assert self._reader is not None
        return await self._reader.read(MOST)

    def write(self, data: list[bytes]) -> None:
        """Send it as soon as the site takes it; `drained` waits for that."""
        if self._writer is not None:
            self._writer.writelines(data)

    async def drained(self) -> None:
        """Until the site has taken most of what was written. Raises `OSError`."""
        if self._writer is not None:
            await self._writer.drain()

    def broken(self, error: OSError) -> Failure:
        """Why nothing more comes over it."""
        if isinstance(error, TimeoutError):
            return timed_out(self.where, self.after, connected=True)
        if isinstance(error, ConnectionError):
            return ErrorCode.CONNECTION_RESET, because("reset", address=self.where, time=self.after)
        detail = (error.reason if isinstance(error, ssl.SSLError) else error.strerror) or "unknown"
        return ErrorCode.CONNECTION_RESET, because(
            "broke_receiving", address=self.where, time=self.after, detail=detail
        )

    def leave(self) -> None:
        """Nobody waits for the end, which comes by itself."""
        if self._reader is not None and self._writer is not None:
            end = asyncio.create_task(_end(self._reader, self._writer))
            _ending.add(end)
            end.add_done_callback(_ending.discard)


async def _end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The site may answer our goodbye; it gets no more than two moments."""
    try:
        with suppress(OSError, EOFError):
            async with asyncio.timeout(GOODBYE):
                await reader.readexactly(MOST)
        writer.close()
        with suppress(OSError):
            async with asyncio.timeout(GOODBYE):
                await writer.wait_closed()
    finally:
        writer.transport.abort()
