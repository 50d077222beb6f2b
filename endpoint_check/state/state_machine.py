"""A monitor's state machine: pure, from a state and what a probe found to the next state and what to tell.

A single contrary result only starts a run; the run is confirmed by re-checks within seconds, and only when it is as
long as its threshold does the state move. Nothing here reads a clock: all times are those of the slots.
"""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from common.formats.ids import uuid7
from endpoint_check.state.certificate_warnings import certificates_due, certificates_warn
from endpoint_check.state.flapping import flapping_apply
from endpoint_check.state.monitor_state import (
    Condition,
    Found,
    MonitorEvent,
    MonitorState,
    Observation,
    Rules,
    Step,
)

if TYPE_CHECKING:
    from common.contracts.alerts import EventName


def is_steady(status: MonitorState, seen: Observation) -> bool:
    """Whether `advance` would change nothing but `last_good_at`: by far the most results, told cheaply."""
    return (
        status.condition == seen.found == "up"
        and not status.run_count
        and not status.moves
        and status.flapping_since is None
        and not status.in_maintenance
        and not status.unknown
        and not seen.in_maintenance
        and (seen.certificate_expires_at is None or seen.certificate_expires_at == status.certificate_expires_at)
        and not certificates_due(status, seen)
    )


def advance(status: MonitorState, seen: Observation, rules: Rules) -> Step:
    """One result's effect.

    In maintenance nothing is counted or told, and what was true before goes on after it. So it is while a fault of ours
    keeps us from looking: a run that has begun waits where it is.
    """
    before = status.wire
    if seen.in_maintenance:
        moved = _without_run(replace(status, in_maintenance=True, unknown=seen.found == "unknown"))
        return Step(_stamped(moved, before, seen.at))
    status = replace(status, in_maintenance=False, unknown=seen.found == "unknown")
    if status.unknown:
        return Step(_stamped(status, before, seen.at))
    if seen.found != "down":
        status = replace(status, last_good_at=seen.at)
    step = flapping_apply(status, _count(status, seen, rules), seen.at)
    warned, warning = certificates_warn(step.status, seen)
    return Step(_stamped(warned, before, seen.at), (*step.events, *warning))


def hold(status: MonitorState, seen: Observation) -> Step:
    """One result's effect while the region's own network is away: nothing is counted or told, and no run goes on."""
    before = status.wire
    held = _without_run(replace(status, in_maintenance=False, unknown=seen.found == "unknown"))
    if seen.found not in {"down", "unknown"}:
        held = replace(held, last_good_at=seen.at)
    return Step(_stamped(held, before, seen.at))


def _count(status: MonitorState, seen: Observation, rules: Rules) -> Step:
    """Lengthen, break or complete the run of contrary results."""
    kind = _contrary(status.condition, seen.found)
    if kind is None:
        steady = _without_run(status)
        if status.condition == "pending":
            steady = replace(steady, condition="up")
        elif status.condition != "up":
            steady = replace(steady, cause=seen.cause, cause_data=seen.cause_data, error_code=seen.error_code)
        return Step(steady)
    if kind == status.run_kind:
        status = replace(status, run_count=status.run_count + 1)
    else:
        status = replace(status, run_kind=kind, run_count=1, run_started_at=seen.at)
    needed = rules.recovery_threshold if kind == "up" else rules.failure_threshold
    return _complete(status, seen) if status.run_count >= needed else Step(status)


def _contrary(condition: Condition, found: Found) -> str | None:
    """The kind of run that `found` belongs to, or None where it confirms `condition`."""
    if condition == "down":
        return None if found == "down" else "up"
    if condition == "pending":
        return "down" if found == "down" else None
    return None if found == condition else found


def _complete(status: MonitorState, seen: Observation) -> Step:
    """The run is long enough: the state moves."""
    started = status.run_started_at or seen.at
    events: list[MonitorEvent] = []
    if status.run_kind == "up" and status.incident_id is not None:
        name: EventName = "up" if status.condition == "down" else "recovered"
        begun = status.incident_started_at or started
        ended = max(begun, started)
        told = MonitorEvent(name, status.incident_id, status.cause, status.error_code, begun, ended)
        events.append(replace(told, cause_data=status.cause_data))
    if status.run_kind == "up":
        closed = replace(status, condition="up", incident_id=None, incident_started_at=None, cause="", error_code="")
        closed = replace(closed, cause_data="")
        return Step(_without_run(closed), tuple(events))
    condition: Literal["down", "degraded"] = "down" if status.run_kind == "down" else "degraded"
    incident = str(uuid7(started))
    events.append(MonitorEvent(condition, incident, seen.cause, seen.error_code, started, cause_data=seen.cause_data))
    opened = replace(
        status,
        condition=condition,
        incident_id=incident,
        incident_started_at=started,
        cause=seen.cause,
        cause_data=seen.cause_data,
        error_code=seen.error_code,
    )
    return Step(_without_run(opened), tuple(events))


def _without_run(status: MonitorState) -> MonitorState:
    return replace(status, run_kind="", run_count=0, run_started_at=None) if status.run_count else status


def _stamped(status: MonitorState, before: str, at: datetime) -> MonitorState:
    return replace(status, changed_at=at) if status.wire != before else status
