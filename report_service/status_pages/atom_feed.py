"""A status page as an Atom feed (RFC 4287): its announcements, incidents and maintenance."""

import re
from datetime import datetime, timedelta
from typing import Any, TypedDict

from django.conf import settings
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from report_service.models import StatusPage
from report_service.status_pages.public_page import (
    MAINTENANCE_DAYS,
    announcements_shown,
    incidents_public,
    key_of,
    maintenance_public,
)
from report_service.status_pages.shapes import PublicIncident, PublicMaintenance

_NOT_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold."""


class _Feed(Atom1Feed):
    """Django's, with texts that are texts."""

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        """`summary` is no HTML: nobody must read a tag in it."""
        super().add_item_elements(handler, item | {"description": None})
        if item["description"]:
            handler.addQuickElement("summary", item["description"], {"type": "text"})


class Entry(TypedDict):
    """An entry of the feed."""

    title: str
    description: str
    unique_id: str
    pubdate: datetime
    updateddate: datetime


def page_feed(*, page: StatusPage) -> bytes:
    """The feed's XML, newest entry first."""
    address = f"{settings.PUBLIC_URL}/status/{page.slug}"
    feed = _Feed(
        title=_clean(page.title),
        author_name=_clean(page.title),
        link=address,
        description=_clean(page.description),
        language=get_language(),
        feed_url=f"{settings.API_URL}/report-service/status/{page.slug}/feed",
        feed_guid=address,
    )
    entries = [
        *(_incident(row) for row in incidents_public(page=page)),
        *map(_maintenance, _soonest(maintenance_public(page=page))),
        *_announcements(page),
    ]
    for entry in sorted(entries, key=lambda entry: entry["updateddate"], reverse=True):
        feed.add_item(
            title=_clean(entry["title"]),
            link=address,
            description=_clean(entry["description"]),
            unique_id=entry["unique_id"],
            pubdate=entry["pubdate"],
            updateddate=entry["updateddate"],
        )
    return feed.writeString("utf-8").encode()


def _incident(row: PublicIncident) -> Entry:
    over, updates = row["resolved_at"], row["updates"]
    title = _("%(name)s has recovered") if over else _("%(name)s is down")
    # It became an incident when it was confirmed: what came in between must not be newer than it.
    begun = max(row["started_at"], row["confirmed_at"] or row["started_at"])
    return {
        "title": title % {"name": row["name"]},
        "description": "\n\n".join(update.text for update in updates),
        "unique_id": f"urn:uuid:{row['key']}",
        "pubdate": row["started_at"],
        "updateddate": max([over or begun, begun, *(update.updated_at for update in updates)]),
    }


def _soonest(rows: list[PublicMaintenance]) -> list[PublicMaintenance]:
    """One of each window: what comes every day is one entry, which becomes newer."""
    found: dict[str, PublicMaintenance] = {}
    for row in rows:
        found.setdefault(row["window_key"], row)
    return list(found.values())


def _maintenance(row: PublicMaintenance) -> Entry:
    # What is planned has been told for as long as it could be; an entry's moment never lies in the future.
    told = row["starts_at"] if row["under_way"] else row["starts_at"] - timedelta(days=MAINTENANCE_DAYS)
    starts_at, ends_at = timezone.localtime(row["starts_at"]), timezone.localtime(row["ends_at"])
    return {
        "title": _("Maintenance: %(names)s") % {"names": ", ".join(row["endpoints"])},
        "description": f"{starts_at:%Y-%m-%d %H:%M} – {ends_at:%Y-%m-%d %H:%M} ({timezone.get_current_timezone_name()})",
        "unique_id": f"urn:uuid:{row['window_key']}",
        "pubdate": told,
        "updateddate": told,
    }


def _announcements(page: StatusPage) -> list[Entry]:
    return [
        {
            "title": row.title,
            "description": row.text,
            "unique_id": f"urn:uuid:{key_of(page, f'announcement {row.pk}')}",
            "pubdate": row.starts_at,
            "updateddate": max(row.updated_at, row.starts_at),
        }
        for row in announcements_shown(page=page)
    ]


def _clean(text: str) -> str:
    return _NOT_XML.sub("", text)
