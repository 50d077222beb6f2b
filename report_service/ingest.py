# ruff: noqa: S608  SQL is put together of our own names alone; values are parameters
"""The way in of results: one COPY, and one statement that keeps the new ones and counts exactly those."""

import io
from datetime import UTC, datetime
from functools import cache

from django.db import connection, transaction
from django.utils import timezone
from msgspec import Struct

from report_service import columns, partitions
from report_service.rows import AHEAD, INCOMING, Refusal, Row, copy_line, decode, outside

_REPORT = (
    "id, endpoint_id, user_id, region, checked_at, status, state, incident_id, covers_ms, http_status, error_code,"
    " message, total_ms, name_lookup_ms, connect_ms, tls_ms, first_byte_ms, transfer_ms, redirect_ms, resolved_ip,"
    " certificate_expires_at, manual"
)
_LATEST = "checked_at, status, state, http_status, error_code, message, total_ms, certificate_expires_at"


class Outcome(Struct):
    """What became of a batch."""

    accepted: int
    duplicates: int
    refused: list[Refusal]


def reports_ingest(*, body: bytes) -> Outcome:
    """Store a JSON body of one result or up to 5,000; taking the same twice changes nothing.

    Raises `BadRequest` and `TooLarge` for the body as a whole; a bad row is refused by its index.
    """
    rows, refused = decode(body)
    oldest, newest = partitions.oldest_kept(), timezone.now() + AHEAD
    good: list[tuple[int, Row]] = []
    for index, row in rows:
        if problem := outside(row, oldest, newest):
            refused.append(Refusal(index, *problem))
        else:
            good.append((index, row))
    accepted, duplicates = _store(good, refused) if good else (0, 0)
    refused.sort(key=lambda refusal: refusal.index)
    return Outcome(accepted, duplicates, refused)


def _store(rows: list[tuple[int, Row]], refused: list[Refusal]) -> tuple[int, int]:
    """Write the rows; those of deleted endpoints go to `refused`. Returns how many were new, and how many known."""
    lines = io.StringIO("".join([copy_line(index, row) for index, row in rows]))
    days = {row.checked_at.astimezone(UTC).date() for _, row in rows}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS incoming ({INCOMING}) ON COMMIT DELETE ROWS")
        cursor.execute("DELETE FROM incoming")  # rows of a batch before us in the same transaction
        cursor.copy_expert("COPY incoming FROM STDIN", lines)
        partitions.lock()
        gone = _refuse_deleted(cursor)
        refused.extend(Refusal(index, "ENDPOINT_DELETED", "The endpoint was deleted.") for index in gone)
        partitions.partitions_ensure(days)
        cursor.execute(statement())
        (accepted,) = cursor.fetchone()
    return accepted, len(rows) - len(gone) - accepted


def _refuse_deleted(cursor: "connection.cursor") -> list[int]:  # type: ignore[name-defined]
    """Take the rows of deleted endpoints out, under the lock, so that none comes after the erasure."""
    cursor.execute(
        "DELETE FROM incoming USING report_service_endpointcopy copy"
        " WHERE copy.id = incoming.endpoint_id AND copy.deleted RETURNING incoming.position"
    )
    return [position for (position,) in cursor.fetchall()]


@cache
def statement() -> str:
    """Insert what is new; from exactly those rows, move rollups, the latest results and the incidents."""
    return f"""
WITH fresh AS (
    INSERT INTO report ({_REPORT}) SELECT {_REPORT} FROM incoming
    ON CONFLICT (endpoint_id, checked_at, region) DO NOTHING
    RETURNING *
), hours AS ({_rollup("hour")}), days AS ({_rollup("day")}), latest AS (
    INSERT INTO latest_result (endpoint_id, region, {_LATEST})
    SELECT DISTINCT ON (endpoint_id, region) endpoint_id, region, {_LATEST} FROM fresh WHERE NOT manual
    ORDER BY endpoint_id, region, checked_at DESC
    ON CONFLICT (endpoint_id, region) DO UPDATE SET ({_LATEST}) = ROW ({", ".join(f"excluded.{n.strip()}" for n in _LATEST.split(","))})
    WHERE excluded.checked_at > latest_result.checked_at
), events AS (
    SELECT i.event_incident_id AS id, min(i.endpoint_id) AS endpoint_id, min(i.user_id) AS user_id,
        min(i.region) AS region,
        max(i.cause) FILTER (WHERE i.event = 'down') AS cause,
        max(i.error_code) FILTER (WHERE i.event = 'down') AS error_code,
        min(coalesce(i.started_at, i.checked_at)) AS started_at,
        min(i.checked_at) FILTER (WHERE i.event = 'down') AS confirmed_at,
        max(coalesce(i.ended_at, i.checked_at)) FILTER (WHERE i.event = 'up') AS resolved_at
    FROM incoming i JOIN fresh USING (id)
    WHERE i.event IN ('down', 'up') AND i.event_incident_id IS NOT NULL
    GROUP BY i.event_incident_id
), incidents AS (
    INSERT INTO report_service_incident AS known
        (id, endpoint_id, user_id, region, cause, error_code, started_at, confirmed_at, resolved_at)
    SELECT id, endpoint_id, user_id, region, coalesce(cause, ''), coalesce(error_code, ''), started_at, confirmed_at,
        resolved_at
    FROM events
    ON CONFLICT (id) DO UPDATE SET
        cause = coalesce(nullif(excluded.cause, ''), known.cause),
        error_code = coalesce(nullif(excluded.error_code, ''), known.error_code),
        started_at = least(excluded.started_at, known.started_at),
        confirmed_at = coalesce(excluded.confirmed_at, known.confirmed_at),
        resolved_at = coalesce(excluded.resolved_at, known.resolved_at)
    WHERE known.endpoint_id = excluded.endpoint_id
)
SELECT count(*) FROM fresh
"""


def _rollup(unit: str) -> str:
    table, names = f"rollup_{unit}", ", ".join(columns.ROLLUP_COLUMNS)
    return f"""
    INSERT INTO {table} (endpoint_id, user_id, start, region, {names})
    SELECT endpoint_id, min(user_id), date_trunc('{unit}', checked_at, 'UTC') AS start, region, {columns.from_raw()}
    FROM fresh GROUP BY endpoint_id, 3, region
    ON CONFLICT (endpoint_id, start, region) DO UPDATE SET {columns.merged(table)}"""


def moment(value: datetime) -> str:
    """A moment as the API writes it: ISO 8601 in UTC with microseconds."""
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
