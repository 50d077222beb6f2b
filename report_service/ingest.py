# ruff: noqa: S608  SQL is put together of our own names alone; values are parameters
"""The way in of results: one COPY, and one statement that keeps the new ones and counts exactly those."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Value
from django.db.models.functions import Greatest
from django.utils import timezone
from msgspec import Struct

from common.database import longer
from common.dead_letters import dead_letter_keep, each_alone
from report_service import columns, partitions
from report_service.evidence import evidence_bound
from report_service.models import Incident
from report_service.rows import AHEAD, INCOMING, INVALID, Refusal, Row, copy_lines, decode, moments_mend, outside
from report_service.statuses import CODES, DOWN, FAULT_OF_OURS, UNKNOWN

logger = logging.getLogger(__name__)
QUEUE = "reports"
"""Under this name rows are set aside that cannot be kept."""
MOST_LETTERS = 20
"""Rows of one body that are set aside; a checker that sends thousands makes the same mistake in all of them."""
INGEST_SECONDS = 30.0
"""What a body may take, its turn included."""
_REPORT = (
    "id, endpoint_id, user_id, region, checked_at, status, state, incident_id, covers_ms, http_status, error_code,"
    " message, total_ms, name_lookup_ms, connect_ms, tls_ms, first_byte_ms, transfer_ms, redirect_ms, resolved_ip,"
    " certificate_expires_at, certificate_issuer, response_headers, response_body, manual, cause_data"
)
CLOSED = "closed"
"""The event of a transition by which an incident ends though nothing recovered."""
_LEAST_MS = "1e-30"
_LATEST = "checked_at, status, state, http_status, error_code, message, total_ms, certificate_expires_at, cause_data"
_OF_FRESH = _LATEST.replace(" status,", f" CASE status WHEN {UNKNOWN} THEN {DOWN} ELSE status END,")
"""The same of a result; `statuses.status_of` reads the status."""


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
        moments_mend(row)
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
        evidence_bound([row for _, row in rows])
        cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS incoming ({INCOMING}) ON COMMIT DELETE ROWS")
        cursor.execute("DELETE FROM incoming")  # rows of a batch before us in the same transaction
        cursor.copy_expert("COPY incoming FROM STDIN (FORMAT csv, FORCE_NOT_NULL (state))", copy_lines(rows))
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


def _prepare(cursor: Any) -> datetime:
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


def _execute(cursor: Any, name: str, now: datetime) -> int:
    cursor.execute(f"EXECUTE {name} (%s)", [now])
    return int(cursor.fetchone()[0])


def _refuse_deleted(cursor: Any) -> list[int]:
    """Take the rows of deleted endpoints and owners out, under the lock, so that none comes after the erasure."""
    cursor.execute(
        "DELETE FROM incoming WHERE"
        " EXISTS (SELECT FROM report_service_endpointcopy copy WHERE copy.id = incoming.endpoint_id AND copy.deleted)"
        " OR EXISTS (SELECT FROM common_owner owner WHERE owner.id = incoming.user_id AND owner.deleted)"
        " RETURNING position"
    )
    return [position for (position,) in cursor.fetchall()]


@cache
def statements() -> dict[str, str]:
    """The ways to store a batch, by the names under which they are prepared.

    Nearly always nothing of it came before: a plain INSERT costs half of one that looks for conflicts. Nearly as often
    it has one result at most of each endpoint and region, so that nothing has to be grouped.
    """
    return {
        "ingest_one_each": _statement(single=True, conflicts=False),
        "ingest_new": _statement(single=False, conflicts=False),
        "ingest_again": _statement(single=False, conflicts=True),
    }


def _statement(*, single: bool, conflicts: bool) -> str:
    """Insert what is new; from exactly those rows, move rollups, the latest results and the incidents. `$1` is now."""
    skip = "ON CONFLICT (endpoint_id, checked_at, region) DO NOTHING" if conflicts else ""
    return f"""
