"""A status page as an Atom feed (RFC 4287): its announcements, incidents and maintenance."""

import re
from typing import Any

from django.conf import settings
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from report_service.models import StatusPage
from report_service.pages import announcements_shown, incidents_public, key_of, maintenance_public

_NOT_XML = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold."""


def page_feed(*, page: StatusPage) -> bytes:
    """The feed's XML, newest entry first."""
    address = f"{settings.PUBLIC_URL}/status/{page.slug}"
    feed = Atom1Feed(
        title=_clean(page.title),
        link=address,
        description=_clean(page.description),
        language=get_language(),
        feed_url=f"{settings.API_URL}/report-service/status/{page.slug}/feed",
        feed_guid=address,
    )
    entries = [
        *(_incident(row) for row in incidents_public(page=page)),
        *map(_maintenance, maintenance_public(page=page)),
        *_announcements(page),
    ]
    for entry in sorted(entries, key=lambda entry: entry["updateddate"], reverse=True):
        feed.add_item(link=address, **{name: _clean(value) for name, value in entry.items()})
    return feed.writeString("utf-8").encode()


def _incident(row: dict[str, Any]) -> dict[str, Any]:
    over, updates = row["resolved_at"], row["updates"]
    title = _("%(name)s has recovered") if over else _("%(name)s is down")
    return {
        "title": title % {"name": row["name"]},
        "description": "\n\n".join(update.text for update in updates),
        "unique_id": f"urn:uuid:{row['key']}",
        "pubdate": row["started_at"],
        "updateddate": max([over or row["started_at"], *(update.updated_at for update in updates)]),
    }


def _maintenance(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": _("Maintenance: %(names)s") % {"names": ", ".join(row["endpoints"])},
        "description": f"{row['starts_at']:%Y-%m-%d %H:%M} – {row['ends_at']:%Y-%m-%d %H:%M} UTC",
        "unique_id": f"urn:uuid:{row['key']}",
        "pubdate": row["starts_at"],
        "updateddate": row["starts_at"],
    }


def _announcements(page: StatusPage) -> list[dict[str, Any]]:
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


def _clean(value: Any) -> Any:
    return _NOT_XML.sub("", value) if isinstance(value, str) else value
