"""Status pages: what their owner writes, and what everybody may read of it, which is that alone.

A page shows the names that it was given and, of the endpoints on it, state, uptime and the times of incidents. It holds
no id, address, region, cause or error, and nothing is counted over endpoints that are not on it.
"""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from common.errors import NotFound, ValidationFailed
from common.quotas import limit
from report_service.errors import TooMany
from report_service.feed_sync.endpoint_copies import endpoint_get
from report_service.feed_sync.maintenance_windows import openings
from report_service.models import Announcement, EndpointCopy, Incident, IncidentUpdate, StatusPage
from report_service.status_pages.daily_bars import bars_local, calendar_of
from report_service.status_pages.localization import Localization
from report_service.uptime.overview import endpoints_overview

QUOTA = "status_pages"
MAX_ANNOUNCEMENTS = 500
MAX_UPDATES = 100
INCIDENT_DAYS = MAINTENANCE_DAYS = 14
_SHOWN = 50
_LOCK = 0x70616765
"""With the owner: who makes a page counts those there are alone ("page" in ASCII)."""
_BAD_TO_WORST = ("up", "maintenance", "degraded", "down")


def page_create(*, user_id: int, **fields: Any) -> StatusPage:
    """Make a page; raises `ValidationFailed` for a slug in use, `Forbidden` or `NotFound` for endpoints not theirs."""
    page = StatusPage(user_id=user_id)
    _set(page, fields)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, str(user_id)])
        if pages_count(user_id=user_id) >= (most := limit(user_id, QUOTA)):
            raise TooMany(most)
        return _save(page)


def page_update(*, page: StatusPage, **fields: Any) -> StatusPage:
    """Change what is given; raises like `page_create`."""
    _set(page, fields)
    return _save(page)


def pages_count(*, user_id: int) -> int:
    """How many pages the user has."""
    return StatusPage.objects.filter(user_id=user_id).count()


def pages_without_deleted_endpoints(pages: Sequence[StatusPage]) -> Sequence[StatusPage]:
    """The pages without the endpoints that are gone, unsaved: what is shown can be sent back. One query for all."""
    entries = [entry for page in pages for entry in _entries(page.groups)]
    gone = _gone(entries, user_ids={page.user_id for page in pages})
    for page in pages:
        page.groups = _without(page.groups, gone)
    return pages


def _set(page: StatusPage, fields: dict[str, Any]) -> None:
    """Take the fields over, but for the owner's endpoints that are gone: whoever edits may have read the page before.

    Endpoints that nobody here has heard of are asked for, which no transaction waits for.
    """
    for name, value in fields.items():
        setattr(page, name, value)
    page.groups = _without(page.groups, _gone(_entries(page.groups), user_ids={page.user_id}))
    entries = _entries(page.groups)
    known = _of_user(page.user_id, entries)
    for entry in entries:
        number = entry["endpoint_id"]
        if number not in known:
            known[number] = endpoint_get(endpoint_id=number, user_id=page.user_id)
        entry["name"] = entry.get("name") or known[number].name


def _save(page: StatusPage) -> StatusPage:
    try:
        with transaction.atomic():
            page.save()
    except IntegrityError as error:
        raise ValidationFailed(errors={"slug": [_("This address is taken.")]}) from error
    return page