WITH fresh AS (
    INSERT INTO report ({_REPORT}) SELECT {_incoming()} FROM incoming {skip}
    RETURNING *
), hours AS ({_rollup("hour", single)}), days AS ({_rollup("day", single)}), counts AS (
    INSERT INTO report_count SELECT user_id, date_trunc('hour', checked_at, 'UTC'), region, status, count(*)
    FROM fresh GROUP BY 1, 2, 3, 4
    ON CONFLICT (user_id, start, region, status) DO UPDATE SET checks = report_count.checks + excluded.checks
), evidence AS (
    INSERT INTO evidence_use AS known (user_id, start, bytes)
    SELECT user_id, date_trunc('hour', $1, 'UTC'),
        sum(coalesce(octet_length(response_headers), 0) + coalesce(octet_length(response_body), 0))
    FROM fresh WHERE response_headers IS NOT NULL OR response_body IS NOT NULL GROUP BY user_id
    ON CONFLICT (user_id, start) DO UPDATE SET bytes = known.bytes + excluded.bytes
), late AS (
    DELETE FROM glance USING fresh
    WHERE glance.endpoint_id = fresh.endpoint_id AND fresh.checked_at < glance.hour
        AND fresh.checked_at < date_trunc('hour', $1, 'UTC')
), refolded AS (
    DELETE FROM rollup_month USING fresh
    WHERE rollup_month.endpoint_id = fresh.endpoint_id
        AND rollup_month.start = date_trunc('month', fresh.checked_at, 'UTC')
        AND fresh.checked_at < date_trunc('month', $1, 'UTC')
    RETURNING rollup_month.start
), unmarked AS (
    UPDATE rollup_month_mark SET folded_until = oldest FROM (SELECT min(start) AS oldest FROM refolded) AS again
    WHERE oldest < folded_until
), latest AS (
    INSERT INTO latest_result (endpoint_id, region, {_LATEST})
    SELECT DISTINCT ON (endpoint_id, region) endpoint_id, region, {_OF_FRESH} FROM fresh WHERE NOT manual
    ORDER BY endpoint_id, region, checked_at DESC
    ON CONFLICT (endpoint_id, region) DO UPDATE SET ({_LATEST}) = ROW ({", ".join(f"excluded.{n.strip()}" for n in _LATEST.split(","))})
    WHERE excluded.checked_at > latest_result.checked_at
), events AS (
    SELECT i.event_incident_id AS id, min(i.endpoint_id) AS endpoint_id, min(i.user_id) AS user_id,
        min(i.region) AS region,
        max(i.cause) FILTER (WHERE i.event = 'down') AS cause,
        max(i.event_cause_data) FILTER (WHERE i.event = 'down') AS cause_data,
        max(i.error_code) FILTER (WHERE i.event = 'down') AS error_code,
        min(coalesce(i.started_at, f.checked_at)) AS started_at,
        min(f.checked_at) FILTER (WHERE i.event = 'down') AS confirmed_at,
        max(coalesce(i.ended_at, f.checked_at)) FILTER (WHERE i.event = 'up') AS resolved_at
    FROM incoming i JOIN fresh f ON f.id = i.id
    WHERE i.event IN ('down', 'up') AND i.event_incident_id IS NOT NULL AND f.error_code IS DISTINCT FROM '{columns.OFFLINE}'
        AND f.status <> {UNKNOWN}
    GROUP BY i.event_incident_id
), incidents AS (
    INSERT INTO report_service_incident AS known
        (id, endpoint_id, user_id, region, cause, cause_data, error_code, started_at, confirmed_at, resolved_at)
    SELECT id, endpoint_id, user_id, region, coalesce(cause, ''), cause_data, coalesce(error_code, ''), started_at,
        confirmed_at, resolved_at
    FROM events
    ON CONFLICT (id) DO UPDATE SET
        cause = coalesce(nullif(excluded.cause, ''), known.cause),
        cause_data = CASE WHEN excluded.cause <> '' THEN excluded.cause_data ELSE known.cause_data END,
        error_code = coalesce(nullif(excluded.error_code, ''), known.error_code),
        started_at = least(excluded.started_at, known.started_at),
        confirmed_at = coalesce(excluded.confirmed_at, known.confirmed_at),
        resolved_at = coalesce(excluded.resolved_at, known.resolved_at)
    WHERE known.endpoint_id = excluded.endpoint_id
)
SELECT count(*) FROM fresh
"""


def _incoming() -> str:
    """The staged columns as a result has them."""
    codes = " ".join(f"WHEN '{status}' THEN {code}" for status, code in CODES.items())
    changed = {
        "checked_at": f"{_moment('checked_us')}",
        "certificate_expires_at": f"{_moment('expires_us')}",
        "status": f"CASE WHEN {FAULT_OF_OURS} THEN {UNKNOWN} ELSE CASE status {codes} END END",
        "covers_ms": f"CASE WHEN error_code = '{columns.OFFLINE}' OR {FAULT_OF_OURS} THEN 0 ELSE round(covers_ms) END",
        "manual": "coalesce(manual, false)",
    } | {
        name: f"CASE WHEN {name} < {_LEAST_MS} THEN 0 ELSE {name} END" for name in _REPORT.split(", ") if _is_time(name)
    }
    return ", ".join(changed.get(name, name) for name in _REPORT.split(", "))


def _is_time(name: str) -> bool:
    """Of those that are `real` in the table, which holds no number as small as a double may be."""
    return name.endswith("_ms") and name != "covers_ms"


def _moment(column: str) -> str:
    """Exact to the microsecond, as far from now as we take moments."""
    return f"'epoch'::timestamptz + {column} * interval '1 microsecond'"


def _rollup(unit: columns.Unit, single: bool) -> str:
    table, names = f"rollup_{unit}", columns.names(unit)
    start = f"date_trunc('{unit}', checked_at, 'UTC')"
    if single:
        source = f"SELECT endpoint_id, user_id, {start}, region, {columns.from_result(unit)} FROM fresh"
    else:
        source = (
            f"SELECT endpoint_id, min(user_id), {start}, region, {columns.from_raw(unit)} FROM fresh"
            " GROUP BY endpoint_id, 3, region"
        )
    return f"""
    INSERT INTO {table} (endpoint_id, user_id, start, region, {names}) {source}
    ON CONFLICT (endpoint_id, start, region) DO UPDATE SET {columns.merged(unit, single=single)}"""


def moment(value: datetime) -> str:
    """A moment as the API writes it: ISO 8601 in UTC with microseconds."""
    return f"{value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
