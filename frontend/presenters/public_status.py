"""What a public status page says: its first sentence, its announcements, its incidents by day. Knows no HTTP."""

from collections.abc import Iterable
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from frontend.presenters import labels

KINDS: dict[str, tuple[str, Any]] = {
    "information": ("unknown", gettext_lazy("Information")),
    "incident": ("down", gettext_lazy("Incident")),
    "maintenance": ("maintenance", gettext_lazy("Maintenance")),
}
STAGES: dict[str, tuple[str, Any]] = {
    "investigating": ("down", gettext_lazy("Investigating")),
    "identified": ("degraded", gettext_lazy("Cause found")),
    "monitoring": ("pending", gettext_lazy("Fixed, watching")),
    "resolved": ("up", gettext_lazy("Resolved")),
}
"""Shape and word, as of kinds."""


def verdict_of(*, state: str, fault: bool) -> dict[str, str]:
    """The first sentence: `{"state", "sentence"}`; `fault`: the monitoring failed at some of it."""
    if fault and state in {"up", "unknown"}:
        return {"state": "unknown", "sentence": _("Some of it could not be checked")}
    sentences = {
        "up": _("Everything is up"),
        "degraded": _("Some of it is slow"),
        "down": _("Some of it is down"),
        "maintenance": _("Maintenance is under way"),
    }
    return {"state": state, "sentence": sentences.get(state, _("Nothing was measured yet"))}


def has_fault(*, groups: Iterable[dict[str, Any]]) -> bool:
    """Whether the monitoring failed at any of the endpoints."""
    return any(item.get("fault") for group in groups for item in group["endpoints"])


def describe_announcements(*, announcements: Iterable[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """Each with `shape` and `word` of its kind, and `phase`: `planned`, `current` or `over`."""
    told = []
    for item in announcements:
        shape, word = KINDS.get(item["kind"], ("unknown", item["kind"]))
        begins = datetime.fromisoformat(item["starts_at"])
        ends = datetime.fromisoformat(item["ends_at"]) if item["ends_at"] else None
        phase = "planned" if begins > now else "over" if ends and ends <= now else "current"
        told.append(item | {"shape": shape, "word": word, "phase": phase})
    return told


def describe_updates(*, updates: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each with `shape` and `word` of its stage."""
    told = []
    for update in updates:
        shape, word = STAGES.get(update["stage"], ("unknown", update["stage"]))
        told.append(update | {"shape": shape, "word": word})
    return told


def incidents_by_day(*, incidents: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """`[{"day", "incidents"}]`, newest first, by the local day on which each began."""
    told = [item | _incident(item) for item in incidents]
    return [{"day": day, "incidents": list(items)} for day, items in groupby(told, key=lambda item: item["day"])]


def _incident(item: dict[str, Any]) -> dict[str, Any]:
    """`day`, `updates`, and `told`: `Down for 12 min (13:02–13:14)`."""
    begins = timezone.localtime(datetime.fromisoformat(item["started_at"]))
    ends = timezone.localtime(datetime.fromisoformat(item["resolved_at"])) if item["resolved_at"] else None
    day = begins.date()
    values = {"time": escape(labels.duration(max(1.0, ((ends or timezone.now()) - begins).total_seconds())))}
    values["first"] = _clock(begins, day)
    if ends is None:
        told = escape(_("Down since %(first)s, for %(time)s so far")) % values
    else:
        told = escape(_("Down for %(time)s (%(first)s–%(last)s)")) % (values | {"last": _clock(ends, day)})
    told = mark_safe(told)  # noqa: S308  our own words and times
    return {"day": day, "told": told, "updates": describe_updates(updates=item["updates"])}


def _clock(when: datetime, day: date) -> SafeString:
    """`13:02`, with the date where it is another than the heading's; `times.js` does the same in the reader's zone."""
    text = f"{when:%H:%M}" if when.date() == day else f"{when:%Y-%m-%d %H:%M}"
    return format_html('<time datetime="{}" data-day="{}">{}</time>', when.isoformat(), day.isoformat(), text)
