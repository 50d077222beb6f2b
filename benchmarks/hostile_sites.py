"""Watched sites that try to hold their checker: they never end, drip, unfold, or make their answer costly to judge."""

import asyncio
import gzip
import json
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from benchmarks.sites import SiteProcess

MIB = 2**20
_BOMB = gzip.compress(bytes(64 * MIB), 9)
_DEEP = b"[" * 900 + b"]" * 900
_WIDE = json.dumps(list(range(150_000))).encode()
_NESTED = json.dumps([json.loads("[" * 90 + "]" * 90)] * 2_000).encode()
Write = asyncio.StreamWriter


async def _endless_headers(write: Write) -> None:
    write.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        write.write(b"X-More: " + b"x" * 1000 + b"\r\n")
        await write.drain()
        await asyncio.sleep(0.01)


async def _endless_body(write: Write) -> None:
    write.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while True:
        write.write(b"x" * 16384)
        await write.drain()
        await asyncio.sleep(0.01)


async def _drip(write: Write) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 1000:
        write.write(bytes([byte]))
        await write.drain()
        await asyncio.sleep(0.1)


async def _chunks(write: Write) -> None:
    write.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        write.write(b"1\r\nx\r\n")
        await write.drain()
        await asyncio.sleep(0.02)


def _body(body: bytes, headers: str = "Content-Type: application/json") -> Callable[[Write], Awaitable[None]]:
    async def answer(write: Write) -> None:
        write.write(f"HTTP/1.1 200 OK\r\n{headers}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        await write.drain()

    return answer


async def _odd_redirect(write: Write) -> None:
    write.write(b"HTTP/1.1 302 Found\r\nLocation: http://\xff\xfe.invalid/\r\nContent-Length: 0\r\n\r\n")
    await write.drain()


ANSWERS: dict[str, Callable[[Write], Awaitable[None]]] = {
    "endless-headers": _endless_headers,
    "endless-body": _endless_body,
    "drip": _drip,
    "chunks": _chunks,
    "bomb": _body(_BOMB, "Content-Encoding: gzip"),
    "deep": _body(_DEEP),
    "wide": _body(_WIDE),
    "nested": _body(_NESTED),
    "pattern": _body(b"ab" * (MIB // 2), "Content-Type: text/plain"),
    "charset": _body(bytes(range(128, 256)) * 8192, "Content-Type: text/plain; charset=iso-2022-kr"),
    "surrogates": _body(b'{"a": "\\ud800"}'),
    "redirect": _odd_redirect,
}
"""By the first part of the path."""
JSON_PATH, PATTERN, WORD = "json_path", "body_regex", "body_contains"
CONDITIONS: dict[str, list[dict[str, Any]]] = {
    "deep": [{"kind": JSON_PATH, "target": "$..*..*..*..*..*", "operator": "exists", "value": None}],
    "wide": [{"kind": JSON_PATH, "target": "$[*]", "operator": "equals", "value": "-1"}] * 10,
    "nested": [{"kind": JSON_PATH, "target": "$..*", "operator": "equals", "value": "-1"}] * 10,
    "pattern": [{"kind": PATTERN, "value": "(?:(?:a|b)?){450}z"}] * 10,
    "charset": [{"kind": WORD, "value": "없는 낱말"}] * 10,
    "bomb": [{"kind": PATTERN, "value": "(?:(?:a|b)?){450}z"}],
    "surrogates": [{"kind": JSON_PATH, "target": "$.a", "operator": "equals", "value": "b"}],
}
"""What their owners ask of the answers."""


async def _serve() -> None:
    async def handle(reader: asyncio.StreamReader, writer: Write) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            line = await reader.readuntil(b"\r\n\r\n")
            await ANSWERS[line.split(b" ", 2)[1].decode().split("/")[1]](writer)
        with suppress(OSError):
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, backlog=4096)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    async with server:
        await server.serve_forever()


def serve() -> None:
    """Print a port and answer there until killed."""
    asyncio.run(_serve())


class HostileSites(SiteProcess):
    """They."""

    module = "benchmarks.hostile_sites"
