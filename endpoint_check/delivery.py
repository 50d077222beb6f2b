"""The outboxes' way out: posted in bulk, deleted when acknowledged, otherwise kept and sent again.

Each outbox of a region has one sender at a time (an advisory lock), so that a slow peer holds up nothing but its own outbox.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.conf import settings
from django.db import connection, transaction

from common.errors import PeerError
from common.http import Peer
from endpoint_check.models import AlertOutbox, Outbox, ResultOutbox, StateOutbox

logger = logging.getLogger(__name__)

BATCH = 5000
"""Messages of one body, at most."""
MAX_BATCH_BYTES = 4 * 1024 * 1024
MAX_ROWS = 600
"""About as many full rows as one body may hold."""
LONGEST = 20.0
"""Seconds after which a delivery ends; the next tick goes on."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0


@dataclass(frozen=True, slots=True)
class Row:
    """A row of an outbox: `count` messages in one text."""

    id: int
    payload: str
    count: int


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
    """Send what waits, alerts first; returns how many messages were acknowledged. A peer's absence raises nothing."""
    return sum(_deliver(route, stopping) for route in ROUTES)


def _deliver(route: Route, stopping: Callable[[], bool]) -> int:
    if not route.pause.over() or not _rows(route, 1):
        return 0
    sent, ends = 0, time.monotonic() + LONGEST
    with _only_sender(route.lock) as alone:
        while alone and time.monotonic() < ends and not stopping():
            rows = _rows(route, MAX_ROWS)
            if not rows:
                break
            try:
                _send(route, rows)
            except PeerError as error:
                route.pause.failed()
                logger.warning("%s does not take what waits for it: %s", route.peer, error)
                break
            route.pause.answered()
            sent += sum(row.count for row in rows)
    return sent


@contextmanager
def _only_sender(lock: int) -> Iterator[bool]:
    """True for the one who sends; the lock belongs to the connection, so a death frees it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", [_LOCK_SPACE + lock, settings.REGION])
        got = bool(cursor.fetchone()[0])
    try:
        yield got
    finally:
        if got:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", [_LOCK_SPACE + lock, settings.REGION])


def _rows(route: Route, most: int) -> list[Row]:
    """The oldest rows, as many as one body may hold and at most `most`."""
    # By the index: the table itself is full of rows that are gone, and `exists` would read them all.
    ours = route.outbox._default_manager.filter(region=settings.REGION)
    found = ours.order_by("id").values_list("id", "payload", "count")[:most]
    rows: list[Row] = []
    size, count = 0, 0
    for row in [Row(*values) for values in found]:
        size += len(row.payload)
        count += row.count
        if rows and (size > MAX_BATCH_BYTES or count > BATCH):
            break
        rows.append(row)
    return rows


def _send(route: Route, rows: Sequence[Row]) -> None:
    """Post the rows and delete them; raises `PeerError` where the peer should be asked again later.

    A peer that refuses the whole body is asked with halves, until the one row that it cannot take is found and dropped.
    """
    body = f"{route.opening}{','.join([row.payload for row in rows])}{route.closing}".encode()
    try:
        answer = Peer(route.peer).request("POST", route.path, data=body, idempotent=True)
    except PeerError as error:
        if not error.permanent:
            raise
        if error.status in {401, 403, 404, 405}:
            # Not about what the rows say: a wrong token or a peer of another version.
            raise
        if len(rows) == 1 and rows[0].count == 1:
            logger.error("%s refused %s for good: %s", route.peer, rows[0].payload[:500], error.body)  # noqa: TRY400
            _delete(route, rows)
            return
        if len(rows) == 1:
            rows = _split(route, rows[0])
        middle = len(rows) // 2
        _send(route, rows[:middle])
        _send(route, rows[middle:])
        return
    for refusal in (answer or {}).get("refused") or []:
        _log_refusal(route, rows, refusal)
    _delete(route, rows)


def _log_refusal(route: Route, rows: Sequence[Row], refusal: Any) -> None:
    index, sent = refusal.get("index", -1), [message for row in rows for message in _messages(row)]
    message = sent[index][:500] if 0 <= index < len(sent) else ""
    logger.error("%s refused a message for good (%s): %s", route.peer, refusal.get("code"), message)


def _messages(row: Row) -> list[str]:
    return [bytes(raw).decode() for raw in msgspec.json.decode(f"[{row.payload}]", type=list[msgspec.Raw])]


def _split(route: Route, row: Row) -> list[Row]:
    """Each of the row's messages in a row of its own."""
    singles = [route.outbox(region=settings.REGION, payload=message) for message in _messages(row)]
    with transaction.atomic():
        route.outbox._default_manager.bulk_create(singles)
        _delete(route, [row])
    return [Row(single.id, single.payload, 1) for single in singles]


def _delete(route: Route, rows: Sequence[Row]) -> None:
    table = connection.ops.quote_name(route.outbox._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE id = ANY(%s)", [[row.id for row in rows]])  # noqa: S608  ours
