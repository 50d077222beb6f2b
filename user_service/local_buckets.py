"""Token buckets of this process alone, for as long as Valkey does not answer: guessing stays bounded then too."""

import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from user_service.throttle import Bucket

MOST = 10_000
"""Buckets that are kept; the one that was used longest ago goes first."""


class LocalBuckets:
    """As the script in Valkey does it, by this machine's clock."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, buckets: Sequence["Bucket"]) -> float:
        """0 with a token taken of every bucket, else the seconds to wait with none taken."""
        now = time.monotonic()
        with self._lock:
            left = {bucket.key: self._tokens(bucket, now) - 1 for bucket in buckets}
            wait = max(-left[bucket.key] * bucket.period / bucket.capacity for bucket in buckets)
            if wait > 0:
                return wait
            for key, tokens in left.items():
                self._keep(key, tokens, now)
            return 0.0

    def give_back(self, buckets: Sequence["Bucket"]) -> None:
        """Return a token to each."""
        now = time.monotonic()
        with self._lock:
            for bucket in buckets:
                self._keep(bucket.key, self._tokens(bucket, now) + 1, now)

    def clear(self) -> None:
        """Every bucket is full."""
        with self._lock:
            self._kept.clear()

    def _tokens(self, bucket: "Bucket", now: float) -> float:
        tokens, at = self._kept.get(bucket.key, (bucket.capacity, now))
        return min(bucket.capacity, tokens + (now - at) * bucket.capacity / bucket.period)

    def _keep(self, key: str, tokens: float, now: float) -> None:
        self._kept.pop(key, None)
        if len(self._kept) >= MOST:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = (tokens, now)


local_buckets = LocalBuckets()
