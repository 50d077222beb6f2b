"""Status pages: what their owner writes."""

import uuid
from collections.abc import Sequence

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from common.api.errors import NotFound, ValidationFailed
from common.quotas import limit
from report_service.errors import TooMany
from report_service.feed_sync.endpoint_copies import endpoint_get
from report_service.models import Announcement, EndpointCopy, Incident, IncidentUpdate, StatusPage
from report_service.status_pages.shapes import PageEntry, PageGroup

QUOTA = "status_pages"
MAX_ANNOUNCEMENTS = 500
MAX_UPDATES = 100
_LOCK = 0x70616765
"""With the owner: who makes a page counts those there are alone ("page" in ASCII)."""


def page_create(*, user_id: int, **fields: object) -> StatusPage:
    """Make a page; raises `ValidationFailed` for a slug in use, `Forbidden` or `NotFound` for endpoints not theirs."""
    page = StatusPage(user_id=user_id)
    _set(page, fields)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, str(user_id)])
        if pages_count(user_id=user_id) >= (most := limit(user_id, QUOTA)):
            raise TooMany(most)
        return _save(page)


def page_update(*, page: StatusPage, **fields: object) -> StatusPage:
    """Change what is given; raises like `page_create`."""
    _set(page, fields)
    return _save(page)


def pages_count(*, user_id: int) -> int:
    """How many pages the user has."""
    return StatusPage.objects.filter(user_id=user_id).count()


def pages_without_deleted_endpoints(pages: Sequence[StatusPage]) -> Sequence[StatusPage]:
    """The pages without the endpoints that are gone, unsaved: what is shown can be sent back. One query for all."""
    entries = [entry for page in pages for entry in entries_of(page.groups)]
    gone = _gone(entries, user_ids={page.user_id for page in pages})
    for page in pages:
        page.groups = _without(page.groups, gone)
    return pages


def _set(page: StatusPage, fields: dict[str, object]) -> None:
    """Take the fields over, but for the owner's endpoints that are gone: whoever edits may have read the page before.

    Endpoints that nobody here has heard of are asked for, which no transaction waits for.
    """
    for name, value in fields.items():
        setattr(page, name, value)
    page.groups = _without(page.groups, _gone(entries_of(page.groups), user_ids={page.user_id}))
    entries = entries_of(page.groups)
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


def entries_of(groups: Sequence[PageGroup]) -> list[PageEntry]:
    return [entry for group in groups for entry in group["endpoints"]]


def _gone(entries: Sequence[PageEntry], *, user_ids: set[int]) -> set[int]:
    """Those of the users' endpoints that were deleted."""
    ids = [entry["endpoint_id"] for entry in entries]
    rows = EndpointCopy.objects.filter(id__in=ids, user_id__in=user_ids, deleted=True)
    return set(rows.values_list("id", flat=True)) if ids else set()


def _without(groups: Sequence[PageGroup], gone: set[int]) -> list[PageGroup]:
    return [
        {
            "name": group["name"],
            "endpoints": [entry for entry in group["endpoints"] if entry["endpoint_id"] not in gone],
        }
        for group in groups
    ]


def announcement_create(*, page: StatusPage, **fields: object) -> Announcement:
    """Tell the readers something; raises `ValidationFailed` where it would end before it starts."""
    if page.announcements.count() >= MAX_ANNOUNCEMENTS:
        raise TooMany(MAX_ANNOUNCEMENTS)
    return announcement_update(announcement=Announcement(page=page), **fields)


def announcement_update(*, announcement: Announcement, **fields: object) -> Announcement:
    """Change what is given; raises like `announcement_create`."""
    for name, value in fields.items():
        setattr(announcement, name, value)
    if announcement.ends_at is not None and announcement.ends_at < announcement.starts_at:
        raise ValidationFailed(errors={"ends_at": [_("This is before starts_at.")]})
    announcement.save()
    return announcement


def endpoints_of(page: StatusPage) -> dict[int, EndpointCopy]:
    """The page's endpoints that still are its owner's."""
    return _of_user(page.user_id, entries_of(page.groups))


def _of_user(user_id: int, entries: Sequence[PageEntry]) -> dict[int, EndpointCopy]:
    ids = {entry["endpoint_id"] for entry in entries}
    return EndpointCopy.objects.filter(user_id=user_id, deleted=False).in_bulk(list(ids))


def incident_of_page(*, page: StatusPage, incident_id: uuid.UUID) -> Incident:
    """An incident of an endpoint on the page; raises `NotFound` for any other."""
    found = Incident.objects.filter(
        id=incident_id, user_id=page.user_id, endpoint_id__in=list(endpoints_of(page))
    ).first()
    if found is None:
        raise NotFound
    return found


def incident_update_create(*, page: StatusPage, incident: Incident, **fields: object) -> IncidentUpdate:
    """Tell the readers how it goes; raises `TooMany`."""
    if IncidentUpdate.objects.filter(page=page, incident=incident).count() >= MAX_UPDATES:
        raise TooMany(MAX_UPDATES)
    return IncidentUpdate.objects.create(page=page, incident=incident, **fields)
