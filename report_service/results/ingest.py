"""The way in of results (ingest): one COPY, and one statement that keeps the new ones and counts exactly those."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db import IntegrityError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Value
from django.db.models.functions import Greatest
from django.utils import timezone
from msgspec import Struct

from common.between.dead_letters import dead_letter_keep, each_alone
from common.processes.database import longer
from report_service.models import Incident
from report_service.results import partitions
from report_service.results.decoding import (
    AHEAD,
    INVALID,
    Refusal,
    Row,
    copy_lines,
    decode,
    moments_drop_unstorable,
    outside,
)
from report_service.results.evidence_quota import evidence_limit
from report_service.results.ingest_statements import statements
from report_service.results.result_columns import INCOMING, NEVER_NULL

logger = logging.getLogger(__name__)
QUEUE = "reports"
"""Under this name rows are set aside that cannot be kept."""
MOST_LETTERS = 20
"""Rows of one body that are set aside; a checker that sends thousands makes the same mistake in all of them."""
INGEST_SECONDS = 30.0
"""What a body may take, its turn included."""
_COPY = f"COPY incoming FROM STDIN (FORMAT csv, FORCE_NOT_NULL ({', '.join(NEVER_NULL)}))"
CLOSED = "closed"
"""The event of a transition by which an incident ends though nothing recovered."""


class Outcome(Struct):
    """What became of a batch."""

    accepted: int
    duplicates: int
    refused: list[Refusal]


@dataclass
class _Batch:
    """What happens to a body's rows. `evidence` takes the answers of sites out that are beyond what is kept."""

    accepted: int = 0
    duplicates: int = 0
    refused: list[Refusal] = field(default_factory=list)

    def refuse(self, refusals: Sequence[tuple[Refusal, object]]) -> None:
        """Rows that cannot be kept for what they say are set aside, the first ones of many."""
        self.refused += [refusal for refusal, _item in refusals]
        for refusal, item in refusals[:MOST_LETTERS]:
            dead_letter_keep(queue=QUEUE, payload=item, reason=refusal.message)
        if len(refusals) > MOST_LETTERS:
            more = len(refusals) - MOST_LETTERS
            logger.error("%d more results of the same body were refused", more)

    def store(self, rows: Sequence[tuple[int, Row]]) -> None:
        """Write the rows, all or none of them."""
        accepted, gone = _store(rows)
        self.accepted += accepted
        self.duplicates += len(rows) - len(gone) - accepted
        self.refused += [Refusal(index, "ENDPOINT_DELETED", "The endpoint was deleted.") for index in gone]

    def close(self, rows: Sequence[tuple[int, Row]]) -> None:
        """End the incidents of endpoints that were paused or deleted."""
        _close([row for _index, row in rows])
        self.accepted += len(rows)


def reports_ingest(*, body: bytes) -> Outcome:
    """Store a JSON body of one result or up to 5,000; taking the same twice changes nothing.

    Of a row that cannot be kept as it is, every field is kept that can be; one without whose, when or what is refused by
    its index. A row at which the database fails is refused alone.

    Raises `BadRequest` and `TooLarge` for the body as a whole.
    """
    rows, bad = decode(body)
    oldest, newest = partitions.oldest_kept(), timezone.now() + AHEAD
    batch = _Batch()
    good: list[tuple[int, Row]] = []
    closed: list[tuple[int, Row]] = []
    for index, row in rows:
        moments_drop_unstorable(row)
        if problem := outside(row, oldest, newest):
            batch.refused.append(Refusal(index, *problem))
        elif row.transition is not None and row.transition.event == CLOSED:
            closed.append((index, row))
        else:
            good.append((index, row))
    with longer(INGEST_SECONDS):
        batch.refuse(bad)
        for several, handle in ((good, batch.store), (closed, batch.close)):
            for index, _row in each_alone(several, handle, queue=QUEUE, describe=lambda numbered: numbered[1]):
                batch.refused.append(Refusal(index, INVALID, "The database cannot take this row."))
    batch.refused.sort(key=lambda refusal: refusal.index)
    return Outcome(batch.accepted, batch.duplicates, batch.refused)


def _store(rows: Sequence[tuple[int, Row]]) -> tuple[int, list[int]]:
    """Write the rows but those of deleted endpoints. Returns how many were new, and the indexes of what was left out."""
    days = {row.checked_at.astimezone(UTC).date() for _, row in rows}
    one_each = len({(row.endpoint_id, row.region) for _, row in rows}) == len(rows)
    with transaction.atomic(), connection.cursor() as cursor:
        evidence_limit([row for _, row in rows])
        cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS incoming ({INCOMING}) ON COMMIT DELETE ROWS")
        cursor.execute("DELETE FROM incoming")  # rows of a batch before us in the same transaction
        cursor.copy_expert(
            f"COPY incoming FROM STDIN (FORMAT csv, FORCE_NOT_NULL ({', '.join(NEVER_NULL)}))", copy_lines(rows)
        )
        partitions.lock()
        gone = _refuse_deleted(cursor)
        partitions.partitions_ensure(days)
        now = _prepare(cursor)
        try:
            with transaction.atomic():
                accepted = _execute(cursor, "ingest_one_each" if one_each else "ingest_new", now)
        except IntegrityError:  # some came before, or twice in this batch
            accepted = _execute(cursor, "ingest_again", now)
    return accepted, gone


def _close(rows: Sequence[Row]) -> None:
    """End incidents. Nothing was checked, so there is no result to keep."""
    for row in rows:
        change = row.transition
        if change is not None and change.incident_id is not None:
            Incident.objects.filter(id=change.incident_id, endpoint_id=row.endpoint_id, resolved_at=None).update(
                resolved_at=Greatest("started_at", Value(change.ended_at or row.checked_at))
            )


def _prepare(cursor: CursorWrapper) -> datetime:
    """The statements, which a connection so plans only once; in our turn, since preparing locks the tables.

    Returns the moment, by the database's clock: the transaction began before it was our turn.
    """
    cursor.execute("SELECT clock_timestamp(), array_agg(name) FROM pg_prepared_statements")
    now, known = cursor.fetchone()
    for name, sql in statements().items():
        if name not in (known or ()):
            cursor.execute(f"PREPARE {name} (timestamptz) AS {sql}")
    moment: datetime = now
    return moment


def _execute(cursor: CursorWrapper, name: str, now: datetime) -> int:
    cursor.execute(f"EXECUTE {name} (%s)", [now])
    return int(cursor.fetchone()[0])


def _refuse_deleted(cursor: CursorWrapper) -> list[int]:
    """Take the rows of deleted endpoints and owners out, under the lock, so that none comes after the erasure."""
    cursor.execute(
        "DELETE FROM incoming WHERE"
        " EXISTS (SELECT FROM report_service_endpointcopy copy WHERE copy.id = incoming.endpoint_id AND copy.deleted)"
        " OR EXISTS (SELECT FROM common_owner owner WHERE owner.id = incoming.user_id AND owner.deleted)"
        " RETURNING position"
    )
    return [position for (position,) in cursor.fetchall()]
