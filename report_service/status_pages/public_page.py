"""What everybody may read of a status page, which is what its owner wrote and that alone.

A page shows the names that it was given and, of the endpoints on it, state, uptime and the times of incidents. It holds
no id, address, region, cause or error, and nothing is counted over endpoints that are not on it.
"""

import uuid
from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from common.api.errors import NotFound
from report_service.feed_sync.maintenance_windows import openings
from report_service.models import Announcement, Incident, IncidentUpdate, StatusPage
from report_service.status_pages.daily_bars import DailyBars, bars_local, calendar_of
from report_service.status_pages.localization import Localization
from report_service.status_pages.services import endpoints_of, entries_of
from report_service.status_pages.shapes import PublicEntry, PublicIncident, PublicMaintenance
from report_service.uptime.overview import Glance, endpoints_overview

INCIDENT_DAYS = MAINTENANCE_DAYS = 14
_SHOWN = 50
_BAD_TO_WORST = ("up", "maintenance", "degraded", "down")


def published_get(*, slug: str) -> StatusPage:
    """A page that anybody may read; raises `NotFound` for the others, whether they exist or not."""
    page = StatusPage.objects.filter(slug=slug, published=True).first()
    if page is None:
        raise NotFound
    return page


def page_public(*, page: StatusPage, localization: Localization) -> dict[str, object]:
    """What everybody may read, told as `localization` says."""
    endpoints = endpoints_of(page)
    calendar = calendar_of(zone=localization.time_zone, now=timezone.now())
    found = endpoints_overview(list(endpoints.values()), now=calendar.now)
    bars = bars_local(glances=found, calendar=calendar)
    glances = {glance["endpoint_id"]: glance for glance in found}
    groups = []
    for group in page.groups:
        entries = [entry for entry in group["endpoints"] if entry["endpoint_id"] in endpoints]
        numbers = [(entry["name"], entry["endpoint_id"]) for entry in entries]
        shown = [_shown(name, glances[number], bars[number], page.show_response_times) for name, number in numbers]
        groups.append({"name": group["name"], "endpoints": shown})
    states = {entry["state"] for group in groups for entry in group["endpoints"]}
    state = next((state for state in reversed(_BAD_TO_WORST) if state in states), "unknown")
    return {
        "slug": page.slug,
        "title": page.title,
        "description": page.description,
        "language": localization.language,
        "time_zone": localization.time_zone,
        "state": state,
        "sentence": _sentence(state, fault=any(entry["fault"] for group in groups for entry in group["endpoints"])),
        "bars_start": calendar.start.isoformat(),
        "groups": groups,
        "incidents": incidents_public(page=page),
        "maintenance": maintenance_public(page=page),
        "announcements": announcements_shown(page=page),
    }


def _sentence(state: str, *, fault: bool) -> str:
    if fault and state in {"up", "unknown"}:
        return _("Some parts could not be checked; the fault is the monitoring's.")
    return {
        "up": _("Everything works."),
        "maintenance": _("Maintenance is under way."),
        "degraded": _("Some parts are slow."),
        "down": _("Some parts do not work."),
    }.get(state, _("Nothing is known yet."))


def _shown(name: str, glance: Glance, bars: DailyBars, response_times: bool) -> PublicEntry:
    state = _state(glance)
    shown: PublicEntry = {
        "name": name,
        "state": state,
        "fault": state == glance["state"] == "unknown",
        "uptime": glance["uptime"],
        "bars": bars["bars"],
        "bars_down_ms": bars["bars_down_ms"],
    }
    if response_times:
        shown["sparkline"] = glance["sparkline"]
    return shown


def _state(glance: Glance) -> str:
    """What is confirmed: `down` while an incident is open, never a first failure that may be nothing."""
    if glance["state"] in {"paused", "pending"}:
        return "unknown"
    if glance["open_incident"]:
        return "down"
    return glance["state"] if glance["state"] in {"degraded", "maintenance", "unknown"} else "up"


def incidents_public(*, page: StatusPage) -> list[PublicIncident]:
    """When the page's endpoints were down in the last 14 days, newest first, at most 50."""
    names = _names(page)
    since = timezone.now() - timedelta(days=INCIDENT_DAYS)
    rows = (
        Incident.objects.filter(
            Q(resolved_at=None) | Q(resolved_at__gte=since),
            endpoint_id__in=list(endpoints_of(page)),
            user_id=page.user_id,
        )
        .order_by("-started_at", "-id")
        .prefetch_related(Prefetch("updates", IncidentUpdate.objects.filter(page=page).order_by("-id"), "told"))[
            :_SHOWN
        ]
    )
    return [
        {
            "key": key_of(page, row.id),
            "name": names[row.endpoint_id],
            "status": row.status,
            "started_at": row.started_at,
            "confirmed_at": row.confirmed_at,
            "resolved_at": row.resolved_at,
            "updates": row.told,
        }
        for row in rows
    ]


def maintenance_public(*, page: StatusPage) -> list[PublicMaintenance]:
    """When maintenance is under way or planned for the page's endpoints in the next 14 days, soonest first.

    A window's own name and what else it is meant for are not told.
    """
    names, now = _names(page), timezone.now()
    found = openings(
        user_id=page.user_id,
        endpoints=list(endpoints_of(page).values()),
        first=now,
        last=now + timedelta(days=MAINTENANCE_DAYS),
    )
    return [
        {
            "key": key_of(page, f"{opening.starts_at.isoformat()} {sorted(opening.endpoint_ids)}"),
            "window_key": key_of(page, f"window {opening.window_id}"),
            "starts_at": opening.starts_at,
            "ends_at": opening.ends_at,
            "under_way": opening.starts_at <= now,
            "endpoints": [name for number, name in names.items() if number in opening.endpoint_ids],
        }
        for opening in found[:_SHOWN]
    ]


def _names(page: StatusPage) -> dict[int, str]:
    """The names that readers see, by endpoint, in the page's order."""
    return {entry["endpoint_id"]: entry["name"] for entry in entries_of(page.groups)}


def key_of(page: StatusPage, what: object) -> str:
    """A key of something on a page: the same at each call, and without our secret nobody finds out what of."""
    digest = salted_hmac("report_service.pages", f"{page.pk}/{what}", algorithm="sha256").hexdigest()
    return str(uuid.UUID(hex=digest[:32]))


def announcements_shown(*, page: StatusPage) -> Sequence[Announcement]:
    """What is announced for now, newest first, at most 50."""
    now = timezone.now()
    current: QuerySet[Announcement] = page.announcements.filter(
        Q(ends_at=None) | Q(ends_at__gt=now), starts_at__lte=now
    )
    return list(current.order_by("-starts_at", "-id")[:_SHOWN])
