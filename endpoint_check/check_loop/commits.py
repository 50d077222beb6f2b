"""Writing what checks found: states, schedule and outboxes in one transaction, from which an odd result is left out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from common.between.dead_letters import each_alone
from endpoint_check.engine.outcome import Outcome
from endpoint_check.outbox import messages
from endpoint_check.outbox.messages import Alert, StateChange
from endpoint_check.schedule.leases import Lease
from endpoint_check.state.monitor_state import MonitorState

MOST, MOST_BYTES = 500, 2 * 1024 * 1024
"""Results of one commit: the cheapest batch when measured; and about as many bytes of them."""
QUEUE = "endpoint_check.results"

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
    flapping_since = v.flapping_since, incident_told = v.incident_told, unknown = v.unknown,
    cause_data = v.cause_data
FROM json_to_recordset(%s::json) AS v(
    endpoint_id bigint, next_check_at timestamptz, condition text, run_kind text, run_count integer,
    run_started_at timestamptz, incident_id uuid, incident_started_at timestamptz, cause text, error_code text,
    last_good_at timestamptz, changed_at timestamptz, certificate_expires_at timestamptz, certificate_warned integer,
    certificates_warned text, in_maintenance boolean, moves timestamptz[], flapping_since timestamptz,
    incident_told boolean, unknown boolean, cause_data text)
WHERE m.endpoint_id = v.endpoint_id AND m.claim = %s
RETURNING m.endpoint_id
"""


@dataclass(slots=True)
class Finished:
    """A claim's end. `report` is the result as it is sent, `found` what it says. `status` is None where nothing changed;
    alerts still lack the endpoint's name, address and tags.
    """

    claim: Lease
    outcome: Outcome
    next_check_at: datetime
    report: bytes
    found: str
    status: MonitorState | None = None
    alerts: Sequence[Alert] = ()
    state_change: StateChange | None = None


def portions(finished: Sequence[Finished]) -> Iterator[Sequence[Finished]]:
    """What one commit may hold, in order."""
    start, size = 0, 0
    for end, one in enumerate(finished):
        if end > start and (end - start >= MOST or size + len(one.report) > MOST_BYTES):
            yield finished[start:end]
            start, size = end, 0
        size += len(one.report)
    if start < len(finished):
        yield finished[start:]


def commit(*, region: str, token: int, finished: Sequence[Finished]) -> list[Finished]:
    """Write states and outboxes; returns those that could not be written, which are set aside.

    A claim that was lost meanwhile (its lease ran out, or its endpoint was changed, paused or deleted) writes nothing.
    """
    return each_alone(
        finished,
        lambda part: write(region=region, token=token, finished=part),
        queue=QUEUE,
        describe=lambda one: described(one.claim, one.outcome),
    )


def write(*, region: str, token: int, finished: Sequence[Finished]) -> None:
    """Write all of them or none."""
    steady = [one for one in finished if one.status is None]
    moved = [one for one in finished if one.status is not None]
    ours: set[int] = set()
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        if steady:
            ids = "{" + ",".join([str(one.claim.endpoint_id) for one in steady]) + "}"
            times = "{" + ",".join([one.next_check_at.isoformat() for one in steady]) + "}"
            cursor.execute(_STEADY, [ids, times, token])
            ours.update(row[0] for row in cursor.fetchall())
        if moved:
            cursor.execute(_MOVED, [messages.encode([_row(one) for one in moved]).decode(), token])
            ours.update(row[0] for row in cursor.fetchall())
        kept = [one for one in finished if one.claim.endpoint_id in ours]
        changes = [messages.encode(one.state_change) for one in kept if one.state_change]
        alerts = _named(cursor, region, [alert for one in kept for alert in one.alerts])
        _store(cursor, "endpoint_check_resultoutbox", region, [one.report for one in kept])
        _store(cursor, "endpoint_check_stateoutbox", region, changes)
        _store(cursor, "endpoint_check_alertoutbox", region, [messages.encode(alert) for alert in alerts])


def described(claim: Lease, outcome: Outcome) -> dict[str, object]:
    """What is kept of a result that could not be handled."""
    return {
        "endpoint_id": claim.endpoint_id,
        "slot": str(claim.slot),
        "status": str(outcome.status),
        "error_code": str(outcome.error_code),
        "message": repr(outcome.message)[:500],
    }


def _row(one: Finished) -> dict[str, object]:
    assert one.status is not None
    fields: dict[str, object] = {name: getattr(one.status, name) for name in MonitorState.__slots__}
    return {"endpoint_id": one.claim.endpoint_id, "next_check_at": one.next_check_at, **fields}


def _store(cursor: CursorWrapper, table: str, region: str, rows: Sequence[bytes]) -> None:
    if rows:
        bundles = messages.bundled(rows)
        payloads, counts = [payload.decode() for payload, _ in bundles], [count for _, count in bundles]
        columns = "(region, payload, count) SELECT %s, * FROM unnest(%s::text[], %s::integer[])"
        cursor.execute(f"INSERT INTO {table} {columns}", [region, payloads, counts])


def _named(cursor: CursorWrapper, region: str, alerts: Sequence[Alert]) -> list[Alert]:
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
