"""The websocket kind: the handshake and, where one is awaited, the first message (RFC 6455).

The protocol is the library's, the sockets are ours. It gets what comes in small pieces, with the loop in between, and frames
are counted: a site that sends nothing but pings keeps no other probe waiting. No extension is offered, so nothing is ever
decompressed. Redirects are not followed, as by browsers (WHATWG Fetch, "establish a WebSocket connection").
"""

import asyncio
import base64
import codecs
import time
from contextlib import suppress

import msgspec
from websockets.client import ClientProtocol
from websockets.exceptions import PayloadTooBig
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.typing import Subprotocol
from websockets.uri import WebSocketURI, parse_uri

from common.contracts.causes import because
from common.contracts.options import BasicAuth
from common.contracts.results import ErrorCode
from common.security.addresses import AddressRule
from endpoint_check.engine.connection import Connection
from endpoint_check.engine.failures import Failure, no_http, odd_status_line
from endpoint_check.engine.http.received import Received
from endpoint_check.engine.http.redirects import REDIRECTS
from endpoint_check.engine.judging import charsets
from endpoint_check.engine.judging.assertions import OF_BODY
from endpoint_check.engine.outcome import Outcome, failed
from endpoint_check.engine.probes.base import Answered, AsyncProbe, Tools
from endpoint_check.engine.spec import Spec

PIECE = 1024
"""Bytes that are looked at without a pause for the other probes: up to 512 frames."""
SLICE = 256 * 1024
"""The same of a message that is but decoded."""
MOST_FRAMES = 5000
MOST_INTERIM = 10
"""Answers such as 103 (Early Hints) before the one that counts."""
MAX_HEAD = 64 * 1024
GRACE = 0.5
"""Seconds that the text of a refusal is waited for, which is only shown."""
_OWN = frozenset({"sec-websocket-accept", "sec-websocket-extensions", "sec-websocket-key", "sec-websocket-version"})
_SUBPROTOCOL = "sec-websocket-protocol"
_SHOWN = 200


class WebSocketProbe:
    """Probes of the websocket kind of one engine."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def probe(self, spec: Spec, rule: AddressRule) -> Outcome | Answered:
        """Connect, shake hands and listen; all within the spec's timeout."""
        for name in spec.headers:
            if name.lower() in _OWN:
                return failed(ErrorCode.INVALID_SPEC, because("header_forbidden", name=name))
        started, uri = time.perf_counter(), parse_uri(spec.url)
        connection = Connection(spec, uri.host, uri.port, secure=uri.secure, started=started)
        visit = _Visit(spec, uri, connection)
        try:
            if await connection.open(self._tools, rule):
                await visit.make(self._tools.user_agent)
        finally:
            connection.leave()
        return Answered(msgspec.structs.replace(spec, expected_status="101"), connection.outcome, visit.received)


