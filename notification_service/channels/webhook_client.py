"""One POST to an address that a user named: guarded at the connect, bounded in time and size, redirects not followed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pycurl
from django.conf import settings

from common.security.fleet_parts import rule
from common.security.guarded_curl import BoundedBody, GuardedCurl

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
    guarded = GuardedCurl(rule(settings.ALLOW_PRIVATE_TARGETS, settings.FLEET_PORTS))
    guarded.guard()
    curl, lines, read = guarded.curl, list[bytes](), BoundedBody(_MAX_READ)
    options = {
        pycurl.URL: url,
        pycurl.FOLLOWLOCATION: 0,
        pycurl.TIMEOUT_MS: timeout_ms,
        pycurl.POST: 1,
        pycurl.POSTFIELDS: body,
        pycurl.HTTPHEADER: [*(f"{name}: {value}" for name, value in headers.items()), "Expect:"],
        pycurl.HEADERFUNCTION: lines.append,
        pycurl.WRITEFUNCTION: lambda chunk: None if read.add(chunk) else 0,
    }
    try:
        for option, value in options.items():
            curl.setopt(option, value)
        curl.perform()
    except pycurl.error as error:
        if guarded.blocked:
            raise Unreachable(f"{guarded.blocked} is not a public address.", permanent=True) from error
        if error.args[0] != pycurl.E_WRITE_ERROR:
            timed_out = error.args[0] == pycurl.E_OPERATION_TIMEDOUT
            raise Unreachable(str(error.args[1]), timed_out=timed_out) from error
    finally:
        status = int(curl.getinfo(pycurl.RESPONSE_CODE))
        curl.close()
    return Answer(status, bytes(read.data), _headers(lines))


def _headers(lines: Iterable[bytes]) -> dict[str, str]:
    """By name in small letters; the last one counts."""
    pairs = (line.decode("latin-1").partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, colon, value in pairs if colon}
