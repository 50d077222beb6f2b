# ruff: noqa: S608  SQL is put together of our own names alone; values are parameters
"""The SQL that stores a batch: it inserts what is new, and moves rollups and incidents by exactly those rows."""

from functools import cache

from report_service.results.result_columns import CODES, DOWN, FAULT_OF_OURS, LATEST, MOMENTS, STORED, TIMES, UNKNOWN
from report_service.rollups import rollup_columns

_REPORT = ", ".join(STORED)
_LEAST_MS = "1e-30"
_LATEST = ", ".join(LATEST)
_OF_FRESH = _LATEST.replace(" status,", f" CASE status WHEN {UNKNOWN} THEN {DOWN} ELSE status END,")
"""The same of a result; `result_columns.status_of` reads the status."""


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
    ON CONFLICT (endpoint_id, region) DO UPDATE SET ({_LATEST}) = ROW ({", ".join(f"excluded.{name}" for name in LATEST)})
    WHERE excluded.checked_at > latest_result.checked_at
), events AS (
    SELECT i.change_incident_id AS id, min(i.endpoint_id) AS endpoint_id, min(i.user_id) AS user_id,
        min(i.region) AS region,
        max(i.change_cause) FILTER (WHERE i.change_event = 'down') AS cause,
        max(i.change_cause_data) FILTER (WHERE i.change_event = 'down') AS cause_data,
        max(i.error_code) FILTER (WHERE i.change_event = 'down') AS error_code,
        min(coalesce(i.change_started_at, f.checked_at)) AS started_at,
        min(f.checked_at) FILTER (WHERE i.change_event = 'down') AS confirmed_at,
        max(coalesce(i.change_ended_at, f.checked_at)) FILTER (WHERE i.change_event = 'up') AS resolved_at
    FROM incoming i JOIN fresh f ON f.id = i.id
    WHERE i.change_event IN ('down', 'up') AND i.change_incident_id IS NOT NULL AND f.error_code IS DISTINCT FROM '{rollup_columns.OFFLINE}'
        AND f.status <> {UNKNOWN}
    GROUP BY i.change_incident_id
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
    changed = {name: f"'epoch'::timestamptz + {name} * interval '1 microsecond'" for name in MOMENTS}
    # The table holds no number as small as a double may be.
    changed |= {name: f"CASE WHEN {name} < {_LEAST_MS} THEN 0 ELSE {name} END" for name in TIMES}
    changed |= {
        "status": f"CASE WHEN {FAULT_OF_OURS} THEN {UNKNOWN} ELSE CASE status {codes} END END",
        "covers_ms": f"CASE WHEN error_code = '{rollup_columns.OFFLINE}' OR {FAULT_OF_OURS} THEN 0 ELSE covers_ms END",
    }
    return ", ".join(changed.get(name, name) for name in STORED)


def _rollup(unit: rollup_columns.Unit, single: bool) -> str:
    table, names = f"rollup_{unit}", rollup_columns.names(unit)
    start = f"date_trunc('{unit}', checked_at, 'UTC')"
    if single:
        source = f"SELECT endpoint_id, user_id, {start}, region, {rollup_columns.from_result(unit)} FROM fresh"
    else:
        source = (
            f"SELECT endpoint_id, min(user_id), {start}, region, {rollup_columns.from_raw(unit)} FROM fresh"
            " GROUP BY endpoint_id, 3, region"
        )
    return f"""
    INSERT INTO {table} (endpoint_id, user_id, start, region, {names}) {source}
    ON CONFLICT (endpoint_id, start, region) DO UPDATE SET {rollup_columns.merged(unit, single=single)}"""
