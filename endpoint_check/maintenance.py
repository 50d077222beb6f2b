"""Whether a maintenance window is open: once from a moment on, or recurring by cron in a time zone."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from croniter import croniter

from endpoint_check.models import MaintenanceWindow

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Window:
    """One window; `duration` in seconds. Without endpoints and tags it covers everything of its user."""

    user_id: int
    duration: float
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    cron: str = ""
    time_zone: str = "UTC"
    endpoint_ids: frozenset[int] = frozenset()
    tags: frozenset[str] = frozenset()

    def covers(self, endpoint_id: int, tags: Iterable[str]) -> bool:
        """Whether the window is meant for this endpoint."""
        if not self.endpoint_ids and not self.tags:
            return True
        return endpoint_id in self.endpoint_ids or not self.tags.isdisjoint(tags)

    def is_open(self, at: datetime) -> bool:
        """Whether it is open at `at`; a recurring one only between `starts_at` and `ends_at`, where they are set."""
        if self.cron:
            if (self.starts_at and at < self.starts_at) or (self.ends_at and at >= self.ends_at):
                return False
            last = last_occurrence(self.cron, self.time_zone, at.replace(second=0, microsecond=0))
            return at < last + timedelta(seconds=self.duration)
        if self.starts_at is None:
            return False
        end = self.starts_at + timedelta(seconds=self.duration)
        return self.starts_at <= at < end


@lru_cache(maxsize=4096)
def last_occurrence(cron: str, time_zone: str, minute: datetime) -> datetime:
    """The latest moment not after `minute` that `cron` names on the clocks of `time_zone`.

    The search runs on local clock times, which are then placed in the zone: 03:00 is 03:00 in summer and winter. A
    time that the clocks skip is taken an hour later, one that comes twice the first time.
    """
    zone = ZoneInfo(time_zone)
    local = minute.astimezone(zone).replace(tzinfo=None)
    search = croniter(cron, local + timedelta(minutes=1))
    while True:
        clock: datetime = search.get_prev(datetime)
        moment = clock.replace(tzinfo=zone).astimezone(minute.tzinfo)
        if moment <= minute:
            return moment


@dataclass
class Windows:
    """Every window by its user, as one look-up for many checks."""

    by_user: dict[int, list[Window]] = field(default_factory=dict)

    def is_open(self, *, user_id: int, endpoint_id: int, tags: Sequence[str], at: datetime) -> bool:
        """Whether any of the user's windows covers this endpoint now."""
        windows = self.by_user.get(user_id)
        return windows is not None and any(w.covers(endpoint_id, tags) and w.is_open(at) for w in windows)


def windows_load(*, region: str) -> Windows:
    """Read the region's windows; there are few of them. One that cannot be understood is left out, and ends no check."""
    windows, now = Windows(), datetime.now(UTC)
    for row in MaintenanceWindow.objects.filter(region=region):
        window = Window(
            user_id=row.user_id,
            duration=row.duration,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            cron=row.cron,
            time_zone=row.time_zone,
            endpoint_ids=frozenset(row.endpoint_ids),
            tags=frozenset(row.tags),
        )
        try:
            window.is_open(now)
        except Exception:
            logger.exception("The maintenance window %s cannot be understood", row.window_id)
        else:
            windows.by_user.setdefault(row.user_id, []).append(window)
    return windows
