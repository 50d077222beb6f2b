"""A lane a kind of channel: its own threads, so that what hangs in one starves no other."""

import threading
from collections.abc import Callable
from contextvars import copy_context
from functools import cache
from queue import SimpleQueue

from notification_service.channels.base import Width, senders


def width(lane: str) -> Width:
    """How wide a lane is."""
    sender = senders().get(lane)
    return sender.width if sender is not None else Width()


class Lane:
    """Threads that are made when they are needed and stay, so that their connections are kept.

    They are daemons: a process that is told to end need not wait for a receiver that hangs.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._jobs: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._threads = 0
        self._idle = threading.Semaphore(0)

    def start(self, job: Callable[[], None]) -> None:
        """Run `job`, which raises nothing, in a thread; the caller sees to it that there are not too many."""
        self._jobs.put(lambda: copy_context().run(job))
        if not self._idle.acquire(blocking=False):
            self._threads += 1
            threading.Thread(target=self._work, name=f"{self.name}-{self._threads}", daemon=True).start()

    def _work(self) -> None:
        while True:
            self._jobs.get()()
            self._idle.release()


@cache
def lane(name: str) -> Lane:
    """The lane of a kind of channel in this process."""
    return Lane(name)
