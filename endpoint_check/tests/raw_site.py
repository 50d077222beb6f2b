"""A peer on 127.0.0.1 that answers in exactly the bytes that a test says, and does with the connection what it says."""

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

Play = Callable[[socket.socket], None]
"""What is done with a connection whose request has been read; it is closed afterwards."""


@dataclass
class Asked:
    """One request as it came."""

    head: str
    body: bytes
    headers: list[tuple[str, str]] = field(default_factory=list)

    @property
    def method(self) -> str:
        return self.head.split(" ")[0]

    @property
    def path(self) -> str:
        return self.head.split(" ")[1]

    def all(self, name: str) -> list[str]:
        """The values of one header."""
        return [value for known, value in self.headers if known.lower() == name.lower()]


def reset(connection: socket.socket) -> None:
    """Close with RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def answer(status: int = 200, body: bytes = b"", *headers: bytes) -> bytes:
    """A whole answer; `headers` are lines."""
    lines = [b"HTTP/1.1 %d Said" % status, b"Content-Length: %d" % len(body), b"Connection: close", *headers]
    return b"\r\n".join([*lines, b"", body])


def redirect(location: str | bytes, status: int = 302, *headers: bytes) -> bytes:
    """An answer that leads elsewhere."""
    where = location.encode() if isinstance(location, str) else location
    return answer(status, b"", b"Location: " + where, *headers)


class RawSite:
    """Serves each connection in a thread of its own: the first by the first play, and so on; the last one goes on.

    With `certificate` over TLS; with `reads=False` the play begins before anything was read.
    """

    def __init__(self, *plays: bytes | Play, certificate: Path | None = None, reads: bool = True) -> None:
        self.asked: list[Asked] = []
        self._plays = list(plays)
        self._reads = reads
        self._context: ssl.SSLContext | None = None
        if certificate is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(certificate)
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.over = threading.Event()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"{'http' if self._context is None else 'https'}://{host}:{self.port}{path}"

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._server.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            connection.settimeout(5)
            play = self._plays.pop(0) if len(self._plays) > 1 else self._plays[0]
            thread = threading.Thread(target=self._serve, args=(connection, play), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket, play: bytes | Play) -> None:
        with contextlib.suppress(OSError), contextlib.closing(connection):
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
            with contextlib.closing(connection):
                if self._reads:
                    self.asked.append(_read(connection))
                if isinstance(play, bytes):
                    connection.sendall(play)
                else:
                    play(connection)


def _read(connection: socket.socket) -> Asked:
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode(errors="surrogateescape").split("\r\n")
    headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    asked = Asked(first, body, headers)
    length = int((asked.all("Content-Length") or ["0"])[0])
    while len(asked.body) < length:
        asked.body += _more(connection)
    return asked


def _more(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionError
    return data
