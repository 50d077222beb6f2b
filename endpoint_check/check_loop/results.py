"""What a probe's outcome means to its monitor: the result, the next state, and what to tell."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from common.contracts.causes import because, encoded, kept, text_cause
from common.contracts.results import ErrorCode
from common.formats.text import storable
from endpoint_check.check_loop.commits import Finished
from endpoint_check.engine.outcome import Outcome, unexpected
from endpoint_check.engine.spec import spec_of
from endpoint_check.outbox import messages
from endpoint_check.outbox.messages import Alert, StateChange
from endpoint_check.schedule.due_times import next_check
from endpoint_check.schedule.leases import Lease
from endpoint_check.schedule.maintenance import Windows
from endpoint_check.state.monitor_state import MonitorEvent, Observation, Rules, Step
from endpoint_check.state.state_machine import advance, hold, is_steady

LONGEST_MESSAGE = 1_000
"""Characters of a result's sentence."""
_CODES, _HTTP = frozenset(code.value for code in ErrorCode), range(1000)


def finish(
    claim: Lease, outcome: Outcome, *, now: datetime, windows: Windows, region: str, held: bool = False
) -> Finished:
    """The result, the next state and everything to tell of one probe that ended at `now`.

    `held` says that the region's own network is away: failures then count for nothing.
    """
    if outcome.message:
        outcome.message = storable(outcome.message[:LONGEST_MESSAGE])
    in_maintenance = bool(windows.by_user) and windows.is_open(
        user_id=claim.user_id, endpoint_id=claim.endpoint_id, tags=claim.tags, at=now
    )
    seen = Observation(
        outcome.status,
        claim.slot,
        outcome.message,
        outcome.error_code or "",
        outcome.certificate_expires_at,
        in_maintenance,
        outcome.certificates_due,
        encoded(outcome.cause),
    )
    before = claim.status
    steady = is_steady(before, seen)
    step = Step(before) if steady else _step(claim, seen, held=held)
    status, events = step.status, step.events
    # A fault of ours that lasts must not have the site asked every few seconds.
    confirming = status.confirming and not (status.unknown and before.unknown)
    due = next_check(claim.endpoint_id, claim.interval, slot=claim.slot, now=now, confirming=confirming)
    moved = next((event for event in events if event.moves), None)
    covers = 0 if seen.found == "unknown" and not in_maintenance else _covers(claim, due)
    if held and outcome.status == "down" and not in_maintenance:
        covers = 0
        outcome.fail(
            ErrorCode.REGION_OFFLINE,
            because("region_offline", region=region, rest=outcome.cause or text_cause(outcome.message)),
        )
    report = messages.report_of(
        outcome,
        endpoint_id=claim.endpoint_id,
        user_id=claim.user_id,
        region=region,
        checked_at=claim.slot,
        status="maintenance" if in_maintenance else outcome.status,
        state=status.wire,
        covers_ms=covers,
        incident_id=moved.incident_id if moved else status.incident_id,
        transition=messages.transition_of(moved) if moved else None,
    )
    finished = Finished(claim, outcome, due, messages.encode(report), report.status)
    if not steady:
        finished.status = status
        finished.alerts = [_alert(claim, event, status.last_good_at, region, now) for event in events if event.tells]
        if status.wire != before.wire:
            finished.state_change = StateChange(claim.endpoint_id, status.wire, claim.slot, claim.slot, claim.version)
    return finished


def simplifications(outcome: Outcome, error: Exception | None, windows: Windows) -> Iterator[tuple[Outcome, Windows]]:
    """What is said in place of an outcome that could not be handled, and the windows to look at: what was found without
    the site's own words, the same whatever the windows are, and at last that we failed.
    """
    cause = because("not_storable")
    plain = Outcome(
        status=outcome.status,
        error_code=outcome.error_code if outcome.error_code in _CODES or outcome.error_code is None else None,
        message=str(cause) if outcome.message else "",
        cause=cause if outcome.message else None,
        http_status=outcome.http_status if outcome.http_status in _HTTP else None,
    )
    yield plain, windows
    yield plain, Windows()
    yield unexpected("result_not_stored", error or ValueError()), Windows()


def _step(claim: Lease, seen: Observation, *, held: bool) -> Step:
    if held and not seen.in_maintenance:
        return hold(claim.status, seen)
    return advance(claim.status, seen, _rules(claim))


def _rules(claim: Lease) -> Rules:
    try:
        spec = spec_of(claim.spec)
    except Exception:  # noqa: BLE001  whatever it is, the result already says so
        return Rules()
    return Rules(spec.failure_threshold, spec.recovery_threshold)


def _covers(claim: Lease, due: datetime) -> int:
    seconds = min((due - claim.slot).total_seconds(), claim.interval)
    return int(seconds * 1000)


def _alert(claim: Lease, event: MonitorEvent, last_good_at: datetime | None, region: str, now: datetime) -> Alert:
    duration = (event.ended_at - event.started_at) // timedelta(milliseconds=1) if event.ended_at else None
    return Alert(
        event.incident_id,
        event.name,
        claim.endpoint_id,
        claim.user_id,
        "",
        "",
        region,
        event.cause,
        event.error_code or None,
        event.started_at,
        now,
        duration,
        last_good_at,
        cause_data=kept(event.cause_data, event.cause),
    )
