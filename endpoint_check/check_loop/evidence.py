"""Which failing results show what the site answered: the first ones of an outage, and then those that differ.

What was kept is remembered in memory alone: a restart keeps a few answers more, and nothing is written for it.
"""

import hashlib
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from common.formats.text import storable, storable_json
from endpoint_check.engine.outcome import Outcome
from endpoint_check.schedule.leases import Lease

FIRST = 3
"""Failures of an outage whose answers are kept, whatever they say."""
SPACING = 60.0
"""Seconds between two more that differ: some sites never answer the same twice."""
MAX_HEADERS_BYTES, MAX_BODY_BYTES = 4096, 2048
"""Of one result."""
MAX_COMMIT_BYTES, MAX_OWNER_BYTES = 1024 * 1024, 128 * 1024
"""Of all results of one commit, and of one owner's among them."""
REMEMBERED = 50_000
"""Endpoints; the one that began to fail the longest ago is forgotten first."""
_COUNTING = re.compile(r"[0-9a-fA-F]{2,}|[0-9]")
"""Times, ids and digests, which differ in each answer and say nothing."""
_TELLING = frozenset({"content-type", "location", "server", "retry-after", "www-authenticate"})


@dataclass(slots=True)
class _Kept:
    """Of one endpoint: when the outage began, how many answers were kept of it, and which and when the last one."""

    began: datetime
    number: int = 0
    digest: bytes = b""
    at: float = float("-inf")


@dataclass
class Evidence:
    """The memory of a process. `sizes` are the bytes by owner since the last commit."""

    _known: dict[int, _Kept] = field(default_factory=dict)
    _sizes: Counter[int] = field(default_factory=Counter)

    def judge(self, claim: Lease, outcome: Outcome, *, held: bool) -> None:
        """Bound what the outcome shows of the answer, or take it out. While verdicts are `held`, no site is to blame."""
        if outcome.response_headers is None and outcome.response_body is None:
            return
        if held or not self._wanted(claim, outcome):
            outcome.response_headers = outcome.response_body = None

    def committed(self) -> None:
        """A commit is made; the next one has its whole size again."""
        self._sizes.clear()

    def _wanted(self, claim: Lease, outcome: Outcome) -> bool:
        known, now = self._outage(claim), time.monotonic()
        digest = _digest(outcome)
        if known.number >= FIRST and (digest == known.digest or now - known.at < SPACING):
            return False
        size = shorten(outcome)
        if self._sizes.total() + size > MAX_COMMIT_BYTES or self._sizes[claim.user_id] + size > MAX_OWNER_BYTES:
            return False
        self._sizes[claim.user_id] += size
        known.number, known.digest, known.at = known.number + 1, digest, now
        return True

    def _outage(self, claim: Lease) -> _Kept:
        """What is known of the outage that the claim's failure belongs to."""
        status = claim.status
        began = status.incident_started_at or status.run_started_at
        known = self._known.get(claim.endpoint_id)
        # In maintenance nothing is counted, so only the check before tells that it is the same.
        if known is not None and (began == known.began or (began is None and status.in_maintenance)):
            return known
        self._known.pop(claim.endpoint_id, None)
        if len(self._known) >= REMEMBERED:
            del self._known[next(iter(self._known))]
        known = self._known[claim.endpoint_id] = _Kept(began or claim.slot)
        return known


def shorten(outcome: Outcome) -> int:
    """Cut what is too long; returns how many bytes are left."""
    size, headers = 0, dict[str, str]()
    for name, value in storable_json(outcome.response_headers or {}).items():
        length = len(name.encode()) + len(value.encode())
        if size + length <= MAX_HEADERS_BYTES:
            headers[name] = value
            size += length
    if outcome.response_headers is not None:
        outcome.response_headers = headers
    if outcome.response_body is not None:
        body = storable(outcome.response_body).encode()[:MAX_BODY_BYTES]
        outcome.response_body = body.decode(errors="ignore")
        size += len(body)
    return size


def _digest(outcome: Outcome) -> bytes:
    headers = outcome.response_headers or {}
    telling = sorted((name.lower(), value) for name, value in headers.items() if name.lower() in _TELLING)
    words = f"{outcome.http_status} {outcome.error_code} {telling} {(outcome.response_body or '')[:MAX_BODY_BYTES]}"
    return hashlib.sha256(_COUNTING.sub("#", words).encode(errors="replace")).digest()
