"""Maintenance windows: copies kept by endpoint_service's feed, and when they are open in the coming days."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from croniter import croniter
from django.db.models import Q
from django.utils.dateparse import parse_datetime

from report_service.models import EndpointCopy, WindowCopy

logger = logging.getLogger(__name__)
_LONGEST_JUMP = timedelta(hours=24)
"""No clock was ever set further at once."""
_MOST = 20
"""Times of one window that are told; one that opens every hour is not worth more lines."""


class Opening(NamedTuple):
    """A time of maintenance, and what it is meant for."""

    starts_at: datetime
    ends_at: datetime
    endpoint_ids: list[int]


def windows_apply(items: Sequence[dict[str, Any]]) -> None:
    """Bring the copies up to date with a page of the feed."""
    WindowCopy.objects.filter(id__in=[item["id"] for item in items if item["deleted"]]).delete()
    rows = [
        WindowCopy(
            id=item["id"],
            user_id=item["user_id"],
            endpoint_ids=item["endpoint_ids"],
            tags=item["tags"],
            starts_at=_moment(item["starts_at"]),
            ends_at=_moment(item["ends_at"]),
            duration=item["duration"],
            cron=item["cron"] or "",
            time_zone=item["time_zone"] or "UTC",
        )
        for item in items
        if not item["deleted"]
    ]
    names = ["user_id", "endpoint_ids", "tags", "starts_at", "ends_at", "duration", "cron", "time_zone"]
    WindowCopy.objects.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=names)


def _moment(text: str | None) -> datetime | None:
    return parse_datetime(text) if text else None


def openings(*, user_id: int, endpoints: Sequence[EndpointCopy], first: datetime, last: datetime) -> list[Opening]:
    """When the user's windows are open for any of these endpoints between two moments, in order."""
    found = []
    for window in WindowCopy.objects.filter(Q(ends_at=None) | Q(ends_at__gt=first) | Q(cron=""), user_id=user_id):
        meant = [endpoint.id for endpoint in endpoints if _covers(window, endpoint)]
        if meant:
            found += [Opening(*times, meant) for times in _times(window, first, last)]
    return sorted(found)


def _covers(window: WindowCopy, endpoint: EndpointCopy) -> bool:
    """Without endpoints and tags it is meant for everything."""
    if not window.endpoint_ids and not window.tags:
        return True
    return endpoint.id in window.endpoint_ids or not set(window.tags).isdisjoint(endpoint.tags)


def _times(window: WindowCopy, first: datetime, last: datetime) -> list[tuple[datetime, datetime]]:
    length = timedelta(seconds=window.duration)
    if not window.cron:
        start = window.starts_at
        return [(start, start + length)] if start and start < last and start + length > first else []
    since = first - length
    if window.starts_at is not None:
        since = max(since, window.starts_at - timedelta(microseconds=1))
    until = min(last, window.ends_at or last)
    try:
        return [(start, start + length) for start in _occurrences(window, since, until)]
    except Exception:  # one that cannot be understood must not take the page away
        logger.exception("The maintenance window %s cannot be understood", window.id)
        return []


def _occurrences(window: WindowCopy, since: datetime, until: datetime) -> list[datetime]:
    """Later than `since` and before `until`. The search runs on the zone's clock: 03:00 is 03:00 all the year."""
    zone = ZoneInfo(window.time_zone)
    search = croniter(window.cron, since.astimezone(zone).replace(tzinfo=None) - _LONGEST_JUMP)
    found: list[datetime] = []
    while len(found) < _MOST:
        clock: datetime = search.get_next(datetime)
        moment = clock.replace(tzinfo=zone).astimezone(UTC)
        if moment >= until:
            break
        if moment > since:
            found.append(moment)
    return found
