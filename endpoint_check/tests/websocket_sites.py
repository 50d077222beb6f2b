"""WebSocket servers on loopback: the library's own, and what a `RawSite` plays that keeps to nothing."""

import base64
import hashlib
import http
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from endpoint_check.engine.outcome import Outcome
from endpoint_check.tests.probing import probe
from endpoint_check.tests.raw_site import Play, RawSite

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""RFC 6455, 1.3."""
TEXT, CONTINUATION, CLOSE, PING = 0x1, 0x0, 0x8, 0x9


def echo(connection: ServerConnection) -> None:
    for message in connection:
        connection.send(message)


@contextmanager
def server(
    handler: Callable[[ServerConnection], None] = echo, certificate: Path | None = None, status: int | None = None
) -> Iterator[tuple[str, list[Request]]]:
    """The address of one of the library's own, and what it was asked; it refuses with `status`."""
    asked: list[Request] = []

    def process(connection: ServerConnection, request: Request) -> Response | None:
        asked.append(request)
        return None if status is None else connection.respond(http.HTTPStatus(status), "Not you.\n")

    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)

    def handle(connection: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            handler(connection)

    with serve(
        handle, "127.0.0.1", 0, ssl=context, process_request=process, compression="deflate", subprotocols=None
    ) as served:
        thread = threading.Thread(target=served.serve_forever, daemon=True)
        thread.start()
        port = served.socket.getsockname()[1]
        yield f"{'ws' if context is None else 'wss'}://{'127.0.0.1' if context is None else 'localhost'}:{port}/", asked
        served.shutdown()
        thread.join(5)


def frame(opcode: int, data: bytes = b"", *, is_last: bool = True, mask: bool = False) -> bytes:
    """RFC 6455, 5.2."""
    size, flag = len(data), 0x80 if mask else 0
    length = (
        bytes([size | flag]) if size < 126
        else struct.pack("!BH", 126 | flag, size) if size < 65536
        else struct.pack("!BQ", 127 | flag, size)
    )  # fmt: skip
    return bytes([opcode | (0x80 if is_last else 0)]) + length + (b"\0\0\0\0" if mask else b"") + data


def key_of(site: RawSite) -> bytes:
    return site.asked[-1].all("Sec-WebSocket-Key")[0].encode()


def shaken(then: bytes | Play = b"", *headers: bytes, accept: bytes | None = None) -> Play:
    """The handshake, and what comes then; a connection that was told nothing else stays until the probe leaves."""

    def play(connection: socket.socket) -> None:
        # The site notes what it was asked before it plays.
        key = key_of(SITES[connection.getsockname()[1]])
        good = base64.b64encode(hashlib.sha1(key + GUID, usedforsecurity=False).digest())
        connection.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: %b\r\n%b\r\n" % (good if accept is None else accept, b"".join(headers))
        )
        if isinstance(then, bytes):
            connection.sendall(then)
            while connection.recv(4096):
                pass
        else:
            then(connection)

    return play


SITES: dict[int, RawSite] = {}


def address(site: RawSite, scheme: str = "ws") -> str:
    SITES[site.port] = site
    return f"{scheme}://127.0.0.1:{site.port}/"


def hold(connection: socket.socket) -> None:
    """Say nothing more until the other side has gone."""
    while connection.recv(4096):
        pass


def each(piece: bytes, pause: float) -> Play:
    """The same for ever."""

    def play(connection: socket.socket) -> None:
        while True:
            connection.sendall(piece)
            time.sleep(pause)

    return play


def play_all(*parts: bytes | Play) -> Play:
    """One after the other."""

    def play(connection: socket.socket) -> None:
        for part in parts:
            if isinstance(part, bytes):
                connection.sendall(part)
            else:
                part(connection)

    return play


def drip(data: bytes) -> Play:
    def play(connection: socket.socket) -> None:
        for place in range(len(data)):
            connection.sendall(data[place : place + 1])
            time.sleep(0.05)
        hold(connection)

    return play


SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"


def look(url: str, **spec: Any) -> Outcome:
    return probe(url, kind="websocket", **spec)


def contains(text: str) -> list[dict[str, str]]:
    return [{"kind": "body_contains", "value": text}]
