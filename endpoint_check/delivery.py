"""The outboxes' way out: posted in bulk, deleted when acknowledged, otherwise kept and sent again.

Each outbox has one sender at a time (an advisory lock), so that a slow peer holds up nothing but its own outbox.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from common.errors import PeerError
from common.http import Peer
from endpoint_check.models import AlertOutbox, Outbox, ResultOutbox, StateOutbox

logger = logging.getLogger(__name__)

BATCH = 5000
MAX_BATCH_BYTES = 4 * 1024 * 1024
LONGEST = 20.0
"""Seconds after which a delivery ends; the next tick goes on."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0
Row = tuple[int, str]


@dataclass
class Pause:
    """How long a peer that does not answer is left alone: twice as long each time, in this process."""

    until: float = float("-inf")
    seconds: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def over(self) -> bool:
        """Whether the peer may be asked again."""
        return time.monotonic() >= self.until

    def failed(self) -> None:
        """The peer did not answer."""
        with self.lock:
            self.seconds = min(_LONGEST_PAUSE, max(_FIRST_PAUSE, self.seconds * 2))
            self.until = time.monotonic() + self.seconds

    def answered(self) -> None:
        """The peer is back."""
        with self.lock:
            self.seconds, self.until = 0.0, float("-inf")


@dataclass(frozen=True)
class Route:
    """Where an outbox goes: `opening` and the closing bracket make the body of the rows' texts."""

    outbox: type[Outbox]
    lock: int
    peer: str
    path: str
    opening: str
    closing: str
    pause: Pause = field(default_factory=Pause)


ROUTES = (
    Route(AlertOutbox, 1, "notification_service", "/notifications/send", '{"alerts":[', "]}"),
    Route(StateOutbox, 2, "endpoint_service", "/endpoints/states", '{"states":[', "]}"),
    Route(ResultOutbox, 3, "report_service", "/reports", "[", "]"),
)
_LOCK_SPACE = 0x706F6E67


def outboxes_deliver(*, stopping: Callable[[], bool] = lambda: False) -> int:
    """Send what waits, alerts first; returns how many rows were acknowledged. A peer's absence raises nothing."""
    return sum(_deliver(route, stopping) for route in ROUTES)


def _deliver(route: Route, stopping: Callable[[], bool]) -> int:
    if not route.pause.over() or not route.outbox._default_manager.exists():
        return 0
    sent, ends = 0, time.monotonic() + LONGEST
    with _only_sender(route.lock) as alone:
        while alone and time.monotonic() < ends and not stopping():
            rows = _rows(route)
            if not rows:
                break
            try:
                _send(route, rows)
            except PeerError as error:
                route.pause.failed()
                logger.warning("%s does not take what waits for it: %s", route.peer, error)
                break
            route.pause.answered()
            sent += len(rows)
    return sent


@contextmanager
def _only_sender(lock: int) -> Iterator[bool]:
    """True for the one who sends; the lock belongs to the connection, so a death frees it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK_SPACE, lock])
        got = bool(cursor.fetchone()[0])
    try:
        yield got
    finally:
        if got:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK_SPACE, lock])


def _rows(route: Route) -> list[Row]:
    """The oldest rows, as many as one body may hold."""
    rows: list[Row] = list(route.outbox._default_manager.order_by("id").values_list("id", "payload")[:BATCH])
    size = 0
    for index, (_, payload) in enumerate(rows):
        size += len(payload)
        if size > MAX_BATCH_BYTES and index:
            return rows[:index]
    return rows


def _send(route: Route, rows: Sequence[Row]) -> None:
    """Post the rows and delete them; raises `PeerError` where the peer should be asked again later.

    A peer that refuses the whole body is asked with halves, until the one row that it cannot take is found and dropped.
    """
    body = f"{route.opening}{','.join([payload for _, payload in rows])}{route.closing}".encode()
    try:
        answer = Peer(route.peer).request("POST", route.path, data=body, idempotent=True)
    except PeerError as error:
        if not error.permanent:
            raise
        if error.status in {401, 403, 404, 405}:
            # Not about what the rows say: a wrong token or a peer of another version.
            raise
        if len(rows) == 1:
            logger.error("%s refused %s for good: %s", route.peer, rows[0][1][:500], error.body)  # noqa: TRY400
            _delete(route, rows)
            return
        middle = len(rows) // 2
        _send(route, rows[:middle])
        _send(route, rows[middle:])
        return
    for refusal in (answer or {}).get("refused") or []:
        _log_refusal(route, rows, refusal)
    _delete(route, rows)


def _log_refusal(route: Route, rows: Sequence[Row], refusal: Any) -> None:
    index = refusal.get("index", -1)
    row = rows[index][1][:500] if 0 <= index < len(rows) else ""
    logger.error("%s refused a row for good (%s): %s", route.peer, refusal.get("code"), row)


def _delete(route: Route, rows: Sequence[Row]) -> None:
    table = connection.ops.quote_name(route.outbox._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE id = ANY(%s)", [[row_id for row_id, _ in rows]])  # noqa: S608  ours
