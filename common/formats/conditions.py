"""What conditions are written in: patterns and sets of statuses. Who stores them and who judges by them read them here."""

import re
from functools import lru_cache
from typing import Protocol

import re2

MAX_PATTERN_MEMORY = 1 << 20
"""Bytes for a compiled pattern: RE2 refuses what would take more."""
_STATUSES = re.compile(r"([1-9][0-9]{2})(?:-([1-9][0-9]{2}))?", re.ASCII)


class Match(Protocol):
    """Where a pattern was found."""

    def end(self) -> int:
        """The place behind it."""


class Pattern(Protocol):
    """What is used of RE2's compiled patterns, which have no types of their own."""

    def search(self, text: str) -> Match | None:
        """The first match."""

    def fullmatch(self, text: str) -> Match | None:
        """Where all of it is one match."""


class Unreadable(ValueError):
    """A condition that cannot be read; the text is the library's reason, if it gave one."""


@lru_cache(maxsize=1024)
def pattern_of(text: str) -> Pattern:
    """The compiled pattern: RE2's, whose time is linear in what is searched; raises `Unreadable`."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MAX_PATTERN_MEMORY
    try:
        compiled: Pattern = re2.compile(text, options)
    except re2.error as error:
        reason = error.args[0] if error.args else b""
        raise Unreadable(reason.decode(errors="replace") if isinstance(reason, bytes) else reason) from error
    return compiled


@lru_cache(maxsize=1024)
def statuses_of(text: str) -> tuple[range, ...]:
    """The codes of a set such as `200-299,304`; raises `Unreadable`.

    Every number of three digits: RFC 9110, 15 has clients take those beyond 599, and some servers send them.
    """
    found = []
    for part in text.split(","):
        match = _STATUSES.fullmatch(part.strip().replace(" ", ""))
        if match is None or int(match[2] or match[1]) < int(match[1]):
            raise Unreadable(part)
        found.append(range(int(match[1]), int(match[2] or match[1]) + 1))
    return tuple(found)
