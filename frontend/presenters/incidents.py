"""Incidents as lists show them, and what happened in one, in words."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from frontend.presenters import labels

EVENTS = {
    "detected": ("degraded", gettext_lazy("First failed check")),
    "confirmed": ("down", gettext_lazy("Confirmed as down")),
    "alerted": ("pending", gettext_lazy("Alert sent")),
    "acknowledged": ("maintenance", gettext_lazy("Acknowledged")),
    "note": ("unknown", gettext_lazy("Note")),
    "recovered": ("up", gettext_lazy("Recovered")),
}
"""Shape and word."""


def incident_lines(*, incidents: Iterable[dict[str, Any]], names: dict[int, str]) -> list[dict[str, Any]]:
    """Incidents with the endpoint's name, the reason in words and how long they lasted."""
    return [
        incident
        | {
            "name": incident.get("endpoint_name") or names.get(incident["endpoint_id"], f"#{incident['endpoint_id']}"),
            "reason": reason_of(incident),
            "lasted": lasted(incident["started_at"], incident.get("resolved_at")),
        }
        for incident in incidents
    ]


def reason_of(incident: dict[str, Any]) -> str:
    """The cause: the error's word where there is a code, else the probe's own sentence."""
    if incident.get("error_code"):
        return labels.error(incident["error_code"])
    return labels.cause(incident, "cause") or _("No cause was given")


def lasted(started_at: str, ended_at: str | None) -> str:
    """`down for 4 min 12 s`, or `for 4 min so far`."""
    start = parse_datetime(started_at)
    end = parse_datetime(ended_at) if ended_at else None
    if start is None:
        return ""
    seconds = max(0.0, ((end or datetime.now(UTC)) - start).total_seconds())
    text = labels.duration(max(1.0, seconds))
    return _("%(time)s long") % {"time": text} if end else _("for %(time)s so far") % {"time": text}


def describe_timeline(*, events: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each with `shape`, `word` and `after`: how long after the first, empty for that one."""
    told: list[dict[str, Any]] = []
    first = None
    for event in events:
        at = datetime.fromisoformat(event["at"])
        first = first or at
        shape, word = EVENTS.get(event["event"], ("unknown", event["event"]))
        passed = (at - first).total_seconds()
        after = _("after %(time)s") % {"time": labels.duration(passed)} if passed >= 1 else ""
        text = labels.cause(event, "text") if event["event"] == "detected" else event["text"]
        told.append(event | {"shape": shape, "word": word, "after": after, "text": text})
    return told
