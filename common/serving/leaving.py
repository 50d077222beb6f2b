"""What is on its way to a client: as much as it takes at once, and the rest kept, so that no thread waits for a slow one.

A small rest is kept in memory, a larger one on the disk. Beyond MOST the thread that makes the answer does wait, for as long
as the client keeps up; where many threads wait, clients that do not are given up at once.
"""

import errno
import select
import socket
import tempfile
import time
from threading import Lock

BLOCK = 256 * 1024
MEMORY = 64 * 1024
"""Bytes of one answer that are kept in memory."""
MOST = 32 * 1024 * 1024
"""Bytes of one answer that are kept at all."""
PATIENCE = 10.0
"""Seconds within which a client has to take BLOCK while a thread waits for it."""
STALLED = 1.0
"""The same, where more than half of the threads wait."""


def _gone(why: str) -> OSError:
    return BrokenPipeError(errno.EPIPE, why)


class Held:
    """What all answers of this process keep, and which threads wait for their clients."""

    def __init__(self, *, most: int, threads: int) -> None:
        self.most = most
        self.bytes = 0
        self.waiting: set[Outbox] = set()
        self._threads = threads
        self._lock = Lock()

    def add(self, count: int) -> None:
        with self._lock:
            self.bytes += count

    def begin(self, outbox: "Outbox") -> None:
        """One more thread waits; raises `OSError` where it would be the last one."""
        with self._lock:
            if len(self.waiting) >= max(1, self._threads - 1):
                raise _gone("Every other thread waits for its client")
            self.waiting.add(outbox)

    def end(self, outbox: "Outbox") -> None:
        with self._lock:
            self.waiting.discard(outbox)

    @property
    def patience(self) -> float:
        """Seconds that a client is waited for now."""
        return PATIENCE if len(self.waiting) * 2 <= self._threads else STALLED


class Outbox:
    """Stands in the place of the client's socket for gunicorn's response, which calls `sendall` with each piece."""

    def __init__(self, sock: socket.socket, held: Held) -> None:
        self._socket = sock
        self._held = held
        self._kept: tempfile.SpooledTemporaryFile[bytes] | None = None
        self._size = self._sent = self._tried = 0
        self.is_broken = False

    @property
    def left(self) -> int:
        """Bytes that the client has not taken yet."""
        return self._size - self._sent

    def sendall(self, data: bytes) -> None:
        """Send or keep it; raises `OSError` where the client is gone, or too slow for what does not fit."""
        if self.is_broken:
            raise _gone("The client is gone")
        rest = memoryview(data)  # a slice of bytes would stand in memory once more
        if not self.left:
            rest = rest[self._send(rest) :]
        if not rest:
            return
        if self.left + len(rest) > MOST:
            self._wait()
        self._keep(rest)
        if self._size - self._tried > BLOCK:
            self._tried = self._size
            self.flush()

    def send(self, data: bytes) -> int:
        """As `sendall`."""
        self.sendall(data)
        return len(data)

    def flush(self) -> bool:
        """Send what is kept as far as the client takes it now; returns whether nothing is left."""
        while self._kept is not None and self.left:
            self._kept.seek(self._sent)
            count = self._send(memoryview(self._kept.read(BLOCK)))
            if not count:
                return False
            self._sent += count
            self._held.add(-count)
        self._forget()
        return True

    def close(self) -> None:
        """Forget what is left."""
        self.is_broken = True
        self._held.add(-self.left)
        self._forget()

    def _forget(self) -> None:
        self._size = self._sent = self._tried = 0
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def _send(self, view: memoryview) -> int:
        """How many bytes went; 0 where the client takes none now."""
        total = 0
        try:
            while view:
                count = self._socket.send(view)
                view, total = view[count:], total + count
        except BlockingIOError:
            pass
        except OSError:
            self.is_broken = True
            raise
        return total

    def _keep(self, data: memoryview) -> None:
        if self._kept is None:
            self._kept = tempfile.SpooledTemporaryFile(MEMORY)  # noqa: SIM115  closed by `_forget`
        if self._size + len(data) > MEMORY:
            self._kept.rollover()  # before the writing: by itself it takes the whole into memory first
        self._kept.seek(self._size)
        self._kept.write(data)
        self._size += len(data)
        self._held.add(len(data))

    def _wait(self) -> None:
        """Until half of it is gone."""
        ready = select.poll()
        ready.register(self._socket, select.POLLOUT)
        try:
            self._held.begin(self)
            goal, since = self.left - BLOCK, time.monotonic()
            while self.left > MOST // 2:
                ready.poll(STALLED * 250)
                self.flush()
                if self.left <= goal:
                    goal, since = self.left - BLOCK, time.monotonic()
                elif time.monotonic() - since > self._held.patience:
                    raise _gone("The client does not keep up")
        except OSError:
            self.is_broken = True
            raise
        finally:
            self._held.end(self)

    # What else gunicorn asks of a socket.

    def setblocking(self, _flag: bool) -> None:
        """It never blocks."""

    def settimeout(self, _seconds: float | None) -> None:
        """Nor does it have a timeout of its own."""

    def gettimeout(self) -> float:
        return 0.0

    def shutdown(self, _how: int) -> None:
        """Nothing more is sent: an answer failed in its midst."""
        self.is_broken = True

    def recv(self, _size: int) -> bytes:
        return b""
