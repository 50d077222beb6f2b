"""What a finished transfer hands to the judge: what the site sent, raw, and what is known of it."""

from collections.abc import Sequence

import msgspec


class Received(msgspec.Struct, gc=False):
    """An answer as it came.

    `lines` are the header lines of all answers of the probe, those of redirects too; the last ones are the site's. `body`
    is decompressed. `undecoded` names the `Content-Encoding` that could not be undone, so that the body is as it came.
    `cut` says that there was more of the body than was read. `charset` is the body's where the protocol says it, not the site.
    """

    lines: Sequence[bytes] = ()
    body: bytes | bytearray = b""
    undecoded: str = ""
    cut: bool = False
    charset: str = ""

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The last answer's headers, in their order."""
        first = max((index for index, line in enumerate(self.lines) if line.startswith(b"HTTP/")), default=-1)
        pairs = (_text(line).partition(":") for line in self.lines[first + 1 :])
        return [(name.strip(), value.strip()) for name, colon, value in pairs if colon]


def _text(line: bytes) -> str:
    """UTF-8, which is what sites write today, or else what HTTP once said: ISO-8859-1 (RFC 9110, 5.5)."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("iso-8859-1")
