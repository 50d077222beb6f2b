"""What is read of an answer's body: decompressed piece by piece, and no further than its limit, whatever it expands to."""

import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

import brotli

from common.security.guarded_curl import BoundedBody

MAX_CODINGS = 2
"""Codings on top of each other that are undone; nobody needs more than one."""
MAX_MEMBERS = 1000
"""Parts of a gzip body that are read; each costs as much as 10 KiB, however little is in it."""
PIECE = 64 * 1024
_SLACK = 4
"""The pieces of all codings together may be so many times as long as the body may be."""
_SHOWN = 100
_CODING = re.compile(r"[^,\s]+")
_GZIP = b"\x1f\x8b"
_GZIP_WINDOW, _ZLIB_WINDOW, _RAW_WINDOW = 31, 15, -15


class Broken(ValueError):
    """What is said to be compressed is not; the text says how."""


class Decoder(Protocol):
    """One coding, undone."""

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """What `data` adds, in pieces of about PIECE bytes; raises `Broken`."""


class Compressed(BoundedBody):
    """One that was compressed."""

    __slots__ = ("_decoders", "_spent")

    def __init__(self, limit: int, codings: Sequence[str]) -> None:
        """`codings` in the order in which they were applied."""
        super().__init__(limit)
        self._decoders: list[Decoder] = [_DECODERS[coding]() for coding in reversed(codings)]
        self._spent = 0

    def add(self, chunk: bytes) -> bool:
        """The same; raises `Broken`."""
        for piece in self._undone(chunk, 0):
            if not super().add(piece):
                return False
            if self._spent > _SLACK * self.limit:
                self.cut = True
                return False
        return True

    def _undone(self, data: bytes, level: int) -> Iterator[bytes]:
        self._spent += len(data)
        if level == len(self._decoders):
            yield data
            return
        for piece in self._decoders[level].pieces(data):
            yield from self._undone(piece, level + 1)


def codings_of(values: Iterable[str]) -> tuple[list[str], str]:
    """The codings that the `Content-Encoding` headers name; or none, and the names of those that nobody undoes here."""
    named = [coding.lower() for value in values for coding in _CODING.findall(value)]
    known = [coding for coding in named if coding != "identity"]
    if len(known) > MAX_CODINGS or not all(coding in _DECODERS for coding in known):
        return [], ", ".join(named)[:_SHOWN]
    return known, ""


class _Gzip:
    """Several members count as one; what some servers append is ignored, as browsers do."""

    def __init__(self) -> None:
        self._inflating = zlib.decompressobj(_GZIP_WINDOW)
        self._next = b""
        self._members = 1

    def pieces(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._inflating.eof:
                self._next = data = self._next + data
                if len(data) < len(_GZIP) or not data.startswith(_GZIP):
                    self._next = data[:2]
                    return
                self._inflating, self._next = zlib.decompressobj(_GZIP_WINDOW), b""
                self._members += 1
                if self._members > MAX_MEMBERS:
                    raise Broken(f"gzip with more than {MAX_MEMBERS} members")
            yield from _inflated(self._inflating, data)
            data = self._inflating.unused_data


class _Deflate:
    """With zlib's frame, as RFC 9110 says, or without, as many servers do."""

    def __init__(self) -> None:
        self._inflating = zlib.decompressobj(_ZLIB_WINDOW)
        self._begun, self._head = False, b""

    def pieces(self, data: bytes) -> Iterator[bytes]:
        if not self._begun:
            data = self._head = self._head + data
            if len(data) < 2:
                return
            self._begun = True
            if data[0] & 0x0F != 8 or int.from_bytes(data[:2], "big") % 31:
                self._inflating = zlib.decompressobj(_RAW_WINDOW)
        if not self._inflating.eof:
            yield from _inflated(self._inflating, data)


def _inflated(inflating: "zlib._Decompress", data: bytes) -> Iterator[bytes]:
    full = True
    while (data or full) and not inflating.eof:
        try:
            piece = inflating.decompress(data, PIECE)
        except zlib.error as error:
            raise Broken(str(error)) from error
        data, full = inflating.unconsumed_tail, len(piece) == PIECE
        yield piece


class _Brotli:
    def __init__(self) -> None:
        self._decompressor = brotli.Decompressor()

    def pieces(self, data: bytes) -> Iterator[bytes]:
        while not self._decompressor.is_finished():
            try:
                piece = self._decompressor.process(data, output_buffer_limit=PIECE)
            except brotli.error as error:
                raise Broken(str(error)) from error
            # What it takes in at once it may give out in many pieces.
            if not piece:
                return
            yield piece
            data = b""


_DECODERS: dict[str, Callable[[], Decoder]] = {"gzip": _Gzip, "x-gzip": _Gzip, "deflate": _Deflate, "br": _Brotli}
