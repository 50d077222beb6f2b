"""A lane a kind of channel: its own threads, so that what hangs in one starves no other."""

import threading
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass
from functools import cache
from queue import SimpleQueue


@dataclass(frozen=True)
class Width:
    """Messages on their way at once: of this process, and, over all processes, of one owner and to one host."""

    at_once: int
    of_an_owner: int
    to_a_host: int


DEFAULT = Width(at_once=8, of_an_owner=3, to_a_host=8)
WIDTHS = {
    # email_service and slack_service have four threads each; what hangs behind them is the fleet's own server, or Slack.
    "email": DEFAULT,
    "slack": DEFAULT,
    # Each receiver is somebody's choice, and may hang for ten seconds.
    "webhook": Width(at_once=48, of_an_owner=4, to_a_host=8),
}


def width(lane: str) -> Width:
    """How wide a lane is."""
    return WIDTHS.get(lane, DEFAULT)


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
