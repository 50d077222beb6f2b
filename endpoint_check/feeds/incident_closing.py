"""Incidents that end without a recovery: their endpoint is paused or deleted, so nobody looks any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from common.contracts.alerts import CLOSED
from common.contracts.causes import kept
from common.contracts.results import Result, Transition
from endpoint_check.models import AlertOutbox, Monitor, ResultOutbox
from endpoint_check.outbox import messages
from endpoint_check.outbox.messages import Alert, Reason

CLEARED = [
    "condition", "incident_id", "incident_started_at", "cause", "cause_data", "error_code", "changed_at", "in_maintenance", "moves",
    "flapping_since", "incident_told", "unknown",
]  # fmt: skip
"""The columns that `state_clear` may change."""


@dataclass(frozen=True, slots=True)
class Closing:
    """The end of a monitor's open incident, at `at`."""

    alert: Alert | None
    report: Result


def closing_of(monitor: Monitor, reason: Reason, at: datetime) -> Closing | None:
    """What is to be told when a monitor is looked at no more; None where no incident is open.

    People are told of the end if they were told of the beginning.
    """
    if monitor.incident_id is None:
        return None
    incident, started = str(monitor.incident_id), monitor.incident_started_at or at
    ended = max(started, at)
    alert = Alert(
        incident_id=incident,
        event=CLOSED,
        endpoint_id=monitor.endpoint_id,
        user_id=monitor.user_id,
        endpoint_name=monitor.name,
        url=monitor.url,
        region=monitor.region,
        cause=monitor.cause,
        cause_data=kept(monitor.cause_data, monitor.cause),
        error_code=monitor.error_code or None,
        started_at=started,
        occurred_at=ended,
        duration_ms=(ended - started) // timedelta(milliseconds=1),
        last_good_at=monitor.last_good_at,
        tags=monitor.tags,
        reason=reason,
    )
    report = Result(
        endpoint_id=monitor.endpoint_id,
        user_id=monitor.user_id,
        region=monitor.region,
        checked_at=ended,
        status="maintenance",
        state="paused",
        message="",
        manual=True,
        transition=Transition(
            event=CLOSED,
            incident_id=incident,
            cause=monitor.cause,
            started_at=started,
            ended_at=ended,
            cause_data=kept(monitor.cause_data, monitor.cause),
        ),
    )
    return Closing(alert if monitor.incident_told else None, report)


def closings_store(closings: Sequence[Closing]) -> None:
    """Put them into the outboxes."""
    alerts = [messages.encode(closing.alert) for closing in closings if closing.alert is not None]
    reports = [messages.encode(closing.report) for closing in closings]
    AlertOutbox.objects.bulk_create([
        AlertOutbox(region=settings.REGION, payload=payload.decode(), count=count)
        for payload, count in messages.bundled(alerts)
    ])  # fmt: skip
    ResultOutbox.objects.bulk_create([
        ResultOutbox(region=settings.REGION, payload=payload.decode(), count=count)
        for payload, count in messages.bundled(reports)
    ])  # fmt: skip


def state_clear(monitor: Monitor, at: datetime) -> None:
    """Forget what was found: whoever looks again begins anew."""
    monitor.condition, monitor.cause, monitor.cause_data, monitor.error_code = "pending", "", "", ""
    monitor.incident_id = monitor.incident_started_at = None
    monitor.incident_told, monitor.in_maintenance, monitor.unknown = True, False, False
    monitor.moves = monitor.flapping_since = None
    monitor.changed_at = at
