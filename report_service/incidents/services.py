"""The rules of incidents: what their owner may read and say about them."""

import uuid
from datetime import datetime
from typing import TypedDict

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from common.api.errors import PeerError
from common.between.http import Peer
from common.contracts.causes import shown
from common.quotas import require
from report_service.errors import AlreadyResolved
from report_service.models import Incident, IncidentNote

QUOTA = "notes_per_incident"
NOTES_SHOWN = 50
"""Notes that an incident's details hold; the others are in their own list."""
_TOLD = 200
"""Deliveries that a timeline tells of."""
_PATIENCE = 1.5
"""Seconds for what a page can do without."""


class TimelineEvent(TypedDict):
    """What happened when; `cause_data` of `detected`."""

    event: str
    at: datetime
    text: str
    cause_data: dict[str, object] | None


def incidents_list(
    *,
    user_id: int,
    endpoint_id: int | None = None,
    status: str | None = None,
    first: datetime | None = None,
    last: datetime | None = None,
) -> QuerySet[Incident]:
    """The user's incidents, newest first; `status` is `open` or `resolved`, `first` and `last` bound `started_at`."""
    rows = Incident.objects.filter(user_id=user_id).order_by("-started_at", "-id")
    if first is not None:
        rows = rows.filter(started_at__gte=first)
    if last is not None:
        rows = rows.filter(started_at__lt=last)
    if endpoint_id is not None:
        rows = rows.filter(endpoint_id=endpoint_id)
    return rows if status is None else rows.filter(resolved_at__isnull=status == "open")


def incident_timeline(incident: Incident) -> list[TimelineEvent]:
    """What happened when, in order: detected, confirmed, alerted (whom), acknowledged, notes, recovered."""
    moments = [
        ("detected", incident.started_at),
        ("confirmed", incident.confirmed_at),
        ("acknowledged", incident.acknowledged_at),
        ("recovered", incident.resolved_at),
    ]
    events: list[TimelineEvent] = [
        {"event": event, "at": at, "text": "", "cause_data": None} for event, at in moments if at is not None
    ]
    events[0]["text"], events[0]["cause_data"] = incident.cause, shown(incident.cause_data, incident.cause)
    events += [
        {"event": "note", "at": note.created_at, "text": note.text, "cause_data": None}
        for note in incident_notes_last(incident)
    ]
    events += _alerted(incident.id)
    return sorted(events, key=lambda event: event["at"])


def _alerted(incident_id: uuid.UUID) -> list[TimelineEvent]:
    """Who was told, by the channel's name. The timeline does without where notification_service does not answer."""
    try:
        answer = Peer("notification_service").request(
            "GET", f"/incidents/{incident_id}/deliveries", read_timeout=_PATIENCE
        )
    except PeerError:
        return []
    return [
        {"event": "alerted", "at": at, "text": item["name"], "cause_data": None}
        for item in answer["items"][-_TOLD:]
        if item["delivered_at"] and (at := parse_datetime(item["delivered_at"]))
    ]


def incident_acknowledge(*, incident: Incident) -> Incident:
    """Say "I am on it"; a second time changes nothing. Raises `AlreadyResolved`.

    notification_service is told, so that it stops reminding; where it does not answer (`PeerError`), acknowledging
    again tells it again. One that it knows nothing of needs no reminding.
    """
    now = timezone.now()
    open_one = Incident.objects.filter(id=incident.id, resolved_at=None)
    if not open_one.filter(acknowledged_at=None).update(acknowledged_at=now) and not open_one.exists():
        raise AlreadyResolved
    incident.refresh_from_db()
    _tell(incident.id)
    return incident


def _tell(incident_id: uuid.UUID) -> None:
    try:
        Peer("notification_service").post(f"/incidents/{incident_id}/acknowledge", idempotent=True)
    except PeerError as error:
        if not error.permanent:
            raise


def incident_notes_last(incident: Incident) -> list[IncidentNote]:
    """The last ones, oldest first."""
    return list(incident.notes.order_by("-id")[:NOTES_SHOWN])[::-1]


@transaction.atomic
def incident_note_add(*, incident: Incident, text: str) -> IncidentNote:
    """Write something down, open or resolved; raises `QuotaExceeded`."""
    Incident.objects.select_for_update().get(id=incident.id)  # many at once are counted one after the other
    require(incident.user_id, QUOTA, used=incident.notes.count())
    note = IncidentNote(incident=incident, text=text, created_at=timezone.now())
    note.save()
    return note
