"""Waiting until one of many sockets has news, at a cost that does not grow with those that have none."""

import select
import sys
import time

LOOKUP = 0.002
"""Seconds at most between two looks while a name is looked up: the thread that does so has no socket that is known here."""
WITHOUT_EPOLL = 0.001
"""Seconds at most between two looks where the system has no epoll (macOS)."""


class Sockets:
    """Every socket of the engine from its opening on; the system forgets one when libcurl has closed it.

    News are told once: the engine looks at all its transfers then, and what libcurl leaves in a socket it comes back
    for by a timer of its own.
    """

    def __init__(self) -> None:
        self._expected: set[object] = set()
        if sys.platform == "linux":
            self._epoll = select.epoll()
            self._register, self._poll = self._epoll.register, self._epoll.poll
            self._events = select.EPOLLIN | select.EPOLLOUT | select.EPOLLET

    def expect(self, owner: object) -> None:
        """`owner` will open a socket, as soon as it knows an address."""
        self._expected.add(owner)

    def add(self, descriptor: int, owner: object) -> None:
        """Watch a socket of `owner` that is about to connect."""
        self._expected.discard(owner)
        if sys.platform == "linux":
            self._register(descriptor, self._events)

    def forget(self, owner: object) -> None:
        """`owner` will open none any more."""
        self._expected.discard(owner)

    def wait(self, timeout: float) -> None:
        """Until one has news, or may have, or `timeout` seconds are over."""
        if self._expected:
            timeout = min(timeout, LOOKUP)
        if sys.platform == "linux":
            self._poll(timeout)
        else:
            time.sleep(min(timeout, WITHOUT_EPOLL))

    def close(self) -> None:
        """Watch nothing any more."""
        self._expected.clear()
        if sys.platform == "linux":
            self._epoll.close()
