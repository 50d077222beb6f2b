"""p95 of healthy users' requests and pages while 1,000 slow clients send and read as slowly as they can."""

import contextlib
import multiprocessing
import resource
import selectors
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests

from benchmarks.frame import Result, progress, run
from benchmarks.login_storm import p95, paced, session, summary
from deploy.local.running import RunningFleet, running_fleet

if TYPE_CHECKING:
    from multiprocessing.queues import SimpleQueue
    from multiprocessing.synchronize import Event

CLIENTS, QUICK_CLIENTS = 1000, 300
SECONDS, QUICK_SECONDS = 60.0, 12.0
RATE = 10
"""Requests a second of the healthy."""
TARGET = 1000.0
DRIP_EVERY = 1.0
"""Seconds between two bytes of a slow client."""
AWAY = 10.0
"""Seconds after which one that was cut off is back."""


@dataclass(frozen=True)
class Slow:
    """A way to be slow: where, what is sent at once, and whether bytes follow or the answer is left unread."""

    name: str
    url: str
    opening: bytes
    drips: bool = True


def ways(fleet: RunningFleet) -> list[Slow]:
    """Bodies that never end, with and without a length, heads that never end, and answers that nobody reads."""
    gateway, web = fleet.gateway_url, fleet.frontend_url
    json = b"Host: localhost\r\nContent-Type: application/json\r\n"
    post = b"POST %s HTTP/1.1\r\n" + json
    document = b"GET /endpoint-service/schema HTTP/1.1\r\nHost: localhost\r\n\r\n"
    return [
        Slow("body", gateway, post % b"/user-service/login" + b"Content-Length: 60000\r\n\r\n" + b" " * 30_000),
        Slow("large body", gateway, post % b"/user-service/login" + b"Content-Length: 400000\r\n\r\n" + b"[" * 300_000),
        Slow("chunks", gateway, post % b"/report-service/status-pages" + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab"),
        Slow("head", gateway, b"GET /user-service/users/me HTTP/1.1\r\nHost: localhost\r\nX-Slow: "),
        Slow("web body", web, b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\na"),
        Slow("web head", web, b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "),
        Slow("unread", gateway, document, drips=False),
    ]


class Crowd:
    """So many clients; who is cut off comes back after a while in the same way, until it is `over`."""

    def __init__(self, number: int, known: list[Slow]) -> None:
        self._number, self._known = number, known
        self._open: dict[socket.socket, Slow] = {}
        self._away: list[tuple[float, Slow]] = []
        self.cut_off: Counter[str] = Counter()

    def run(self, over: "Event") -> None:
        """Keep everybody connected, and send a byte each now and then."""
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
        with selectors.DefaultSelector() as ended:
            for index in range(self._number):
                self._join(self._known[index % len(self._known)], ended)
            while not over.wait(DRIP_EVERY):
                back = [way for since, way in self._away if time.monotonic() - since > AWAY]
                self._away = self._away[len(back) :]
                for way in back:
                    self._join(way, ended)
                for key, _ in ended.select(0):
                    self._look(key.fileobj, ended)
                for connection, way in list(self._open.items()):
                    if way.drips:
                        with contextlib.suppress(OSError):
                            connection.send(b"x")
        for connection in self._open:
            connection.close()

    def _join(self, way: Slow, ended: selectors.BaseSelector) -> None:
        address = urlsplit(way.url)
        connection = socket.socket()
        # Small, so that an answer waits at the other end.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(5)
        try:
            connection.connect((address.hostname, address.port))
            connection.setblocking(False)
            with contextlib.suppress(OSError):
                connection.send(way.opening)
        except OSError:
            connection.close()
            return
        self._open[connection] = way
        if way.drips:
            ended.register(connection, selectors.EVENT_READ)

    def _look(self, connection: object, ended: selectors.BaseSelector) -> None:
        """Whatever a slow client hears is its end: an error, or the connection closed."""
        assert isinstance(connection, socket.socket)
        way = self._open.pop(connection)
        ended.unregister(connection)
        connection.close()
        self.cut_off[way.name] += 1
        self._away.append((time.monotonic(), way))


def crowd(number: int, known: list[Slow], over: "Event", told: "SimpleQueue[dict[str, int]]") -> None:
    """A process of its own, so that what is measured shares no interpreter with it."""
    clients = Crowd(number, known)
    clients.run(over)
    told.put(dict(clients.cut_off))


def healthy(fleet: RunningFleet, keys: list[str]) -> Iterator[requests.PreparedRequest]:
    """A request, a log-in and a page, again and again."""
    while True:
        for key in keys:
            headers = {"apikey": key}
            yield requests.Request("GET", f"{fleet.gateway_url}/user-service/users/me", headers=headers).prepare()
            yield requests.Request("GET", f"{fleet.gateway_url}/endpoint-service/endpoints", headers=headers).prepare()
            yield requests.Request("GET", f"{fleet.frontend_url}/login").prepare()


def measure(*, quick: bool) -> Result:
    """The healthy alone, then beside the slow."""
    number, seconds = (QUICK_CLIENTS, QUICK_SECONDS) if quick else (CLIENTS, SECONDS)
    processes = multiprocessing.get_context("spawn")
    over, told = processes.Event(), processes.SimpleQueue()
    progress("starting a fleet")
    with running_fleet() as fleet:
        keys = [str(fleet.sign_up(f"user{index}@example.com")["key"]) for index in range(3)]
        asked = healthy(fleet, keys)
        lock = threading.Lock()

        def ask(_number: int) -> float:
            with lock:
                request = next(asked)
            started = time.perf_counter()
            session().send(request, timeout=60).raise_for_status()
            return (time.perf_counter() - started) * 1000

        paced(RATE, 3, ask)
        calm = paced(RATE, seconds, ask)
        progress(f"  without: p95 {p95(calm):.1f} ms")
        slow = processes.Process(target=crowd, args=(number, ways(fleet), over, told))
        slow.start()
        try:
            crowded = paced(RATE, seconds, ask)
        finally:
            over.set()
        cut_off = told.get()
        slow.join()
        progress(f"  with: p95 {p95(crowded):.1f} ms")
    details = {
        "ms": {"without": summary(calm), "with": summary(crowded)},
        "slow_clients": number,
        "cut_off": cut_off,
    }
    return Result(p95(crowded), details)


if __name__ == "__main__":
    run(measure, name="slow_clients", unit="ms", target=TARGET, better="lower")
