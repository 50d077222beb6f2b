"""HTTP as an attacker writes it: paths and headers go out as they stand, and every attempt is counted."""

import http.client
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")
R = TypeVar("R")
Headers = Sequence[tuple[str, str]]
THREADS = 8
TIMEOUT = 30.0


@dataclass(frozen=True)
class Answer:
    """What came back; status 0 is a connection that was closed without a word."""

    status: int
    body: str

    @property
    def let_in(self) -> bool:
        return 200 <= self.status < 300


class Tally:
    """How many attempts there were, and what got through."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.attempts = 0
        self.let_in: list[str] = []

    def count(self, number: int = 1) -> None:
        with self._lock:
            self.attempts += number

    def got_in(self, what: str) -> None:
        with self._lock:
            self.let_in.append(what)


class Raw:
    """A client of one address, with a connection a thread."""

    def __init__(self, url: str, tally: Tally) -> None:
        self._address = urlsplit(url)
        self._tally = tally
        self._local = threading.local()
        self._opened: list[http.client.HTTPConnection] = []

    def close(self) -> None:
        """Every thread's connection."""
        for connection in self._opened:
            connection.close()

    def send(self, method: str, path: str, headers: Headers = (), body: bytes | None = None) -> Answer:
        """One attempt."""
        self._tally.count()
        for again in (True, False):
            connection = self._connection()
            try:
                connection.putrequest(method, path, skip_accept_encoding=True)
                for name, value in headers:
                    connection.putheader(name, value)
                if body is not None or method in {"POST", "PUT", "PATCH"}:
                    connection.putheader("Content-Length", str(len(body or b"")))
                connection.endheaders(body)
                response = connection.getresponse()
                return Answer(response.status, response.read().decode(errors="replace"))
            except (http.client.HTTPException, OSError):
                connection.close()
                del self._local.connection
                if not again:
                    return Answer(0, "")
        raise AssertionError

    def _connection(self) -> http.client.HTTPConnection:
        if not hasattr(self._local, "connection"):
            self._local.connection = Unchecked(self._address.hostname or "", self._address.port, timeout=TIMEOUT)
            self._opened.append(self._local.connection)
        connection: http.client.HTTPConnection = self._local.connection
        return connection


class Unchecked(http.client.HTTPConnection):
    """Python's client without its own look at paths: that is for the other side to do."""

    def _validate_path(self, url: str) -> None:
        """Anything but what would end the line."""
        if any(one in url for one in "\r\n"):
            raise ValueError(url)


def everywhere(function: Callable[[T], R], items: Iterable[T], *, threads: int = THREADS) -> list[R]:
    """`function` of each item, several at once."""
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(function, items))
