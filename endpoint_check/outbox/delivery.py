"""The outboxes' way out: posted in bulk, deleted when acknowledged, otherwise kept and sent again.

Each outbox of a region has one sender at a time (an advisory lock), so that a slow peer holds up nothing but its own outbox.
A message that its receiver refuses, or fails at while it takes others, is set aside with the reason.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import msgspec
from django.conf import settings
from django.db import connection, transaction

from common.api.errors import PeerError
from common.between.dead_letters import NOBODYS_FAULT, dead_letter_keep
from common.between.http import Peer
from common.contracts.messages import STATE
from endpoint_check.models import AlertOutbox, Outbox, ResultOutbox, StateOutbox
from endpoint_check.outbox import messages

logger = logging.getLogger(__name__)

BATCH = 5000
"""Messages of one body, at most."""
MAX_BATCH_BYTES = 4 * 1024 * 1024
MAX_ROWS = 600
"""About as many full rows as one body may hold."""
LONGEST = 20.0
"""Seconds after which a delivery ends; the next tick goes on."""
CRASHES = 4
"""So many times in a row a peer has to fail at what waits before it is asked with parts of it."""
MOST_POSTS = 100
"""Bodies in which the message is looked for that a peer fails at."""
MOST_LETTERS = 100
"""Refused messages of one body that are kept; of more the number is."""
EXPECTED = frozenset({"ENDPOINT_DELETED"})
"""Codes of refusals that are nobody's fault: checks end while their endpoint is deleted."""
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
    crashes: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def over(self) -> bool:
        """Whether the peer may be asked again."""
        return time.monotonic() >= self.until

    def failed(self, status: int | None = None) -> None:
        """The peer did not answer, or with this status."""
        with self.lock:
            self.crashes = self.crashes + 1 if status == _CRASH else 0
            self.seconds = min(_LONGEST_PAUSE, max(_FIRST_PAUSE, self.seconds * 2))
            self.until = time.monotonic() + self.seconds

    def answered(self) -> None:
        """The peer is back."""
        with self.lock:
            self.seconds, self.until, self.crashes = 0.0, float("-inf"), 0


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

    @property
    def queue(self) -> str:
        """The name under which what it does not take is set aside."""
        return f"{self.peer}{self.path}"


ROUTES = (
    Route(AlertOutbox, 1, "notification_service", "/notifications/send", '{"alerts":[', "]}"),
    Route(StateOutbox, 2, "endpoint_service", "/endpoints/states", '{"states":[', f'],"contract":{STATE}}}'),
    Route(ResultOutbox, 3, "report_service", "/reports", "[", "]"),
)
_LOCK_SPACE = 0x706F6E67
_CRASH = 500


