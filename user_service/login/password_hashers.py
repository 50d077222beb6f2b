"""How passwords are kept: Argon2id at the cost that OWASP's Password Storage Cheat Sheet names for a busy server."""

import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import TypeVar

from argon2.low_level import Type, hash_secret_raw
from django.contrib.auth.hashers import Argon2PasswordHasher

from common.api.errors import TooManyRequests

T = TypeVar("T")
AT_ONCE = 2 if (os.cpu_count() or 1) >= 4 else 1
"""Hashes that are computed at the same time: half of the processors at most, and few, since a container may have less
than it sees."""
IN_LINE = 4
"""Threads that hash or wait for it; the others stay free, so that a storm of logins slows down nobody's key check."""
NICENESS = 10
"""Of the threads that hash: they leave a processor that others want too to those others, but for a tenth of its time."""
_line = threading.BoundedSemaphore(IN_LINE)
_kept_place = threading.BoundedSemaphore(1)
_has_priority: ContextVar[bool] = ContextVar("has_priority", default=False)


@contextmanager
def priority(whether: bool) -> Iterator[None]:
    """Within the block a full line still has a place: for whoever is likely to be the owner: at a known address, or
    with a link from their mail.
    """
    token = _has_priority.set(whether)
    try:
        yield
    finally:
        _has_priority.reset(token)


def _step_back() -> None:
    """Lower the priority of this thread; only Linux takes it for the thread's alone, so elsewhere a hash competes."""
    if sys.platform == "linux":
        os.nice(NICENESS)


_hashing = ThreadPoolExecutor(AT_ONCE, "hashing", initializer=_step_back)


def _in_turn(hashing: Callable[[], T]) -> T:
    """What it returns, once a thread is free for it; raises `TooManyRequests` where the line is full."""
    lines = [_line, _kept_place] if _has_priority.get() else [_line]
    place = next((line for line in lines if line.acquire(blocking=False)), None)
    if place is None:
        raise TooManyRequests(retry_after=1)
    try:
        return _hashing.submit(hashing).result()
    finally:
        place.release()


class PasswordHasher(Argon2PasswordHasher):
    """19 MiB, two passes, one lane: Django's 100 MiB would be half a gigabyte when four people log in at once."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        """Hash, in turn."""
        return _in_turn(partial(super().encode, password, salt))

    def verify(self, password: str, encoded: str) -> bool:
        """Compare, in turn."""
        return bool(_in_turn(partial(super().verify, password, encoded)))


def slow_digests(texts: Sequence[str], *, salt: bytes) -> list[bytes]:
    """32 bytes of each text at the cost of a password, in turn; raises `TooManyRequests` where the line is full."""
    cost = PasswordHasher
    return _in_turn(
        lambda: [
            hash_secret_raw(
                text.encode(), salt, cost.time_cost, cost.memory_cost, cost.parallelism, hash_len=32, type=Type.ID
            )
            for text in texts
        ]
    )
