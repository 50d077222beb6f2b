"""The outside at its worst: sites that answer to do harm, and receivers that never let go."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

Handler = Callable[[socket.socket, str], None]
MOST_SECONDS = 120.0
"""After which even a tarpit lets go, so that no test leaves a thread behind."""


class HostileServer:
    """A TCP server on loopback; `answers` has a handler a path, which gets the socket and the request's head."""

    def __init__(self, answers: dict[str, Handler], *, certificate: Path | None = None) -> None:
        self._answers = answers
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if certificate else None
        if self._context and certificate:
            self._context.load_cert_chain(certificate)
        self.over = threading.Event()
        self.visits = 0
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        scheme = "https" if self._context else "http"
        return f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        self.over.set()
        # A thread in `accept` does not notice that its socket was closed.
        with socket.create_connection(self._listener.getsockname()[:2]):
            pass
        self._listener.close()

    def _serve(self) -> None:
        while not self.over.is_set():
            connection, _ = self._listener.accept()
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, plain: socket.socket) -> None:
        plain.settimeout(MOST_SECONDS)
        try:
            with self._context.wrap_socket(plain, server_side=True) if self._context else plain as connection:
                head = b""
                while b"\r\n\r\n" not in head and (chunk := connection.recv(65536)):
                    head += chunk
                text = head.decode("latin-1")
                self.visits += 1
                path = text.split(" ")[1] if text.count(" ") > 1 else ""
                self._answers.get(path, plain_answer(b"ok"))(connection, text)
        except OSError:
            pass
        finally:
            plain.close()


@contextmanager
def serving(answers: dict[str, Handler], *, certificate: Path | None = None) -> Iterator[HostileServer]:
    server = HostileServer(answers, certificate=certificate)
    try:
        yield server
    finally:
        server.close()


def plain_answer(body: bytes, *, status: str = "200 OK", headers: bytes = b"") -> Handler:
    """An answer at once."""

    def handle(connection: socket.socket, _head: str) -> None:
        connection.sendall(
            b"HTTP/1.1 " + status.encode("latin-1") + b"\r\nContent-Length: " + str(len(body)).encode() + b"\r\n" + headers
            + b"Connection: close\r\n\r\n" + body
        )  # fmt: skip

    return handle


def dripping(piece: bytes, *, opening: bytes = b"HTTP/1.1 200 OK\r\n\r\n", pause: float = 0.0) -> Handler:
    """`piece` again and again without an end."""

    def handle(connection: socket.socket, _head: str) -> None:
        connection.sendall(opening)
        ends = time.monotonic() + MOST_SECONDS
        while time.monotonic() < ends:
            connection.sendall(piece)
            if pause:
                time.sleep(pause)

    return handle


def tarpit(connection: socket.socket, _head: str) -> None:
    """Takes everything and says nothing."""
    ends = time.monotonic() + MOST_SECONDS
    connection.settimeout(1)
    while time.monotonic() < ends:
        try:
            if not connection.recv(65536):
                return
        except TimeoutError:
            continue


def banner(connection: socket.socket, _head: str) -> None:
    """What is no HTTP."""
    connection.sendall(b"SSH-2.0-\xff\x00\x1b[2J\r\n" * 50)


NESTED = b"[" * 900 + b"]" * 900
DEEP = json.dumps([json.loads("[" * 250 + "]" * 250)] * 400).encode()
WIDE = b"[" + b"1," * 300_000 + b"1]"
LONG_DIGITS = b'{"n": ' + b"9" * 500_000 + b"}"
SURROGATE = rb'{"a": "\ud800", "b": "\u0000", "\udfff": 1}'
ANSWERS: dict[str, Handler] = {
    "/nested": plain_answer(NESTED),
    "/deep": plain_answer(DEEP),
    "/wide": plain_answer(WIDE),
    "/digits": plain_answer(LONG_DIGITS),
    "/surrogate": plain_answer(SURROGATE, status="500 \x80"),
    "/letters": plain_answer(b"ab" * 500_000),
    "/location": plain_answer(b"", status="302 Found", headers=b"Location: http://\xff\xfe.invalid/\r\n"),
    "/loop": plain_answer(b"", status="302 Found", headers=b"Location: /loop\r\nSet-Cookie: a=b\r\n"),
    "/headers": dripping(b"X-Endless: " + b"x" * 900 + b"\r\n", opening=b"HTTP/1.1 200 OK\r\n"),
    "/endless": dripping(b"x" * 65536),
    "/drip": dripping(b"x", pause=0.5),
    "/zeros": plain_answer(b"\x00" * 500_000),
    "/banner": banner,
    "/tarpit": tarpit,
}  # fmt: skip
CONDITIONS: list[tuple[str, dict[str, object]]] = [
    ("/nested", {"kind": "json_path", "target": "$..*..*..*..*..*", "operator": "exists"}),
    ("/nested", {"kind": "json_path", "target": "$" + "[*]" * 100, "operator": "exists"}),
    ("/deep", {"kind": "json_path", "target": "$..*", "operator": "equals", "value": "x"}),
    ("/wide", {"kind": "json_path", "target": "$[*]", "operator": "contains", "value": "x"}),
    ("/wide", {"kind": "json_path", "target": "$[?@ > 0]", "operator": "exists"}),
    ("/digits", {"kind": "json_path", "target": "$.n", "operator": "greater_than", "value": 1}),
    ("/surrogate", {"kind": "json_path", "target": "$.a", "operator": "equals", "value": "x"}),
    ("/letters", {"kind": "body_regex", "value": "(?:(?:a|b)?){450}z"}),
    ("/letters", {"kind": "body_regex", "value": "(a|b|ab)*c"}),
    ("/zeros", {"kind": "body_regex", "value": r"(\x00{1,50}){1,20}x"}),
]
"""Conditions that cost the most, each with the answer that makes it so."""
