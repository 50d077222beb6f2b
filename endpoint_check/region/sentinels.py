"""The region's sentinels: places that answer whenever the region's own network works."""

import time
from collections.abc import Iterable, Mapping

from django.core.exceptions import ImproperlyConfigured

from common.contracts.options import Options
from common.security.addresses import AddressRule
from endpoint_check.engine.multi import Engine
from endpoint_check.engine.spec import Spec

TIMEOUT = 5.0
"""Seconds for which verdicts wait for the sentinels at most; far below a lease."""
_OPEN = AddressRule(allow_private=True, fleet_ports=frozenset())


def sentinels_of(texts: Iterable[str]) -> tuple[Spec, ...]:
    """Each a web address or `host:port`, counted once; raises `ImproperlyConfigured`."""
    return tuple(_sentinel(text) for text in dict.fromkeys(texts))


def _sentinel(text: str) -> Spec:
    if text.startswith(("http://", "https://")):
        # Whatever it answers, and with whatever certificate: it was reached.
        return Spec(url=text, timeout=TIMEOUT, expected_status="100-599", options=Options(verify_tls=False))
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ImproperlyConfigured(f"REGION_SENTINELS must be a list of web addresses and host:port, not {text!r}.")
    return Spec(url=text, kind="tcp", timeout=TIMEOUT)


class Question:
    """All sentinels asked at once, beside the checks; `answer` looks whether they have answered."""

    def __init__(self, sentinels: tuple[Spec, ...]) -> None:
        self._engine = Engine(slots=len(sentinels))
        self._failed: dict[str, bool] = {}
        self._asked = len(sentinels)
        self._ends = time.monotonic() + TIMEOUT + 1
        for spec in sentinels:
            self._engine.add(spec, _OPEN, spec.url)

    def answer(self) -> Mapping[str, bool] | None:
        """Which of them fail, once that is known of all."""
        for url, outcome in self._engine.step(0):
            self._failed[url] = outcome.status == "down"
        if len(self._failed) < self._asked and time.monotonic() < self._ends:
            return None
        return self._failed

    def close(self) -> None:
        """Ask no more."""
        self._engine.close()
