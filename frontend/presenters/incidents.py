"""Incidents as lists show them, and what happened in one, in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.contracts.answers.report_service import Incident
from frontend.presenters import labels

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

EVENTS: "dict[str, tuple[str, _StrPromise]]" = {
    "detected": ("degraded", gettext_lazy("First failed check")),
    "confirmed": ("down", gettext_lazy("Confirmed as down")),
    "alerted": ("pending", gettext_lazy("Alert sent")),
    "acknowledged": ("maintenance", gettext_lazy("Acknowledged")),
    "note": ("unknown", gettext_lazy("Note")),
    "recovered": ("up", gettext_lazy("Recovered")),
}
"""Shape and word."""


@dataclass(frozen=True, kw_only=True)
class IncidentLine:
    """An incident with the endpoint's name, the reason in words and how long it lasted."""

    id: str
    endpoint_id: int
    status: str
    started_at: datetime
    resolved_at: datetime | None
    acknowledged_at: datetime | None
    name: str
    reason: str
    lasted: str


class TimelineEvent(msgspec.Struct, frozen=True, kw_only=True):
    """What the API tells of one thing that happened; a document leaves open what there is in it."""

    event: str
    at: datetime
    text: str = ""
    cause_data: object = None


@dataclass(frozen=True, kw_only=True)
class TimelineEntry:
    """`after` says how long after the first, and is empty for that one."""

    shape: str
    word: "str | _StrPromise"
    at: datetime
    after: str
    text: str


def incident_lines(*, incidents: Iterable[Incident], names: Mapping[int, str]) -> list[IncidentLine]:
    """Each with its words; `names` are those of endpoints."""
    return [
        IncidentLine(
            id=incident.id,
            endpoint_id=incident.endpoint_id,
            status=incident.status,
            started_at=incident.started_at,
            resolved_at=incident.resolved_at,
            acknowledged_at=incident.acknowledged_at,
            name=names.get(incident.endpoint_id, f"#{incident.endpoint_id}"),
            reason=reason_of(incident),
            lasted=lasted(incident.started_at, incident.resolved_at),
        )
        for incident in incidents
    ]


def reason_of(incident: Incident) -> str:
    """The cause: the error's word where there is a code, else the probe's own sentence."""
    if incident.error_code:
        return labels.error(incident.error_code)
    return labels.cause(incident.cause_data, incident.cause) or _("No cause was given")


def lasted(start: datetime, end: datetime | None) -> str:
    """`down for 4 min 12 s`, or `for 4 min so far`."""
    text = labels.duration(max(1.0, ((end or datetime.now(UTC)) - start).total_seconds()))
    return _("%(time)s long") % {"time": text} if end else _("for %(time)s so far") % {"time": text}


def describe_timeline(*, events: Iterable[Mapping[str, object]]) -> list[TimelineEntry]:
    """Each with its shape and word."""
    entries: list[TimelineEntry] = []
    for event in msgspec.convert(list(events), list[TimelineEvent]):
        shape, word = EVENTS.get(event.event, ("unknown", event.event))
        passed = (event.at - entries[0].at).total_seconds() if entries else 0.0
        after = _("after %(time)s") % {"time": labels.duration(passed)} if passed >= 1 else ""
        text = labels.cause(event.cause_data, event.text) if event.event == "detected" else event.text
        entries.append(TimelineEntry(shape=shape, word=word, at=event.at, after=after, text=text))
    return entries
