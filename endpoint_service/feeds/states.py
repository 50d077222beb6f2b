"""What endpoint_check says about states, written in one statement however many there are."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from django.db import connection

from common.api.errors import ValidationFailed
from common.between.dead_letters import dead_letter_keep
from common.between.skipped_messages import sort_out
from common.contracts.endpoint import State
from common.contracts.messages import STATE
from common.formats.ids import MAX_ID
from common.formats.text import storable_json

MAX_STATES = 5000
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class ReportedState(msgspec.Struct, frozen=True):
    """One endpoint's state, as endpoint_check sends it."""

    endpoint_id: Annotated[int, msgspec.Meta(ge=1, le=MAX_ID)]
    state: State
    changed_at: Moment
    version: Annotated[int, msgspec.Meta(ge=0, le=MAX_ID)]
    checked_at: Moment | None = None
    contract: int | None = None


class _Report(msgspec.Struct, frozen=True):
    states: Annotated[list[ReportedState], msgspec.Meta(max_length=MAX_STATES)]
    contract: int = 1


class _UncheckedReport(msgspec.Struct, frozen=True):
    states: Annotated[list[object], msgspec.Meta(max_length=MAX_STATES)]
    contract: object = 1


QUEUE = "states"
_read_report = msgspec.json.Decoder(_Report).decode
_MALFORMED = (msgspec.DecodeError, UnicodeDecodeError, OverflowError)


def states_read(body: bytes) -> list[ReportedState]:
    """The states of a JSON body. DRF's serializers would take a second for 5,000.

    One among others that cannot be read is set aside; raises `ValidationFailed` where none can. Those of a newer
    contract are skipped.
    """
    try:
        report = _read_report(body)
        if report.contract == STATE and all(state.contract in {None, STATE} for state in report.states):
            return [_in_utc(state) for state in report.states]
    except _MALFORMED as error:
        return _read_apart(body, error)
    return _read_apart(body)


def _read_apart(body: bytes, error: Exception | None = None) -> list[ReportedState]:
    """Those that can be read, by the reader that takes most for JSON; the others are set aside if there are any.

    Raises `ValidationFailed` where there are none and it was `error` that led here.
    """
    try:
        report = msgspec.convert(storable_json(json.loads(body)), _UncheckedReport)
    except (*_MALFORMED, ValueError, RecursionError):
        report = _UncheckedReport([])
    known, newer = sort_out(report.states, contract=STATE, name="states", around=report.contract)
    read, refused = list[ReportedState](), list[tuple[object, Exception]]()
    for row in known:
        try:
            read.append(_in_utc(msgspec.convert(row, ReportedState)))
        except _MALFORMED as reason:
            refused.append((row, reason))
    if error is not None and not read and (refused or not newer):
        raise ValidationFailed(errors={"states": [str(error)]}) from error
    for row, why in refused:
        dead_letter_keep(queue=QUEUE, payload=row, reason=why)
    return read


def _in_utc(state: ReportedState) -> ReportedState:
    """With moments that PostgreSQL takes and Python reads again; raises `OverflowError` for one beyond the calendar."""
    return msgspec.structs.replace(
        state,
        changed_at=state.changed_at.astimezone(UTC),
        checked_at=state.checked_at.astimezone(UTC) if state.checked_at else None,
    )


_APPLY = """
WITH said AS (
    SELECT * FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::timestamptz[])
        AS said (endpoint_id, state, changed_at, checked_at)
), held AS (
    SELECT stored.endpoint_id, said.state, said.changed_at, said.checked_at,
        endpoint.enabled = (said.state <> 'paused') AND (
            said.changed_at >= stored.changed_at
            OR (stored.state = 'pending' AND said.checked_at >= stored.changed_at)
        ) AS moves
    FROM endpoint_service_endpointstate AS stored
    JOIN said USING (endpoint_id)
    JOIN endpoint_service_endpoint AS endpoint ON endpoint.id = stored.endpoint_id
    ORDER BY stored.endpoint_id
    FOR UPDATE OF stored
)
UPDATE endpoint_service_endpointstate AS stored SET
    state = CASE WHEN held.moves THEN held.state ELSE stored.state END,
    changed_at = CASE WHEN held.moves THEN held.changed_at ELSE stored.changed_at END,
    checked_at = GREATEST(stored.checked_at, held.checked_at)
FROM held
WHERE stored.endpoint_id = held.endpoint_id
"""


def states_apply(*, states: Sequence[ReportedState]) -> None:
    """Take what was said; unknown ids are ignored.

    An older `changed_at` than the stored one changes nothing but for an endpoint that waits for its first word since
    it was made or resumed: there any check after that counts, since the checker's own state may be older. A paused
    endpoint stays paused, whatever a check that was still running found.
    """
    latest: dict[int, ReportedState] = {}
    for state in states:
        known = latest.get(state.endpoint_id)
        if known is None or _moment(state) > _moment(known):
            latest[state.endpoint_id] = state
    if not latest:
        return
    rows = latest.values()
    columns = (
        [str(row.endpoint_id) for row in rows],
        [row.state for row in rows],
        [row.changed_at.isoformat() for row in rows],
        [row.checked_at.isoformat() if row.checked_at else "NULL" for row in rows],
    )
    with connection.cursor() as cursor:
        # As PostgreSQL writes arrays: to quote 20,000 values one by one would take longer than to store them.
        cursor.execute(_APPLY, ["{" + ",".join(column) + "}" for column in columns])


def _moment(state: ReportedState) -> tuple[datetime, datetime]:
    return state.changed_at, state.checked_at or state.changed_at
