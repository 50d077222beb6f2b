"""Taking due monitors and giving them back with their results, in batches: the only writer of a monitor's schedule.

A claim is a lease: `next_check_at` moves to its end, `slot_at` keeps the moment that the check fulfils and `claim` signs
it. Only who signed can commit, so a check that was claimed twice is counted once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection, transaction

from endpoint_check import messages
from endpoint_check.messages import Alert, Report, StateChange
from endpoint_check.status import Status

LEASE_MARGIN = 20
"""Seconds beyond the probe's own timeout in which its result has to be committed."""
STALE = 600
"""Seconds after which an interrupted check is no longer told as one of its old slot."""

_STATUS = (
    "condition, run_kind, run_count, run_started_at, incident_id::text, incident_started_at, cause, error_code,"
    " last_good_at, changed_at, certificate_expires_at, certificate_warned, certificates_warned, in_maintenance,"
    " moves, flapping_since, incident_told"
)
_CLAIM = f"""
WITH due AS (
    SELECT endpoint_id FROM endpoint_check_monitor
    WHERE region = %s AND next_check_at <= now() ORDER BY next_check_at LIMIT %s FOR UPDATE SKIP LOCKED
)
UPDATE endpoint_check_monitor m SET
    claim = %s,
    next_check_at = now() + make_interval(secs => timeout + {LEASE_MARGIN}),
    slot_at = CASE
        WHEN slot_at > now() - make_interval(secs => {STALE}) THEN slot_at
        ELSE next_check_at + make_interval(
            secs => floor(extract(epoch FROM now() - next_check_at)::float8 / interval) * interval)
    END
FROM due WHERE m.endpoint_id = due.endpoint_id AND m.region = %s
RETURNING now(), m.endpoint_id, user_id, spec, version, tags, interval, slot_at, {_STATUS}
"""  # noqa: S608  nothing of it comes from outside
_STEADY = """
UPDATE endpoint_check_monitor m SET
    claim = NULL, last_checked_at = slot_at, last_good_at = slot_at, slot_at = NULL, next_check_at = v.next_check_at
FROM unnest(%s::bigint[], %s::timestamptz[]) AS v(endpoint_id, next_check_at)
WHERE m.endpoint_id = v.endpoint_id AND m.claim = %s
RETURNING m.endpoint_id
"""
_MOVED = """
UPDATE endpoint_check_monitor m SET
    claim = NULL, last_checked_at = slot_at, slot_at = NULL, next_check_at = v.next_check_at,
    condition = v.condition, run_kind = v.run_kind, run_count = v.run_count, run_started_at = v.run_started_at,
    incident_id = v.incident_id, incident_started_at = v.incident_started_at, cause = v.cause,
    error_code = v.error_code, last_good_at = v.last_good_at, changed_at = v.changed_at,
    certificate_expires_at = v.certificate_expires_at, certificate_warned = v.certificate_warned,
    certificates_warned = v.certificates_warned, in_maintenance = v.in_maintenance, moves = v.moves,
    flapping_since = v.flapping_since, incident_told = v.incident_told
FROM json_to_recordset(%s::json) AS v(
    endpoint_id bigint, next_check_at timestamptz, condition text, run_kind text, run_count integer,
    run_started_at timestamptz, incident_id uuid, incident_started_at timestamptz, cause text, error_code text,
    last_good_at timestamptz, changed_at timestamptz, certificate_expires_at timestamptz, certificate_warned integer,
    certificates_warned text, in_maintenance boolean, moves timestamptz[], flapping_since timestamptz,
    incident_told boolean)
WHERE m.endpoint_id = v.endpoint_id AND m.claim = %s
RETURNING m.endpoint_id
"""
_RELEASE = """
UPDATE endpoint_check_monitor SET next_check_at = slot_at, claim = NULL, slot_at = NULL
WHERE claim = %s AND endpoint_id = ANY(%s)
"""


@dataclass(slots=True)
class Claim:
    """One due check: `slot` is the moment that it fulfils, `status` what was known before it."""

    endpoint_id: int
    user_id: int
    spec: str
    version: int
    tags: list[str]
    interval: float
    slot: datetime
    status: Status