class _Failed(Exception):
    """The site's fault, and no error of ours."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(*failure)
        self.failure = failure


class _Visit:
    """What is said over the connection of one probe."""

    def __init__(self, spec: Spec, uri: WebSocketURI, connection: Connection) -> None:
        self.received = Received()
        self._spec, self._connection = spec, connection
        self._limit = spec.options.max_body_kib * 1024
        self._protocol = ClientProtocol(uri, subprotocols=_subprotocols(spec), max_size=self._limit)
        self._protocol.debug = False  # it would log headers, which may be secret
        self._frames, self._is_text, self._message = 0, False, bytearray()

    async def make(self, user_agent: str) -> None:
        """Up to the handshake's answer, or to the message; the connection's outcome says what failed."""
        connection = self._connection
        try:
            async with asyncio.timeout(connection.left):
                rest = await self._shake_hands(user_agent)
                if rest is not None and _awaits_message(self._spec):
                    await self._listen(rest)
        except _Failed as error:
            connection.fail(error.failure)
        except OSError as error:
            connection.fail(self._broken(error))
        if self._protocol.state is State.OPEN:
            self._protocol.send_close(1000)
        self._flush()

    async def _shake_hands(self, user_agent: str) -> bytearray | None:
        """What has come behind the answer; None where that is a refusal. Raises `_Failed`."""
        request = self._protocol.connect()
        for name, value in _headers(self._spec, user_agent).items():
            request.headers[name] = value.encode().decode("iso-8859-1")  # as which the library sends it
        self._protocol.send_request(request)
        self._flush()
        head, status, rest = await self._answer()
        self._connection.outcome.http_status = status
        self._connection.mark("first_byte_ms")
        self._protocol.receive_data(head)
        if status != 101:
            self.received.body = await self._refusal(rest)
            location = next((value for name, value in self.received.headers if name.lower() == "location"), "")
            if status in REDIRECTS and location:
                cause = because("handshake_redirected", status=status, location=location[:_SHOWN])
                raise _Failed((ErrorCode.UNEXPECTED_STATUS, cause))
            return None
        if self._protocol.handshake_exc is not None:
            raise _broken_by(self._protocol.handshake_exc)
        return rest

    async def _answer(self) -> tuple[bytes, int, bytearray]:
        """The head that counts, its status, and what has come behind it. Raises `_Failed`."""
        data = bytearray()
        for _ in range(MOST_INTERIM + 1):
            head = await self._head(data)
            lines = head.splitlines(keepends=True)
            if odd := odd_status_line(lines[:1]):
                raise _Failed(no_http(odd))
            status = int(lines[0].split()[1])
            if status == 101 or status >= 200:
                self.received = Received(lines)
                return head, status, data
        raise _Failed((ErrorCode.PROTOCOL_ERROR, because("answer_broken", detail=f"{MOST_INTERIM} interim answers")))

    async def _head(self, data: bytearray) -> bytes:
        """The next status line and headers, taken from the beginning of `data`, which grows until they have an end."""
        looked = 0
        while not (end := _end_of_head(data, looked)):
            if data[:5] != b"HTTP/"[: len(data)]:
                raise _Failed(no_http(data))
            if len(data) > MAX_HEAD:
                raise _Failed((ErrorCode.PROTOCOL_ERROR, because("header_too_long")))
            looked = max(0, len(data) - 2)
            data += await self._more(is_begun=bool(data))
        head = bytes(data[:end])
        del data[:end]
        return head

    async def _refusal(self, rest: bytearray) -> bytes:
        """The text that comes with it, as far as it comes soon."""
        protocol = self._protocol
        with suppress(OSError, _Failed):
            async with asyncio.timeout(min(GRACE, self._connection.left / 2)):
                await self._feed(rest)
                while not protocol.events and protocol.handshake_exc is None:
                    more = await self._more()
                    rest += more
                    await self._feed(more)
        answers = [event for event in protocol.events_received() if isinstance(event, Response)]
        return bytes(answers[0].body if answers and answers[0].body else rest)

    async def _listen(self, rest: bytes | bytearray) -> None:
        """Send the message where there is one, and take the first that comes. Raises `_Failed`."""
        if self._spec.options.message:
            self._protocol.send_text(self._spec.options.message.encode())
            self._flush()
        while not await self._feed(rest):
            rest = await self._more()
        self._connection.mark("transfer_ms")
        if self._is_text:
            decoder = codecs.getincrementaldecoder("utf-8")()
            try:
                for start in range(0, len(self._message), SLICE):
                    decoder.decode(self._message[start : start + SLICE])
                    await asyncio.sleep(0)
                decoder.decode(b"", final=True)
            except UnicodeDecodeError as error:
                raise _Failed((ErrorCode.PROTOCOL_ERROR, because("message_no_text"))) from error
        charset = charsets.UTF_8 if self._is_text else ""
        self.received = Received(self.received.lines, self._message, charset=charset)

    async def _feed(self, data: bytes | bytearray) -> bool:
        """Give the protocol what came; returns whether a message is whole. Raises `_Failed`."""
        for start in range(0, len(data), PIECE):
            self._protocol.receive_data(bytes(data[start : start + PIECE]))
            if self._protocol.state is not State.CONNECTING and self._is_whole():
                return True
            self._flush()
            await asyncio.sleep(0)
        await self._connection.drained()
        return False

    def _is_whole(self) -> bool:
        protocol = self._protocol
        for event in protocol.events_received():
            if not isinstance(event, Frame):
                continue
            self._frames += 1
            if event.opcode in {Opcode.TEXT, Opcode.BINARY}:
                self._is_text = event.opcode is Opcode.TEXT
            if event.opcode in {Opcode.TEXT, Opcode.BINARY, Opcode.CONT}:
                self._message += event.data
                if event.fin:
                    return True
        if isinstance(protocol.parser_exc, PayloadTooBig):
            raise _Failed((ErrorCode.PROTOCOL_ERROR, because("message_too_large", size=self._limit // 1024)))
        if protocol.parser_exc is not None:
            raise _broken_by(protocol.parser_exc)
        if protocol.close_rcvd is not None:
            raise _Failed((ErrorCode.CONNECTION_RESET, because("websocket_closed", detail=str(protocol.close_rcvd))))
        if self._frames > MOST_FRAMES:
            raise _Failed((ErrorCode.PROTOCOL_ERROR, because("too_many_frames", count=MOST_FRAMES)))
        return False

    async def _more(self, *, is_begun: bool = False) -> bytes:
        """What comes next; `is_begun` says that an answer has begun. Raises `_Failed` at the end."""
        data = await self._connection.read()
        if data:
            return data
        if is_begun:
            raise _Failed((ErrorCode.PROTOCOL_ERROR, because("headers_unfinished")))
        cause = because("closed", address=self._connection.where, time=self._connection.after)
        raise _Failed((ErrorCode.CONNECTION_RESET, cause))

    def _flush(self) -> None:
        self._connection.write([data for data in self._protocol.data_to_send() if data])

    def _broken(self, error: OSError) -> Failure:
        if isinstance(error, TimeoutError) and self._protocol.state is not State.CONNECTING:
            cause = because("no_message", address=self._connection.where, time=self._connection.after)
            return ErrorCode.READ_TIMEOUT, cause
        return self._connection.broken(error)


def _awaits_message(spec: Spec) -> bool:
    return bool(spec.options.message) or any(one.kind in OF_BODY for one in spec.assertions)


def _subprotocols(spec: Spec) -> list[Subprotocol] | None:
    """Those that the spec's header offers; the protocol compares the server's choice with them."""
    offered = next((value for name, value in spec.headers.items() if name.lower() == _SUBPROTOCOL), "")
    return [Subprotocol(name) for name in map(str.strip, offered.split(",")) if name] or None


def _headers(spec: Spec, user_agent: str) -> dict[str, str]:
    """The spec's, with who we are and who the owner is where they do not say it."""
    headers = {name: value for name, value in spec.headers.items() if name.lower() != _SUBPROTOCOL}
    names, auth = {name.lower() for name in headers}, spec.options.auth
    if "user-agent" not in names:
        headers["User-Agent"] = user_agent
    if auth is not None and "authorization" not in names:
        if isinstance(auth, BasicAuth):
            pair = base64.b64encode(f"{auth.username}:{auth.password}".encode()).decode()
            headers["Authorization"] = f"Basic {pair}"
        else:
            headers["Authorization"] = f"Bearer {auth.token}"
    return headers


def _end_of_head(data: bytearray, start: int) -> int:
    """The place behind the first blank line from `start` on; 0 where there is none."""
    found = ((data.find(mark, start), len(mark)) for mark in (b"\n\r\n", b"\n\n"))
    return min((place + length for place, length in found if place >= 0), default=0)


def _broken_by(error: Exception) -> _Failed:
    """What the protocol says of an answer that breaks it."""
    detail = str(error.__cause__ or error)[:_SHOWN]
    return _Failed((ErrorCode.PROTOCOL_ERROR, because("answer_broken", detail=detail)))


PROBE = AsyncProbe(make=lambda tools: WebSocketProbe(tools).probe)
