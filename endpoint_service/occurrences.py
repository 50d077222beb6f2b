"""When a maintenance window opens next."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from croniter import croniter

from endpoint_service.models import MaintenanceWindow

_LONGEST_JUMP = timedelta(hours=24)
"""No clock was ever set further at once (Samoa left out a whole day in 2011)."""


def window_next_start(window: MaintenanceWindow, after: datetime) -> datetime | None:
    """The first start later than `after`, in UTC; None where it opens no more."""
    if not window.cron:
        return window.starts_at if window.starts_at and window.starts_at > after else None
    # The start itself may be an occurrence, and `next_occurrence` looks for later ones.
    since = max(after, window.starts_at - timedelta(microseconds=1)) if window.starts_at else after
    found = next_occurrence(window.cron, window.time_zone, since)
    return None if window.ends_at and found >= window.ends_at else found


def window_occurrences(window: MaintenanceWindow, now: datetime, *, most: int) -> list[tuple[datetime, datetime]]:
    """Start and end of the occurrence that is open at `now` and of those to come, at most so many."""
    length = timedelta(seconds=window.duration)
    found: list[tuple[datetime, datetime]] = []
    after = now - length
    while len(found) < most and (start := window_next_start(window, after)) is not None:
        found.append((start, start + length))
        after = start
    return found


def next_occurrence(cron: str, time_zone: str, after: datetime) -> datetime:
    """The first moment later than `after` that `cron` names on the clocks of `time_zone`, in UTC.

    The search runs on clock times, which are then placed in the zone: 03:00 is 03:00 in summer and winter. A time
    that the clocks skip is taken an hour later, one that comes twice the first time.
    """
    zone = ZoneInfo(time_zone)
    search = croniter(cron, after.astimezone(zone).replace(tzinfo=None) - _LONGEST_JUMP)
    while True:
        clock: datetime = search.get_next(datetime)
        moment = clock.replace(tzinfo=zone).astimezone(UTC)
        if moment > after:
            return moment
