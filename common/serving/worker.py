"""gunicorn's threads, without those that wait for a client: `worker_class` of every service.

The main loop collects a request until it is whole, and only then a thread takes it; what a client does not take of the
answer at once, the loop sends as the client reads. So slow clients hold memory within bounds, and nothing else: where a
bound is reached, those go that have been at it the longest. The gateways buffer too, and a service does not rely on it.
"""

import ctypes
import errno
import gc
import selectors
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from gunicorn.workers.gthread import ThreadWorker
from prometheus_client import Counter

from common.serving.arriving import ARRIVES_WITHIN, SLOWEST
from common.serving.connection import BUSY, TIMED_OUT, Connection
from common.serving.leaving import MEMORY, Held

if TYPE_CHECKING:
    from concurrent.futures import Future

READ = 64 * 1024
REFUSED_WITHIN = 1.0
"""Seconds that a client has to send what will not be read; many look for an answer only then."""
MOST_ARRIVING = 64 * 1024 * 1024
"""Bytes of all requests that are not whole yet."""
MOST_LARGE = 2
"""How many requests of users that are larger than READ are handled at a time: what they are made of takes far more memory."""
QUEUED_WITHIN = 30.0
"""Seconds that another one waits for its turn."""
MOST_LEAVING = 128 * 1024 * 1024
"""Bytes of all answers that are not taken yet; beyond MEMORY each they are on the disk."""
LINGERS = 2.0
"""Seconds for which a closing connection is still read, so that its client sees the answer (RFC 9112, 9.6)."""

_GONE = {errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK}
_FULL = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
CUT_OFF = Counter(
    "pongpong_http_clients_cut_off", "Connections that were ended because their clients were slow", ["while"]
)
REFUSED = Counter(
    "pongpong_http_requests_refused_early", "Requests over a limit that were refused by their heads alone"
)


