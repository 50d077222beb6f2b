"""How passwords are kept: Argon2id at the cost that OWASP's Password Storage Cheat Sheet names for a busy server."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.contrib.auth.hashers import Argon2PasswordHasher

from common.errors import TooManyRequests

AT_ONCE = max(1, (os.cpu_count() or 2) // 2)
"""Hashes that are computed at the same time: half of the processors are left to everything else."""
IN_LINE = 4
"""Threads that hash or wait for it; the others stay free, so that a storm of logins slows down nobody's key check."""
_slots = threading.BoundedSemaphore(AT_ONCE)
_line = threading.BoundedSemaphore(IN_LINE)
_kept_place = threading.BoundedSemaphore(1)
_expected: ContextVar[bool] = ContextVar("expected", default=False)


@contextmanager
def expected(whether: bool) -> Iterator[None]:
    """Within the block a full line still has a place: for whoever is likely to be the owner, from a known address."""
    token = _expected.set(whether)
    try:
        yield
    finally:
        _expected.reset(token)


@contextmanager
def _turn() -> Iterator[None]:
    """Wait for a slot; raises `TooManyRequests` where the line is full."""
    lines = [_line, _kept_place] if _expected.get() else [_line]
    place = next((line for line in lines if line.acquire(blocking=False)), None)
    if place is None:
        raise TooManyRequests(retry_after=1)
    try:
        with _slots:
            yield
    finally:
        place.release()


class PasswordHasher(Argon2PasswordHasher):
    """19 MiB, two passes, one lane: Django's 100 MiB would be half a gigabyte when four people log in at once."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1

    def encode(self, password: str, salt: str) -> Any:
        """Hash, in turn."""
        with _turn():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        """Compare, in turn."""
        with _turn():
            return bool(super().verify(password, encoded))
