"""One answer as it comes: whether it is HTTP at all, how its body is coded, whether it redirects, and whether it ever ends."""

import re
import time
from collections.abc import Sequence

from common.contracts.causes import because
from common.contracts.results import ErrorCode
from common.security.guarded_curl import BoundedBody
from endpoint_check.engine.failures import Failure, no_http
from endpoint_check.engine.http.body import Broken, Compressed, codings_of
from endpoint_check.engine.http.received import Received
from endpoint_check.engine.http.redirects import REDIRECTS
from endpoint_check.engine.spec import Spec

STREAMS = (
    b"text/event-stream", b"audio/", b"video/", b"multipart/x-mixed-replace", b"application/ogg", b"application/x-ndjson",
    b"application/jsonl", b"application/json-seq", b"application/stream+json",
)  # fmt: skip
"""Media types of answers that need no end."""
DOCUMENTS = (
    b"text/html", b"text/css", b"text/xml", b"text/javascript", b"application/json", b"application/xml",
    b"application/xhtml+xml", b"application/javascript",
)  # fmt: skip
"""Media types of answers that are of no use before their end."""
SWITCHING = 101
"""The status after which no more HTTP comes."""
_SILENCE = 0.25
"""A body of another type that still grew within so much of the time before its end has none that one could wait for."""
_ARRIVALS = 3
_MAX_FOREIGN = 1024
_OF_BODY = frozenset({"body_contains", "body_not_contains", "body_regex", "json_path"})
"""The kinds of condition that look at the body."""
_BLANK = frozenset({b"\r\n", b"\n"})
_SPECIAL = re.compile(
    rb"\n(?:http/|location:|content-encoding:|set-cookie:|icy-|content-type:[ \t]*(?:%b))"
    % b"|".join(map(re.escape, STREAMS))
)
"""What hardly any head has, looked for at once, since each answer is asked for it."""
_STATUS = re.compile(rb"http/\S+[ \t]+([0-9]{3})")


class Head:
    """The header lines of the last answer, in lower case."""

    __slots__ = ("special", "text")

    def __init__(self, lines: Sequence[bytes]) -> None:
        self.text = b"".join(lines).lower()
        self.special = _SPECIAL.search(self.text) is not None
        if self.special:
            # Others may come before it: 100 Continue, 103 Early Hints.
            text = self.text.replace(b"\r\n", b"\n").rstrip(b"\n") + b"\n"
            self.text = text[text.rfind(b"\n\n") + 1 :].lstrip(b"\n")

    @property
    def status(self) -> int:
        """The status code; 0 where there is none."""
        found = _STATUS.match(self.text)
        return int(found[1]) if found else 0

    @property
    def has_cookies(self) -> bool:
        """Whether it sets some."""
        return self.special and b"\nset-cookie:" in self.text

    @property
    def codings(self) -> list[str]:
        """The values of `Content-Encoding`."""
        parts = self.text.split(b"\ncontent-encoding:")[1:]
        return [part.partition(b"\n")[0].decode("latin-1") for part in parts]

    @property
    def is_stream(self) -> bool:
        """Whether it needs no end."""
        return self.special and (self._has_type(STREAMS) or b"\nicy-" in self.text)

    @property
    def is_document(self) -> bool:
        """Whether it is of no use before its end."""
        return self._has_type(DOCUMENTS) or b"\ncontent-length:" in self.text

    def _has_type(self, types: tuple[bytes, ...]) -> bool:
        place = self.text.find(b"\ncontent-type:")
        return place >= 0 and self.text[place + 14 : place + 80].lstrip().startswith(types)


class Answer:
    """What comes for one request. libcurl appends to `lines` by itself."""

    __slots__ = ("_arrivals", "_foreign", "_head", "_latest", "_spec", "_wrong", "body", "lines", "undecoded")

    def __init__(self, spec: Spec, lines: list[bytes]) -> None:
        self.lines = lines
        self.body: BoundedBody | None = None
        self.undecoded = ""
        self._spec = spec
        self._head: Head | None = None
        self._foreign, self._wrong = b"", ""
        self._arrivals, self._latest = 0, 0.0

    def write(self, chunk: bytes) -> int | None:
        """Take a part of the body; 0 makes libcurl stop, with E_WRITE_ERROR."""
        body = self.body
        if body is None:
            if not self.lines:
                return self._take_foreign(chunk)
            body = self.body = self._begun()
            if body is None:
                return 0
        self._arrivals += 1
        self._latest = time.monotonic()
        try:
            return None if body.add(chunk) and not body.cut else 0
        except Broken as error:
            self._wrong = str(error)
            return 0

    @property
    def head(self) -> Head:
        """Of the header lines that have come."""
        head = self._head
        if head is None:
            head = self._head = Head(self.lines)
        return head

    def received(self) -> Received:
        """What is to be judged."""
        body = self.body
        if body is None:
            return Received(self.lines.copy())
        return Received(self.lines.copy(), body.data, self.undecoded, body.cut)

    def location(self, status: int) -> bytes:
        """Where an answer of `status` redirects to; empty where it does not, or is not to be followed."""
        if status not in REDIRECTS or not self._spec.options.follow_redirects:
            return b""
        fields = (line.partition(b":") for line in self.lines)
        return next((value.strip() for name, _, value in fields if name.lower() == b"location" and value.strip()), b"")

    def ends_with_time(self) -> bool:
        """Whether it is a good answer though its time is over before its end; it counts as cut then."""
        if not self.lines or (self.body is None and self.lines[-1] not in _BLANK):
            return False
        head = self.head
        if head.status != SWITCHING and not head.is_stream:
            silent = time.monotonic() - self._latest
            if head.is_document or self._arrivals < _ARRIVALS or silent > _SILENCE * self._spec.timeout:
                return False
        self.body = self.body or BoundedBody(0)
        self.body.cut = True
        return True

    def failure(self) -> Failure | None:
        """Why what has come is no answer, or none that can be read."""
        if not self.lines:
            return no_http(self._foreign)
        if self._wrong:
            return ErrorCode.PROTOCOL_ERROR, because("answer_broken", detail=self._wrong)
        if self.body is None and self.lines[-1] not in _BLANK:
            return ErrorCode.PROTOCOL_ERROR, because("headers_unfinished")
        return None

    def _take_foreign(self, chunk: bytes) -> int | None:
        """What is no HTTP comes as HTTP/0.9, which had no headers; blank lines before it say nothing."""
        self._foreign += chunk
        return None if not self._foreign.strip() and len(self._foreign) < _MAX_FOREIGN else 0

    def _begun(self) -> BoundedBody | None:
        """The body that begins; None where it is not worth reading."""
        head, limit = self.head, self._spec.options.max_body_kib * 1024
        if not head.special:
            return BoundedBody(limit)
        if self.location(head.status):
            return None
        codings, self.undecoded = codings_of(head.codings)
        body = Compressed(limit, codings) if codings else BoundedBody(limit)
        if head.is_stream and not any(one.kind in _OF_BODY for one in self._spec.assertions):
            body.cut = True  # a beginning is enough where nobody asks for more
        return body
