"""A request until its last byte is here, as RFC 9112 frames it.

It is only told where the request ends. gunicorn's parser judges it afterwards, so whatever is odd counts as whole here and
is refused there.
"""

import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote_to_bytes

ARRIVES_WITHIN = 10.0
"""Seconds for a request of ordinary size, from its first byte to its last."""
SLOWEST = 128 * 1024
"""Bytes a second of a large request, or answer, that give it more time."""
MOST_HEAD = 64 * 1024
"""Bytes of a request line with its headers; gunicorn's own limits are per header."""
MOST_CHUNK_LINE = 1024
_END = b"\r\n\r\n"
_TARGET = re.compile(rb"([A-Z]+) ([^ ?#]+)")
_HEADER = re.compile(rb"\r\n([A-Za-z0-9-]+):[ \t]*([^\r\n]*)")
_FRAMING = re.compile(rb"(?<=\r\n)(?:transfer-encoding|content-length|expect):[^\r\n]*\r\n", re.IGNORECASE)
_DIGITS = re.compile(rb"[0-9]{1,15}")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?", re.DOTALL)


class Head:
    """The request line and headers, as far as the framing needs them, and who decides by them alone."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    @property
    def method(self) -> str:
        found = _TARGET.match(self._data)
        return found[1].decode("ascii") if found else ""

    @property
    def path(self) -> str:
        """Decoded as WSGI has it."""
        found = _TARGET.match(self._data)
        return unquote_to_bytes(found[2]).decode("latin-1") if found else ""

    def headers(self) -> Iterator[tuple[str, str]]:
        """All that WSGI is given: without those with underscores in their names."""
        for found in _HEADER.finditer(self._data):
            yield found[1].decode("ascii"), found[2].strip(b" \t").decode("latin-1")

    def header(self, name: bytes) -> str:
        """The header's value; empty where there is none, and where there are several, which say nothing together."""
        found = re.findall(rb"\r\n" + name + rb":[ \t]*([^\r\n]*)", self._data, re.IGNORECASE)
        return found[0].strip(b" \t").decode("latin-1") if len(found) == 1 else ""

    def has(self, name: bytes) -> bool:
        return re.search(rb"\r\n" + name + rb":", self._data, re.IGNORECASE) is not None


class Arriving:
    """Collects a request; `limit` says how many bytes the body behind a head may have, and `seen` is shown every head."""

    def __init__(self, limit: Callable[[Head], int], seen: Callable[[Head], None] = lambda _: None) -> None:
        self._limit_of = limit
        self._seen = seen
        self._searched = 0
        self._chunk = 0
        """Where the next chunk's line begins; 0 before the first, and where the body has a length."""
        self._decoded = 0
        self._limit = 0
        self._needed = self._body = 0
        self.data = bytearray()
        self.is_whole = False
        self.is_too_large = False
        """Then what comes is dropped, and the request counts as whole when all that was announced has come."""
        self._dropped = self._announced = 0
        self.wants_continue = False
        """The client waits to be told that its body is welcome."""

    def feed(self, data: bytes) -> bool:
        """Take the next bytes; returns whether the request is whole."""
        if self.is_too_large:
            self._dropped += len(data)
            self.is_whole = 0 < self._announced <= self._dropped
            return self.is_whole
        self.data += data
        if (self._body or self._read_head()) and not (self.is_whole or self.is_too_large):
            self.is_whole = self._read_chunks() if self._chunk else len(self.data) >= self._needed
        return self.is_whole

    def take(self) -> bytes:
        """The request, for the parser; of one that is too large the head alone, which says a length that nobody takes."""
        taken = bytes(self.data)
        if self.is_too_large:
            taken = _FRAMING.sub(b"", taken)
            taken = taken[:-2] + b"Content-Length: %d" % (self._limit + 1) + _END
        self.data.clear()
        return taken

    def _read_head(self) -> bool:
        """Whether the head is here; then what its body is made of is known."""
        end = self.data.find(_END, self._searched)
        if end < 0:
            self._searched = max(0, len(self.data) - len(_END) + 1)
            self.is_whole = len(self.data) > MOST_HEAD
            return False
        body = end + len(_END)
        head = Head(bytes(self.data[:body]))
        self._body = self._needed = body
        self._seen(head)
        chunked, length = head.has(b"transfer-encoding"), head.header(b"content-length")
        if not chunked and not _DIGITS.fullmatch(length.encode("latin-1")):
            return True
        self._limit = self._limit_of(head)
        if chunked:
            self._chunk = body
        elif int(length) > self._limit:
            self._announced = int(length)
            self._refuse()
        else:
            self._needed = body + int(length)
        self.wants_continue = (
            not (self.is_whole or self.is_too_large) and head.header(b"expect").lower() == "100-continue"
        )
        return True

    def _read_chunks(self) -> bool:
        while not self.is_whole:
            end = self.data.find(b"\r\n", self._chunk)
            if end < 0:
                return len(self.data) - self._chunk > MOST_CHUNK_LINE
            found = _CHUNK_SIZE.fullmatch(self.data, self._chunk, end)
            if found is None:
                return True
            size = int(found[1], 16)
            if size == 0:  # trailers, if any, and an empty line
                return self.data.find(_END, end) >= 0 or len(self.data) - end > MOST_HEAD
            self._decoded += size
            # Chunks of a byte each would take five times their limit.
            if self._decoded > self._limit or self._chunk > 2 * self._limit + MOST_HEAD:
                self._refuse()
                return False
            following = end + 2 + size + 2
            if len(self.data) < following:
                self._decoded -= size
                return False
            self._chunk = following
        return True

    def _refuse(self) -> None:
        self.is_too_large = True
        self._dropped = len(self.data) - self._body
        self.is_whole = 0 < self._announced <= self._dropped
        del self.data[self._body :]
