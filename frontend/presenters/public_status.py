"""What a public status page says: its first sentence, its announcements, its incidents by day. Knows no HTTP."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias

from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.contracts.answers.status_pages import (
    Announcement,
    IncidentUpdate,
    PublicAnnouncement,
    PublicGroup,
    PublicIncident,
    PublicUpdate,
)
from frontend.presenters import labels
from frontend.presenters.verdict import Verdict

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    Word: TypeAlias = str | _StrPromise

KINDS: "dict[str, tuple[str, Word]]" = {
    "information": ("unknown", gettext_lazy("Information")),
    "incident": ("down", gettext_lazy("Incident")),
    "maintenance": ("maintenance", gettext_lazy("Maintenance")),
}
STAGES: "dict[str, tuple[str, Word]]" = {
    "investigating": ("down", gettext_lazy("Investigating")),
    "identified": ("degraded", gettext_lazy("Cause found")),
    "monitoring": ("pending", gettext_lazy("Fixed, watching")),
    "resolved": ("up", gettext_lazy("Resolved")),
}
"""Shape and word, as of kinds."""


@dataclass(frozen=True, kw_only=True)
class AnnouncementLine:
    """`phase` is `planned`, `current` or `over`; only their owner knows an `id`."""

    id: int | None
    title: str
    text: str
    starts_at: datetime
    ends_at: datetime | None
    shape: str
    word: "Word"
    phase: str


@dataclass(frozen=True, kw_only=True)
class UpdateLine:
    """What readers are told of an incident; only the page's owner knows an `id`."""

    id: int | None
    text: str
    created_at: datetime
    shape: str
    word: "Word"


@dataclass(frozen=True, kw_only=True)
class PublicIncidentLine:
    """`lasted` says `Down for 12 min (13:02–13:14)`."""

    name: str
    status: str
    lasted: SafeString
    updates: list[UpdateLine]


@dataclass(frozen=True, kw_only=True)
class IncidentDay:
    """Those that began on it."""

    day: date
    incidents: list[PublicIncidentLine]


def verdict_of(*, state: str, fault: bool) -> Verdict:
    """The first sentence; `fault`: the monitoring failed at some of it."""
    if fault and state in {"up", "unknown"}:
        return Verdict(state="unknown", sentence=_("Some of it could not be checked"))
    sentences = {
        "up": _("Everything is up"),
        "degraded": _("Some of it is slow"),
        "down": _("Some of it is down"),
        "maintenance": _("Maintenance is under way"),
    }
    return Verdict(state=state, sentence=sentences.get(state, _("Nothing was measured yet")))


def has_fault(*, groups: Iterable[PublicGroup]) -> bool:
    """Whether the monitoring failed at any of the endpoints."""
    return any(item.fault for group in groups for item in group.endpoints)


def describe_announcements(
    *, announcements: Iterable[PublicAnnouncement | Announcement], now: datetime
) -> list[AnnouncementLine]:
    """Each with its looks and whether it is over."""
    lines = []
    for item in announcements:
        shape, word = KINDS.get(item.kind, ("unknown", item.kind))
        over = item.ends_at is not None and item.ends_at <= now
        lines.append(
            AnnouncementLine(
                id=item.id if isinstance(item, Announcement) else None,
                title=item.title,
                text=item.text,
                starts_at=item.starts_at,
                ends_at=item.ends_at,
                shape=shape,
                word=word,
                phase="planned" if item.starts_at > now else "over" if over else "current",
            )
        )
    return lines


def describe_updates(*, updates: Iterable[PublicUpdate | IncidentUpdate]) -> list[UpdateLine]:
    """Each with the looks of its stage."""
    lines = []
    for update in updates:
        shape, word = STAGES.get(update.stage, ("unknown", update.stage))
        number = update.id if isinstance(update, IncidentUpdate) else None
        lines.append(UpdateLine(id=number, text=update.text, created_at=update.created_at, shape=shape, word=word))
    return lines


def incidents_by_day(*, incidents: Iterable[PublicIncident]) -> list[IncidentDay]:
    """Newest first, by the local day on which each began."""
    days = groupby(incidents, key=lambda item: timezone.localtime(item.started_at).date())
    return [IncidentDay(day=day, incidents=[_incident(item, day) for item in items]) for day, items in days]


def _incident(item: PublicIncident, day: date) -> PublicIncidentLine:
    begins = timezone.localtime(item.started_at)
    ends = timezone.localtime(item.resolved_at) if item.resolved_at else None
    values = {"time": escape(labels.duration(max(1.0, ((ends or timezone.now()) - begins).total_seconds())))}
    values["first"] = _clock(begins, day)
    if ends is None:
        lasted = escape(_("Down since %(first)s, for %(time)s so far")) % values
    else:
        lasted = escape(_("Down for %(time)s (%(first)s–%(last)s)")) % (values | {"last": _clock(ends, day)})
    return PublicIncidentLine(
        name=item.name,
        status=item.status,
        lasted=mark_safe(lasted),  # noqa: S308  our own words and times
        updates=describe_updates(updates=item.updates),
    )


def _clock(when: datetime, day: date) -> SafeString:
    """`13:02`, with the date where it is another than the heading's; `times.js` does the same in the reader's zone."""
    text = f"{when:%H:%M}" if when.date() == day else f"{when:%Y-%m-%d %H:%M}"
    return format_html('<time datetime="{}" data-day="{}">{}</time>', when.isoformat(), day.isoformat(), text)