@dataclass(slots=True)
class Finished:
    """A claim's end. `status` is None where nothing changed; alerts still lack the endpoint's name and address."""

    claim: Claim
    next_check_at: datetime
    report: Report
    status: Status | None = None
    alerts: Sequence[Alert] = ()
    state_change: StateChange | None = None


def claim_due(*, region: str, limit: int, token: int) -> tuple[list[Claim], datetime | None]:
    """Claim up to `limit` due monitors, the longest due first; also the database's clock (None where nothing is due)."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [region, limit, token, region])
        rows = cursor.fetchall()
    if not rows:
        return [], None
    claimed = [Claim(*(*row[1:8], Status(*row[8:]))) for row in rows]
    return claimed, rows[0][0]


def commit(*, region: str, token: int, finished: Sequence[Finished]) -> int:
    """Write states and outboxes in one transaction; returns how many results were still ours to write.

    A claim that was lost meanwhile (its lease ran out, or its endpoint was changed, paused or deleted) writes nothing.
    """
    steady = [one for one in finished if one.status is None]
    moved = [one for one in finished if one.status is not None]
    ours: set[int] = set()
    with transaction.atomic(), connection.cursor() as cursor:
        if steady:
            ids = "{" + ",".join([str(one.claim.endpoint_id) for one in steady]) + "}"
            times = "{" + ",".join([one.next_check_at.isoformat() for one in steady]) + "}"
            cursor.execute(_STEADY, [ids, times, token])
            ours.update(row[0] for row in cursor.fetchall())
        if moved:
            cursor.execute(_MOVED, [messages.encode([_row(one) for one in moved]).decode(), token])
            ours.update(row[0] for row in cursor.fetchall())
        kept = [one for one in finished if one.claim.endpoint_id in ours]
        alerts = _named(cursor, region, [alert for one in kept for alert in one.alerts])
        _store(cursor, "endpoint_check_resultoutbox", region, [one.report for one in kept])
        _store(cursor, "endpoint_check_stateoutbox", region, [one.state_change for one in kept if one.state_change])
        _store(cursor, "endpoint_check_alertoutbox", region, alerts)
    return len(kept)


def release(*, token: int, endpoint_ids: Sequence[int]) -> None:
    """Give claims back unfinished: their slots are due again at once."""
    if endpoint_ids:
        with connection.cursor() as cursor:
            cursor.execute(_RELEASE, [token, list(endpoint_ids)])


def due_count(*, region: str, ahead: float, limit: int) -> int:
    """How many monitors are due within `ahead` seconds, counted up to `limit`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT 1 FROM endpoint_check_monitor"
            " WHERE region = %s AND next_check_at <= now() + make_interval(secs => %s) LIMIT %s) due",
            [region, ahead, limit],
        )
        return int(cursor.fetchone()[0])


def _row(one: Finished) -> dict[str, Any]:
    assert one.status is not None
    fields: dict[str, Any] = {name: getattr(one.status, name) for name in Status.__slots__}
    return {"endpoint_id": one.claim.endpoint_id, "next_check_at": one.next_check_at, **fields}


def _store(cursor: Any, table: str, region: str, rows: Sequence[Any]) -> None:
    if rows:
        bundles = messages.bundled([messages.encode(row) for row in rows])
        payloads, counts = [payload.decode() for payload, _ in bundles], [count for _, count in bundles]
        columns = "(region, payload, count) SELECT %s, * FROM unnest(%s::text[], %s::integer[])"
        cursor.execute(f"INSERT INTO {table} {columns}", [region, payloads, counts])


def _named(cursor: Any, region: str, alerts: Sequence[Alert]) -> list[Alert]:
    """Alerts are rare, so claims do not carry what only they need."""
    if not alerts:
        return []
    cursor.execute(
        "SELECT endpoint_id, name, url, tags FROM endpoint_check_monitor WHERE endpoint_id = ANY(%s) AND region = %s",
        [[alert.endpoint_id for alert in alerts], region],
    )
    known = {row[0]: row[1:] for row in cursor.fetchall()}
    named = []
    for alert in alerts:
        name, url, tags = known[alert.endpoint_id]
        named.append(msgspec.structs.replace(alert, endpoint_name=name, url=url, tags=tags))
    return named
