"""How much of this process's threads calls that take long may hold, so that everybody else is served meanwhile."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from common.api.errors import TooManyRequests


class Slots:
    """Threads that may be held at once, in fair shares.

    A caller's first slot is granted as long as one is free, a second one only where half of them then still are,
    and never a third. A group of callers (all visitors, all who ask for one host) holds at most half of them.
    """

    def __init__(self, most: Callable[[], int], busy: type[TooManyRequests]) -> None:
        self._most = most
        self._busy = busy
        self._lock = threading.Lock()
        self._held: Counter[str] = Counter()
        self._groups: Counter[str] = Counter()

    @contextmanager
    def one(self, caller: str, *, groups: Sequence[str] = ()) -> Iterator[None]:
        """Hold a slot; raises `busy` where the caller or a group has its share, or none is free."""
        with self._lock:
            if not self._is_granted(caller, groups):
                raise self._busy(retry_after=2)
            self._held[caller] += 1
            self._groups.update(groups)
        try:
            yield
        finally:
            with self._lock:
                self._held = +(self._held - Counter([caller]))
                self._groups = +(self._groups - Counter(groups))

    def _is_granted(self, caller: str, groups: Sequence[str]) -> bool:
        most = self._most()
        free = most - self._held.total()
        if free <= 0 or self._held[caller] >= 2 or (self._held[caller] and (free - 1) * 2 < most):
            return False
        return all(self._groups[group] < max(1, most // 2) for group in groups)
