"""Whether a region lost its own network: the rule of the design over counts of what its checks found. Pure."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

WITHIN = 30
"""Seconds in which the failures must have begun."""
LEAST_ENDPOINTS = 20
LEAST_HOSTS = 5


@dataclass(slots=True)
class Second:
    """One second's checks: how many, and the hosts of the endpoints that newly failed. Re-checks are not counted."""

    number: int
    checked: int = 0
    failed: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Suspicion:
    """So many endpoints on so many hosts newly failed, of so many checks."""

    checked: int
    failed: int
    hosts: int


def suspicion_of(latest: Iterable[Second]) -> Suspicion | None:
    """What speaks for a lost network in the last seconds, the newest first; None where too little does.

    Over any time up to WITHIN that ends now, over half of what was checked has newly failed: an interval of minutes
    would otherwise keep most endpoints from being checked at all before their verdicts.
    """
    checked, failed = 0, dict[int, str]()
    for second in latest:
        checked += second.checked
        failed |= second.failed
        if len(failed) >= LEAST_ENDPOINTS and 2 * len(failed) > checked:
            hosts = len(set(failed.values()))
            if hosts >= LEAST_HOSTS:
                return Suspicion(checked, len(failed), hosts)
    return None


def most_fail(failures: Sequence[bool]) -> bool:
    """Whether over half of the sentinels fail; without any, no."""
    return 2 * sum(failures) > len(failures)


def host_of(url: str) -> str:
    """The host of an endpoint of any kind: of an address, `host:port` or a host."""
    try:
        return urlsplit(url if "//" in url else f"//{url}").hostname or url
    except ValueError:
        return url


class Tally:
    """The counts of the last WITHIN seconds; times are a monotonic clock's."""

    def __init__(self) -> None:
        self._seconds: deque[Second] = deque(maxlen=WITHIN)

    def add(self, now: float, *, checked: int, failed: Mapping[int, str]) -> None:
        """Count what a commit holds."""
        number = int(now)
        if not self._seconds or self._seconds[-1].number != number:
            self._seconds.append(Second(number))
        self._seconds[-1].checked += checked
        self._seconds[-1].failed.update(failed)

    def suspicion(self, now: float) -> Suspicion | None:
        """`suspicion_of` the seconds that are still of interest."""
        return suspicion_of(second for second in reversed(self._seconds) if second.number > now - WITHIN)

    def clear(self) -> None:
        """Begin anew."""
        self._seconds.clear()
