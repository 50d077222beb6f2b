"""Whose answer is judged next, so that what one owner's endpoints take is taken from that owner alone."""

import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar

HALF_LIFE = 30.0
"""Seconds after which half of what an owner took is forgotten."""
HEAVY = 1.0
"""Seconds of computing, thus remembered, from which an owner leaves one of the processes to the others."""
SLOW = 0.25
"""Seconds of computing from which the next answer of the same endpoint comes after its owner's others."""
_SLOW_KNOWN = 10_000
"""Endpoints of which it is remembered that they are slow."""
BYTES = 256 << 20
"""Of all answers that wait; beyond, who has the most of them waiting loses the newest."""
TASKS = 5000
"""Answers of one owner that may wait."""


class Waiting(Protocol):
    """An answer that waits: whose it is, which of the owner's endpoints gave it, and its bytes."""

    @property
    def owner(self) -> int: ...
    @property
    def endpoint(self) -> int: ...
    @property
    def size(self) -> int: ...


T = TypeVar("T", bound=Waiting)


class _Owner(Generic[T]):
    """One owner's answers that wait, those of slow endpoints apart, and the computing that earlier ones took."""

    def __init__(self, now: float) -> None:
        self.quick: deque[T] = deque()
        self.slow: deque[T] = deque()
        self.bytes = 0
        self.running = 0
        self.is_known = False
        self._used, self._at = 0.0, now

    def __len__(self) -> int:
        return len(self.quick) + len(self.slow)

    def used(self, now: float) -> float:
        """Seconds of computing that are remembered."""
        return self._used * math.exp2((self._at - now) / HALF_LIFE)

    def take(self, seconds: float, now: float) -> None:
        """So long took one answer."""
        self._used, self._at = self.used(now) + seconds, now
        self.is_known = True


class Shares(Generic[T]):
    """The answers that wait. The owner who took the least of late comes first. Knows no threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._owners: dict[int, _Owner[T]] = {}
        self._slow: OrderedDict[int, None] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return sum(map(len, self._owners.values()))

    def put(self, task: T) -> list[T]:
        """Let it wait; returns what is sent away for it, which may be itself."""
        owner = self._owners.setdefault(task.owner, _Owner(self._clock()))
        (owner.slow if task.endpoint in self._slow else owner.quick).append(task)
        owner.bytes += task.size
        self._bytes += task.size
        return list(self._shed(owner))

    def next(self, *, light: bool) -> T | None:
        """The next one, None where there is none; `light` passes over owners who took much, or may be about to."""
        now = self._clock()
        waiting = [
            (owner.used(now), number)
            for number, owner in self._owners.items()
            if len(owner) and not (light and owner.running and not owner.is_known)
        ]
        used, number = min(waiting, default=(0.0, None))
        if number is None or (light and used > HEAVY):
            return None
        owner = self._owners[number]
        owner.running += 1
        return self._out(owner, (owner.quick or owner.slow).popleft())

    def charge(self, task: T, seconds: float) -> None:
        """Judging it, which `next` gave out, took so long."""
        now = self._clock()
        charged = self._owners.setdefault(task.owner, _Owner(now))
        charged.take(seconds, now)
        charged.running = max(0, charged.running - 1)
        self._slow.pop(task.endpoint, None)
        if seconds > SLOW:
            self._slow[task.endpoint] = None
            if len(self._slow) > _SLOW_KNOWN:
                self._slow.popitem(last=False)
        for number, owner in list(self._owners.items()):
            if not len(owner) and not owner.running and owner.used(now) < 0.01:
                del self._owners[number]

    def is_heavy(self, owner: int) -> bool:
        """Whether this owner took much of late."""
        known = self._owners.get(owner)
        return known is not None and known.used(self._clock()) > HEAVY

    def remove(self, unwanted: Callable[[T], bool]) -> None:
        """Take out what nobody waits for any more."""
        for owner in self._owners.values():
            for tasks in (owner.quick, owner.slow):
                for task in [task for task in tasks if unwanted(task)]:
                    tasks.remove(task)
                    self._out(owner, task)

    def _shed(self, owner: _Owner[T]) -> Iterator[T]:
        while len(owner) > TASKS:
            yield self._out(owner, (owner.slow or owner.quick).pop())
        while self._bytes > BYTES:
            most = max(self._owners.values(), key=lambda one: one.bytes)
            yield self._out(most, (most.slow or most.quick).pop())

    def _out(self, owner: _Owner[T], task: T) -> T:
        owner.bytes -= task.size
        self._bytes -= task.size
        return task