class BufferedWorker(ThreadWorker):  # type: ignore[misc]
    """See the module. The base class has the threads, the signals and the loop around."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)
        # Each in the order in which they came to it.
        self.arriving: dict[Connection, None] = {}
        self.queued: dict[Connection, None] = {}
        self.leaving: dict[Connection, None] = {}
        self.lingering: dict[Connection, None] = {}
        self.held = Held(most=MOST_LEAVING, threads=self.cfg.threads)
        self.arriving_bytes = 0
        self.large = 0

    def accept(self, listener: socket.socket) -> None:
        """Take one connection."""
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno in _FULL:
                self._make_room()
            elif error.errno not in _GONE:
                raise
            return
        self.nr_conns += 1
        self._await(Connection(self.cfg, client, address, listener.getsockname(), self.held))
        if self.nr_conns >= self.worker_connections:
            self._make_room()

    def _await(self, conn: Connection) -> None:
        """For its next request, of which something may be here already."""
        rest = conn.expect()
        conn.deadline = self._until(self.cfg.keepalive)
        self.arriving[conn] = None
        self.poller.register(conn.raw, selectors.EVENT_READ, lambda _: self._receive(conn))
        if rest:
            self._arrived(conn, rest)

    def _until(self, seconds: float) -> float:
        """A worker that stops waits for nobody's next request."""
        return time.monotonic() + (seconds if self.alive else min(seconds, LINGERS))

    def _receive(self, conn: Connection) -> None:
        if conn not in self.arriving:  # an event before this one ended it
            return
        try:
            data = conn.raw.recv(READ)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._arrived(conn, data)
        else:
            self._end(conn)

    def _arrived(self, conn: Connection, data: bytes) -> None:
        request = conn.arriving
        if not request.data:
            conn.deadline = self._until(ARRIVES_WITHIN)
            del self.arriving[conn]
            self.arriving[conn] = None
        conn.deadline += len(data) / SLOWEST if len(request.data) > READ else 0
        held = len(request.data)
        is_whole = request.feed(data)
        self.arriving_bytes += len(request.data) - held
        if conn.refusal:
            self._refuse(conn)
        elif is_whole:
            self._handle(conn)
        elif request.is_too_large:
            conn.deadline = min(conn.deadline, time.monotonic() + REFUSED_WITHIN)
        elif request.wants_continue:
            request.wants_continue = False
            with suppress(OSError):
                conn.outbox.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        while self.arriving_bytes > MOST_ARRIVING:
            self._cut_off(next(one for one in [*self.arriving, *self.queued] if len(one.arriving.data) > READ))

    def _refuse(self, conn: Connection) -> None:
        """Answer without a thread and without reading on; what still comes of it is dropped."""
        REFUSED.inc()
        self._leave_states(conn)
        conn.keeps = False
        with suppress(OSError):
            conn.outbox.sendall(conn.refusal)
        self._sent(conn)

    def _handle(self, conn: Connection) -> None:
        """Give it to a thread, or have it wait for its turn."""
        conn.is_large = len(conn.arriving.data) > READ and not conn.is_peer
        if conn.is_large and self.large >= MOST_LARGE:
            self._leave_states(conn)
            conn.deadline = time.monotonic() + QUEUED_WITHIN
            self.arriving_bytes += len(conn.arriving.data)
            self.queued[conn] = None
            return
        self.large += conn.is_large
        self._leave_states(conn)
        conn.parser.is_last = conn.arriving.is_too_large
        conn.parser.unreader.unread(conn.arriving.take())
        self.enqueue_req(conn)

    def finish_request(self, conn: Connection, future: "Future[bool]") -> None:
        """A thread is done with it: what it left to be sent is sent from here."""
        try:
            conn.keeps = not future.cancelled() and bool(future.result())
        except Exception:  # noqa: BLE001  gunicorn has logged it
            conn.keeps = False
        if conn.is_large:
            self.large -= 1
            if self.queued:
                self._handle(next(iter(self.queued)))
        if conn.outbox.left:
            size = conn.outbox.left
            conn.deadline = time.monotonic() + ARRIVES_WITHIN + size / SLOWEST
            self.leaving[conn] = None
            self.poller.register(conn.raw, selectors.EVENT_WRITE, lambda _: self._send(conn))
            while self.held.bytes > self.held.most and self.leaving:
                self._cut_off(next(iter(self.leaving)))
        else:
            self._sent(conn)

    def _send(self, conn: Connection) -> None:
        if conn not in self.leaving:
            return
        try:
            if not conn.outbox.flush():
                return
        except OSError:
            self._end(conn)
            return
        self._leave_states(conn)
        self._sent(conn)

    def _sent(self, conn: Connection) -> None:
        if conn.keeps and not conn.outbox.is_broken:
            self._await(conn)
        elif conn.outbox.is_broken:
            self._end(conn)
        else:
            self._linger(conn)

    def _linger(self, conn: Connection) -> None:
        try:
            conn.raw.shutdown(socket.SHUT_WR)
        except OSError:
            self._end(conn)
            return
        conn.deadline = time.monotonic() + LINGERS
        self.lingering[conn] = None
        self.poller.register(conn.raw, selectors.EVENT_READ, lambda _: self._discard(conn))

    def _discard(self, conn: Connection) -> None:
        if conn not in self.lingering:
            return
        try:
            if conn.raw.recv(READ):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._end(conn)

    def handle(self, conn: Connection) -> bool:
        """In a thread; what a large request or answer was made of goes back to the system."""
        try:
            return bool(super().handle(conn))
        finally:
            if conn.is_large:
                gc.collect()
            if conn.is_large or conn.outbox.left > MEMORY:
                _trim()

    def murder_pending(self) -> None:
        """Called about once a second: who took too long goes."""
        super().murder_pending()
        now = time.monotonic()
        for state in (self.arriving, self.queued, self.leaving, self.lingering):
            for conn in [conn for conn in state if conn.deadline < now]:
                if state is self.arriving and conn.arriving.is_too_large:
                    self._handle(conn)
                elif state is self.lingering or (state is self.arriving and not conn.arriving.data):
                    self._end(conn)
                else:
                    self._cut_off(conn)

    def _cap_keepalive(self, deadline: float) -> None:
        """The worker stops: no request is waited for longer than this; answers have until the threads' own end."""
        for conn in self.arriving:
            conn.deadline = min(conn.deadline, deadline)

    def _make_room(self) -> None:
        """End the connection that has been at it the longest, rather than let nobody in.

        Those in the midst of a request go before those that wait for the next one, which may be the gateway's.
        """
        begun = [conn for conn in self.arriving if conn.arriving.data]
        for conn in [*self.lingering, *begun, *self.leaving, *self.arriving]:
            self._cut_off(conn)
            return

    def _cut_off(self, conn: Connection) -> None:
        state = "arriving" if conn in self.arriving else "queued" if conn in self.queued else "leaving"
        CUT_OFF.labels(state).inc()
        if state == "queued" or (state == "arriving" and conn.arriving.data):
            with suppress(OSError):
                conn.outbox.sendall(TIMED_OUT if state == "arriving" else BUSY)
        self._end(conn)

    def _end(self, conn: Connection) -> None:
        self._leave_states(conn)
        self.nr_conns -= 1
        conn.close()

    def _leave_states(self, conn: Connection) -> None:
        """Of whichever it is in."""
        if conn in self.arriving or conn in self.queued:
            self.arriving_bytes -= len(conn.arriving.data)
        self.queued.pop(conn, None)
        for state in (self.arriving, self.leaving, self.lingering):
            if conn in state:
                del state[conn]
                self.poller.unregister(conn.raw)


def _trim() -> None:
    """glibc keeps what was freed; elsewhere nothing is to be done."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
