"""What a probe's outcome means to its monitor: the result, the next state, and what to tell."""

from datetime import datetime, timedelta

from endpoint_check import messages
from endpoint_check.claims import Claim, Finished
from endpoint_check.engine.outcome import ErrorCode, Outcome
from endpoint_check.engine.spec import InvalidSpec, spec_of
from endpoint_check.maintenance import Windows
from endpoint_check.messages import Alert, StateChange
from endpoint_check.schedule import next_check
from endpoint_check.state import advance, hold, is_steady
from endpoint_check.status import Event, Observation, Rules, Step


def finish(
    claim: Claim, outcome: Outcome, *, now: datetime, windows: Windows, region: str, held: bool = False
) -> Finished:
    """The result, the next state and everything to tell of one probe that ended at `now`.

    `held` says that the region's own network is away: failures then count for nothing.
    """
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
    )
    before = claim.status
    steady = is_steady(before, seen)
    step = Step(before) if steady else _step(claim, seen, held=held)
    status, events = step.status, step.events
    due = next_check(claim.endpoint_id, claim.interval, slot=claim.slot, now=now, confirming=status.confirming)
    moved = next((event for event in events if event.moves), None)
    covers = _covers(claim, due)
    if held and outcome.status == "down" and not in_maintenance:
        covers = 0
        outcome.fail(ErrorCode.REGION_OFFLINE, f"The region {region} does not reach the network. {outcome.message}")
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
    finished = Finished(claim, due, report)
    if not steady:
        finished.status = status
        finished.alerts = [_alert(claim, event, status.last_good_at, region, now) for event in events if event.tells]
        if status.wire != before.wire:
            finished.state_change = StateChange(claim.endpoint_id, status.wire, claim.slot, claim.slot, claim.version)
    return finished


def _step(claim: Claim, seen: Observation, *, held: bool) -> Step:
    if held and not seen.in_maintenance:
        return hold(claim.status, seen)
    return advance(claim.status, seen, _rules(claim))


def _rules(claim: Claim) -> Rules:
    try:
        spec = spec_of(claim.spec)
    except InvalidSpec:
        return Rules()
    return Rules(spec.failure_threshold, spec.recovery_threshold)


def _covers(claim: Claim, due: datetime) -> int:
    seconds = min((due - claim.slot).total_seconds(), claim.interval)
    return int(seconds * 1000)


def _alert(claim: Claim, event: Event, last_good_at: datetime | None, region: str, now: datetime) -> Alert:
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
    )
