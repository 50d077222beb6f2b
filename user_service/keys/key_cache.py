"""The keys that were found valid a moment ago, in this process.

A revocation in this process clears it at once; another replica believes a revoked key for TTL seconds at most.
"""

import threading
import time
from dataclasses import dataclass
from uuid import UUID

TTL = 5.0
"""Seconds for which a key is believed without asking the database."""
MOST = 10_000


@dataclass(frozen=True)
class Identity:
    """Whom a valid key stands for."""

    user_id: int
    credential: UUID


class KeyCache:
    """Digest of a key -> identity. `generation` keeps out what was read before a revocation and arrives after it."""

    def __init__(self) -> None:
        self._entries: dict[bytes, tuple[float, Identity]] = {}
        self._lock = threading.Lock()
        self.generation = 0

    def get(self, digest: bytes) -> Identity | None:
        """The identity where it is known and fresh."""
        entry = self._entries.get(digest)
        return entry[1] if entry is not None and entry[0] > time.monotonic() else None

    def put(self, digest: bytes, identity: Identity, *, generation: int, lives: float | None) -> None:
        """Remember what was read in `generation`, for TTL or for the `lives` seconds that the key has left."""
        until = time.monotonic() + (TTL if lives is None else min(TTL, lives))
        with self._lock:
            if generation != self.generation:
                return
            if len(self._entries) >= MOST:
                self._entries.clear()
            self._entries[digest] = (until, identity)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self.generation += 1
            self._entries.clear()


key_cache = KeyCache()
