"""Which token buckets this process knows to be empty, so that the head of a request is enough to refuse it.

Fed by what `common.limits.token_buckets` took and refused; asking it never waits for anything.
"""

import threading
import time
from collections.abc import Iterable

MOST = 10_000
"""Buckets that are remembered; the one that was told of longest ago goes first."""
BELIEVED = 5.0
"""Seconds for which none is believed to be empty without asking again: other replicas may have given tokens back."""


class EmptyBuckets:
    """By the buckets' keys; only of purposes that some route asks about, so that nobody crowds those out."""

    def __init__(self) -> None:
        self._purposes: set[str] = set()
        self._kept: dict[str, tuple[float, float]] = {}
        """Until when it is believed, and when there is a token again, on the monotonic clock."""
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        return bool(self._kept)

    def watch(self, purpose: str) -> None:
        """Remember buckets of this purpose from now on."""
        self._purposes.add(purpose)

    def note(self, purpose: str, key: str, wait: float) -> None:
        """There is a token again in `wait` seconds; 0 where there is one now."""
        if purpose not in self._purposes or (wait <= 0 and key not in self._kept):
            return
        now = time.monotonic()
        with self._lock:
            self._kept.pop(key, None)
            if wait > 0:
                if len(self._kept) >= MOST:
                    del self._kept[next(iter(self._kept))]
                self._kept[key] = (now + min(wait, BELIEVED), now + wait)

    def wait(self, key: str) -> float:
        """Seconds until there is a token; 0 where nothing is known of the bucket."""
        believed, filled = self._kept.get(key, (0.0, 0.0))
        now = time.monotonic()
        if believed > now:
            return filled - now
        if believed:
            self.forget([key])
        return 0.0

    def forget(self, keys: Iterable[str]) -> None:
        """Nothing is known of them."""
        with self._lock:
            for key in keys:
                self._kept.pop(key, None)

    def clear(self) -> None:
        """Nothing is known of any."""
        with self._lock:
            self._kept.clear()


empty_buckets = EmptyBuckets()