def outboxes_deliver(*, stopping: Callable[[], bool] = lambda: False) -> int:
    """Send what waits, alerts first; returns how many messages were acknowledged. A peer's absence raises nothing."""
    sent = 0
    for route in ROUTES:
        try:
            sent += _deliver(route, stopping)
        except NOBODYS_FAULT:
            raise
        except Exception:
            # The other outboxes must not wait for it.
            logger.exception("What waits for %s could not be sent", route.peer)
    return sent


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
                if route.pause.crashes >= CRASHES:
                    _send_apart(route, rows)
                else:
                    _send(route, rows)
            except PeerError as error:
                route.pause.failed(error.status)
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

    A peer that refuses the whole body is asked with halves, until the one row that it cannot take is found.
    """
    try:
        _post(route, rows)
    except PeerError as error:
        # 401 to 405 are not about what the rows say: a wrong token or a peer of another version.
        if not error.permanent or error.status in {401, 403, 404, 405}:
            raise
        halves = _halves(route, rows)
        if halves is None:
            _set_aside(route, rows[0], f"refused with {error.status}: {error.body}")
            return
        for half in halves:
            if half:
                _send(route, half)


def _send_apart(route: Route, rows: Sequence[Row]) -> None:
    """The same for a peer that failed at these rows again and again: what it takes alone goes, and what it fails at while
    it takes the rest is set aside. Raises `PeerError` where it takes nothing: then it is the peer that is broken.
    """
    parts, failing, taken = [rows], list[tuple[Row, PeerError]](), False
    for _ in range(MOST_POSTS):
        if not parts:
            break
        part = parts.pop(0)
        try:
            _post(route, part)
            taken = True
        except PeerError as error:
            if error.status != _CRASH and not error.permanent:
                raise
            halves = _halves(route, part)
            if halves is None:
                failing.append((part[0], error))
            else:
                parts += [half for half in halves if half]
    if failing and not taken:
        raise failing[0][1]
    for row, failure in failing:
        _set_aside(route, row, f"failed with {failure.status}: {failure.body}")


def _post(route: Route, rows: Sequence[Row]) -> None:
    """One body. Rows that the peer refuses one by one are set aside."""
    body = f"{route.opening}{','.join([row.payload for row in rows])}{route.closing}".encode()
    answer = Peer(route.peer).request("POST", route.path, data=body, idempotent=True)
    refused = answer.get("refused") if isinstance(answer, dict) else None
    if isinstance(refused, list) and refused:
        _refused(route, rows, refused)
    _delete(route, rows)


def _halves(route: Route, rows: Sequence[Row]) -> tuple[Sequence[Row], Sequence[Row]] | None:
    """The rows in two parts; None for a single message. A row that is no list of messages is set aside here."""
    if len(rows) == 1:
        if rows[0].count == 1:
            return None
        try:
            rows = _split(route, rows[0])
        except msgspec.DecodeError as error:
            _set_aside(route, rows[0], f"no messages: {error}")
            return [], []
    middle = len(rows) // 2
    return rows[:middle], rows[middle:]


def _set_aside(route: Route, row: Row, reason: str) -> None:
    logger.error("%s does not take %s for good: %s", route.peer, row.payload[:500], reason)
    dead_letter_keep(queue=route.queue, payload=row.payload, reason=reason)
    _delete(route, [row])


def _refused(route: Route, rows: Sequence[Row], refused: Sequence[object]) -> None:
    """Keep what was refused out of a body that was taken."""
    sent = [message for row in rows for message in _messages(row)]
    letters = 0
    for refusal in refused:
        said: Mapping[str, object] = refusal if isinstance(refusal, dict) else {}
        index, code = said.get("index"), said.get("code")
        message = sent[index] if isinstance(index, int) and 0 <= index < len(sent) else ""
        if route.outbox is ResultOutbox and (older := messages.in_older_words(message)):
            ResultOutbox.objects.create(region=settings.REGION, payload=older)
            continue
        if code in EXPECTED:
            logger.info("%s refused a message (%s): %s", route.peer, code, message[:500])
            continue
        letters += 1
        if letters <= MOST_LETTERS:
            logger.error("%s refused a message for good (%s): %s", route.peer, code, message[:500])
            dead_letter_keep(queue=route.queue, payload=message, reason=f"refused: {refusal}")
    if letters > MOST_LETTERS:
        dead_letter_keep(queue=route.queue, payload="", reason=f"refused {letters - MOST_LETTERS} more of one body")


def _messages(row: Row) -> list[str]:
    """Raises `msgspec.DecodeError`."""
    return [bytes(raw).decode() for raw in msgspec.json.decode(f"[{row.payload}]", type=list[msgspec.Raw])]


def _split(route: Route, row: Row) -> list[Row]:
    """Each of the row's messages in a row of its own, in its place. Raises `msgspec.DecodeError`."""
    singles = [route.outbox(region=settings.REGION, payload=message) for message in _messages(row)]
    with transaction.atomic():
        route.outbox._default_manager.bulk_create(singles)
        _delete(route, [row])
    return [Row(single.id, single.payload, 1) for single in singles]


def _delete(route: Route, rows: Sequence[Row]) -> None:
    table = connection.ops.quote_name(route.outbox._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE id = ANY(%s)", [[row.id for row in rows]])  # noqa: S608  ours
