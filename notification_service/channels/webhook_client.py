"""One POST to an address that a user named: guarded at the connect, bounded in time and size, redirects not followed."""

import _socket
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import certifi
import pycurl
from django.conf import settings

from common.parts import rule

MAX_ANSWER = 2000
"""Bytes of the receiver's answer that are kept."""
_MAX_READ = 65_536


class Unreachable(Exception):
    """No answer; `permanent` where we may not connect there at all, `timed_out` where none came in time."""

    def __init__(self, message: str, *, permanent: bool = False, timed_out: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.timed_out = timed_out


@dataclass
class Answer:
    """What came back; `retry_after` in seconds where it was asked for."""

    status: int = 0
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The beginning of the body."""
        return self.body[:MAX_ANSWER].decode(errors="replace").strip()

    @property
    def retry_after(self) -> float | None:
        """RFC 9110, 10.2.3: seconds or a date."""
        value = self.headers.get("retry-after", "").strip()
        if value.isascii() and value.isdigit():
            return float(value[:9])
        try:
            return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
        except (TypeError, ValueError):
            return None


def post(url: str, *, body: bytes, headers: dict[str, str], timeout_ms: int) -> Answer:
    """The answer, whatever its status; raises `Unreachable` where there is none in `timeout_ms`."""
    exchange = _Exchange()
    options = {
        pycurl.URL: url,
        pycurl.PROTOCOLS: pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS,
        pycurl.CAINFO: certifi.where(),
        pycurl.PROXY: "",
        pycurl.NOSIGNAL: 1,
        pycurl.FOLLOWLOCATION: 0,
        pycurl.TIMEOUT_MS: timeout_ms,
        pycurl.POST: 1,
        pycurl.POSTFIELDS: body,
        pycurl.HTTPHEADER: [*(f"{name}: {value}" for name, value in headers.items()), "Expect:"],
        pycurl.OPENSOCKETFUNCTION: exchange.open_socket,
        pycurl.HEADERFUNCTION: exchange.header,
        pycurl.WRITEFUNCTION: exchange.write,
    }
    curl = pycurl.Curl()
    try:
        for option, value in options.items():
            curl.setopt(option, value)
        curl.perform()
    except pycurl.error as error:
        if exchange.refused:
            raise Unreachable(f"{exchange.refused} is not a public address.", permanent=True) from error
        if error.args[0] != pycurl.E_WRITE_ERROR:
            timed_out = error.args[0] == pycurl.E_OPERATION_TIMEDOUT
            raise Unreachable(str(error.args[1]), timed_out=timed_out) from error
    finally:
        exchange.answer.status = int(curl.getinfo(pycurl.RESPONSE_CODE))
        curl.close()
    return exchange.answer


class _Socket(_socket.socket):
    """libcurl gets a duplicate of the descriptor, so ours is closed as it is let go; without a word of warning."""

    __slots__ = ()
    __del__ = _socket.socket.close


class _Exchange:
    """libcurl's callbacks: the guard at the connect, and what comes back."""

    def __init__(self) -> None:
        self.answer = Answer()
        self.refused = ""

    def open_socket(self, _purpose: int, target: tuple[int, int, int, tuple[Any, ...]]) -> Any:
        """Judge the address itself, after every lookup, so that no name and no redirect leads around the rule."""
        family, kind, protocol, (host, port, *_rest) = target
        address = host.decode() if isinstance(host, bytes) else host
        if rule(settings.ALLOW_PRIVATE_TARGETS, settings.FLEET_PORTS).allows(address, port):
            return _Socket(family, kind, protocol)
        self.refused = address
        return pycurl.SOCKET_BAD

    def header(self, line: bytes) -> None:
        """Keep one header line."""
        name, colon, value = line.decode("latin-1").partition(":")
        if colon:
            self.answer.headers[name.strip().lower()] = value.strip()

    def write(self, data: bytes) -> int | None:
        """Keep what comes, and end the transfer when it is too much."""
        self.answer.body += data
        return None if len(self.answer.body) < _MAX_READ else 0