def _entries(groups: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [entry for group in groups for entry in group["endpoints"]]


def _gone(entries: Sequence[dict[str, Any]], *, user_ids: set[int]) -> set[int]:
    """Those of the users' endpoints that were deleted."""
    ids = [entry["endpoint_id"] for entry in entries]
    rows = EndpointCopy.objects.filter(id__in=ids, user_id__in=user_ids, deleted=True)
    return set(rows.values_list("id", flat=True)) if ids else set()


def _without(groups: Sequence[dict[str, Any]], gone: set[int]) -> list[dict[str, Any]]:
    return [
        group | {"endpoints": [entry for entry in group["endpoints"] if entry["endpoint_id"] not in gone]}
        for group in groups
    ]


def announcement_create(*, page: StatusPage, **fields: Any) -> Announcement:
    """Tell the readers something; raises `ValidationFailed` where it would end before it starts."""
    if page.announcements.count() >= MAX_ANNOUNCEMENTS:
        raise TooMany(MAX_ANNOUNCEMENTS)
    return announcement_update(announcement=Announcement(page=page), **fields)


def announcement_update(*, announcement: Announcement, **fields: Any) -> Announcement:
    """Change what is given; raises like `announcement_create`."""
    for name, value in fields.items():
        setattr(announcement, name, value)
    if announcement.ends_at is not None and announcement.ends_at < announcement.starts_at:
        raise ValidationFailed(errors={"ends_at": [_("This is before starts_at.")]})
    announcement.save()
    return announcement


def published_get(*, slug: str) -> StatusPage:
    """A page that anybody may read; raises `NotFound` for the others, whether they exist or not."""
    page = StatusPage.objects.filter(slug=slug, published=True).first()
    if page is None:
        raise NotFound
    return page


def page_public(*, page: StatusPage, localization: Localization) -> dict[str, Any]:
    """What everybody may read, told as `localization` says."""
    endpoints = _endpoints(page)
    calendar = calendar_of(zone=localization.time_zone, now=timezone.now())
    found = endpoints_overview(list(endpoints.values()), now=calendar.now)
    bars = bars_local(glances=found, calendar=calendar)
    glances = {glance["endpoint_id"]: glance | bars[glance["endpoint_id"]] for glance in found}
    groups = []
    for group in page.groups:
        entries = [entry for entry in group["endpoints"] if entry["endpoint_id"] in endpoints]
        shown = [_shown(entry["name"], glances[entry["endpoint_id"]], page.show_response_times) for entry in entries]
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


def _endpoints(page: StatusPage) -> dict[int, EndpointCopy]:
    """The page's endpoints that still are its owner's."""
    return _of_user(page.user_id, _entries(page.groups))


def _of_user(user_id: int, entries: Sequence[dict[str, Any]]) -> dict[int, EndpointCopy]:
    ids = {entry["endpoint_id"] for entry in entries}
    return EndpointCopy.objects.filter(user_id=user_id, deleted=False).in_bulk(list(ids))


def _shown(name: str, glance: dict[str, Any], response_times: bool) -> dict[str, Any]:
    measured = {key: glance[key] for key in ("uptime", "bars", "bars_down_ms")}
    state = _state(glance)
    shown = {"name": name, "state": state, "fault": state == glance["state"] == "unknown", **measured}
    return shown | ({"sparkline": glance["sparkline"]} if response_times else {})


def _state(glance: dict[str, Any]) -> str:
    """What is confirmed: `down` while an incident is open, never a first failure that may be nothing."""
    if glance["state"] in {"paused", "pending"}:
        return "unknown"
    if glance["open_incident"]:
        return "down"
    return glance["state"] if glance["state"] in {"degraded", "maintenance", "unknown"} else "up"


def incidents_public(*, page: StatusPage) -> list[dict[str, Any]]:
    """When the page's endpoints were down in the last 14 days, newest first, at most 50."""
    names = _names(page)
    since = timezone.now() - timedelta(days=INCIDENT_DAYS)
    rows = (
        Incident.objects.filter(
            Q(resolved_at=None) | Q(resolved_at__gte=since),
            endpoint_id__in=list(_endpoints(page)),
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


def maintenance_public(*, page: StatusPage) -> list[dict[str, Any]]:
    """When maintenance is under way or planned for the page's endpoints in the next 14 days, soonest first.

    A window's own name and what else it is meant for are not told.
    """
    names, now = _names(page), timezone.now()
    found = openings(
        user_id=page.user_id,
        endpoints=list(_endpoints(page).values()),
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
    return {entry["endpoint_id"]: entry["name"] for entry in _entries(page.groups)}


def incident_of_page(*, page: StatusPage, incident_id: uuid.UUID) -> Incident:
    """An incident of an endpoint on the page; raises `NotFound` for any other."""
    found = Incident.objects.filter(
        id=incident_id, user_id=page.user_id, endpoint_id__in=list(_endpoints(page))
    ).first()
    if found is None:
        raise NotFound
    return found


def incident_update_create(*, page: StatusPage, incident: Incident, **fields: Any) -> IncidentUpdate:
    """Tell the readers how it goes; raises `TooMany`."""
    if IncidentUpdate.objects.filter(page=page, incident=incident).count() >= MAX_UPDATES:
        raise TooMany(MAX_UPDATES)
    return IncidentUpdate.objects.create(page=page, incident=incident, **fields)


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
