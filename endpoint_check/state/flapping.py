"""Flapping: a monitor whose state moves too often is told of once, and then no more until it is calm. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from common.contracts.causes import because, encoded
from common.formats.ids import uuid7
from endpoint_check.state.monitor_state import BAD, MonitorEvent, MonitorState, Step

if TYPE_CHECKING:
    from common.contracts.alerts import EventName

SPAN = timedelta(hours=1)
MOVES = 5
"""So many changes of state within SPAN are flapping."""
CALM = 1
"""At most so many within SPAN, and it is over."""


def flapping_apply(before: MonitorState, step: Step, at: datetime) -> Step:
    """The step with its change of state counted; while the monitor flaps, what it would tell is kept back.

    Who was told of an outage is told of its end too. An outage that nobody was told of, because it began while the
    monitor flapped, is told when the monitor is calm.
    """
    status, told = step.status, before.incident_told
    moves = (*_recent(status.moves, at), *[at for _ in step.events])[-MOVES:]
    since, events = status.flapping_since, list[MonitorEvent]()
    if since is not None and len(moves) <= CALM:
        since = None
        if not step.events and not told and status.condition in BAD:
            told = True
            events.append(_outage(status, at))
    for event in step.events:
        if event.name in BAD:
            told = since is None or (before.incident_id is not None and told)
        events.append(replace(event, tells=told))
    if since is None and len(moves) >= MOVES:
        since = at
        cause = because("flapping", count=MOVES)
        event = MonitorEvent("flapping", str(uuid7(at)), str(cause), "", at, moves=False, cause_data=encoded(cause))
        events.append(event)
    told = told or status.incident_id is None
    return Step(replace(status, moves=moves or None, flapping_since=since, incident_told=told), tuple(events))


def _recent(moves: Sequence[datetime] | None, at: datetime) -> list[datetime]:
    """Those within SPAN, in both directions: a clock that was wrong must not make it last."""
    return [move for move in moves or () if abs(at - move) < SPAN]


def _outage(status: MonitorState, at: datetime) -> MonitorEvent:
    name: EventName = "down" if status.condition == "down" else "degraded"
    started = status.incident_started_at or at
    told = MonitorEvent(name, status.incident_id or "", status.cause, status.error_code, started, moves=False)
    return replace(told, cause_data=status.cause_data)
