"""Maintenance windows: copies kept by endpoint_service's feed, and when they are open in the coming days."""

import logging
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from django.db.models import Q
from django.utils.dateparse import parse_datetime

from common.clocks.windows import MOST_STARTS, Window
from report_service.models import EndpointCopy, WindowCopy

logger = logging.getLogger(__name__)
_MOST = 20
"""Times of one window that are told; one that opens every hour is not worth more lines."""
_STARTS = 10_000
"""What all windows of an owner may cost one look: each gets its share, so that hundreds of odd ones slow no page."""


class Opening(NamedTuple):
    """A time of maintenance, and what it is meant for. `window_id` tells the times of one window from another's."""

    starts_at: datetime
    ends_at: datetime
    endpoint_ids: list[int]
    window_id: int


def windows_apply(items: Sequence[dict[str, Any]]) -> None:
    """Bring the copies up to date with a page of the feed."""
    latest = {item["id"]: item for item in items}
    WindowCopy.objects.filter(id__in=[number for number, item in latest.items() if item["deleted"]]).delete()
    rows = [
        WindowCopy(
            id=item["id"],
            user_id=item["user_id"],
            covers_all=item.get("covers_all"),
            endpoint_ids=item["endpoint_ids"],
            tags=item["tags"],
            starts_at=_moment(item["starts_at"]),
            ends_at=_moment(item["ends_at"]),
            duration=item["duration"],
            cron=item["cron"] or "",
            time_zone=item["time_zone"] or "UTC",
        )
        for item in latest.values()
        if not item["deleted"]
    ]
    names = ["user_id", "covers_all", "endpoint_ids", "tags", "starts_at", "ends_at", "duration", "cron", "time_zone"]
    WindowCopy.objects.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=names)


def _moment(text: str | None) -> datetime | None:
    return parse_datetime(text) if text else None


def openings(*, user_id: int, endpoints: Sequence[EndpointCopy], first: datetime, last: datetime) -> list[Opening]:
    """When the user's windows are open for any of these endpoints between two moments, in order.

    One that cannot be understood must not take the page away: it is left out.
    """
    rows = list(WindowCopy.objects.filter(Q(ends_at=None) | Q(ends_at__gt=first), user_id=user_id).order_by("id"))
    most_starts = min(MOST_STARTS, max(_MOST, _STARTS // max(1, len(rows))))
    found = []
    for row in rows:
        try:
            found += _openings(row, endpoints, first, last, most_starts)
        except Exception as error:  # noqa: BLE001  whatever is wrong with it is this window's alone
            logger.warning("The maintenance window %s cannot be understood: %r", row.id, error)
    return sorted(found)


def _openings(
    row: WindowCopy, endpoints: Sequence[EndpointCopy], first: datetime, last: datetime, most_starts: int
) -> list[Opening]:
    window = Window(
        row.duration, row.starts_at, row.ends_at, row.cron, row.time_zone, frozenset(row.endpoint_ids),
        frozenset(row.tags), row.covers_all,
    )  # fmt: skip
    meant = [endpoint.id for endpoint in endpoints if window.covers(endpoint.id, endpoint.tags)]
    if not meant:
        return []
    return [Opening(*span, meant, row.id) for span in islice(window.spans(first, last, most_starts=most_starts), _MOST)]
