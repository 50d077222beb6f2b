"""Whether a maintenance window is open for an endpoint: kept by owner, and looked at anew only when one opens or closes."""

import logging
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from common.clocks.windows import Window
from endpoint_check.models import MaintenanceWindow

logger = logging.getLogger(__name__)
LOOK_SECONDS = 0.01
"""What one reading of the windows may take to look at those that changed: the check loop waits for it."""
_STEP_BACK = timedelta(minutes=1)
"""The clock may be set back that far before edges that were found are doubted."""
_LONG_AGO, _FOR_EVER = datetime(1970, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_FIELDS = (
    "user_id",
    "window_id",
    "duration",
    "starts_at",
    "ends_at",
    "cron",
    "time_zone",
    "endpoint_ids",
    "tags",
    "covers_all",
)
Row = tuple[int, int, float, datetime | None, datetime | None, str, str, list[int], list[str], bool | None]


class Deadline:
    """Begins with the first question, whose answer is always no: who asks gets on, however slow the machine is."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._ends = seconds, float("inf")

    def is_over(self) -> bool:
        """Whether so many seconds have gone since the first question."""
        now = time.monotonic()
        self._ends = min(self._ends, now + self._seconds)
        return now > self._ends


class OwnersWindows:
    """The windows of one owner, and what those that are open cover together."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = rows
        self._windows = [(row[1], Window(*row[2:7], frozenset(row[7]), frozenset(row[8]), row[9])) for row in rows]
        self._edges = [(False, _LONG_AGO)] * len(rows)
        self._looked_at = self._until = _LONG_AGO
        self._all, self._endpoint_ids, self._tags = False, frozenset[int](), frozenset[str]()

    def covers(self, endpoint_id: int, tags: Collection[str], at: datetime) -> bool:
        """Whether any window for this endpoint is open."""
        if at >= self._until or at < self._looked_at - _STEP_BACK:
            self.look(at)
        return self._all or endpoint_id in self._endpoint_ids or not self._tags.isdisjoint(tags)

    def look(self, at: datetime, *, deadline: Deadline | None = None) -> bool:
        """Find out which are open, and until when; False where `deadline` was over before all were looked at."""
        back = at < self._looked_at - _STEP_BACK
        for number, (window_id, window) in enumerate(self._windows):
            if back or at >= self._edges[number][1]:
                if deadline is not None and deadline.is_over():
                    return False
                self._edges[number] = _edge(window_id, window, at)
        self._looked_at, self._until = at, min(edge for _is_open, edge in self._edges)
        opened = [window for (_id, window), (is_open, _edge) in zip(self._windows, self._edges, strict=True) if is_open]
        self._all = any(window.is_for_all for window in opened)
        self._endpoint_ids = frozenset[int]().union(*(window.endpoint_ids for window in opened))
        self._tags = frozenset[str]().union(*(window.tags for window in opened))
        return True


def _edge(window_id: int, window: Window, at: datetime) -> tuple[bool, datetime]:
    """Whether it is open and until when; one that cannot be understood never is, and ends no check."""
    try:
        return window.edge(at)
    except Exception:
        logger.exception("The maintenance window %s cannot be understood", window_id)
        return False, _FOR_EVER


@dataclass
class Windows:
    """Every window by its owner, as one look-up for many checks; `pending` are changes that are not in force yet."""

    by_user: dict[int, OwnersWindows] = field(default_factory=dict)
    pending: dict[int, OwnersWindows] = field(default_factory=dict)

    def is_open(self, *, user_id: int, endpoint_id: int, tags: Sequence[str], at: datetime) -> bool:
        """Whether any of the user's windows covers this endpoint now."""
        windows = self.by_user.get(user_id)
        return windows is not None and windows.covers(endpoint_id, tags, at)


_loaded: dict[str, Windows] = {}
"""By region, what was read last: windows that are still the same keep what is known of them."""


def windows_load(*, region: str) -> Windows:
    """Read the region's windows.

    The first reading of a process looks at all of them. Later, each reading looks at one that changed at least; the others
    wait for the next when LOOK_SECONDS are over, the owners of many behind those of few. What they were before holds until
    then.
    """
    now, before = datetime.now(UTC), _loaded.get(region)
    deadline = Deadline(LOOK_SECONDS) if before else None
    windows, before = Windows(), before or Windows()
    for owner_id, rows in sorted(_rows(region, now).items(), key=lambda item: len(item[1])):
        old, pending = before.by_user.get(owner_id), before.pending.get(owner_id)
        if old is None or old.rows != rows:
            new = pending if pending is not None and pending.rows == rows else OwnersWindows(rows)
            if new.look(now, deadline=deadline):
                old = new
            else:
                windows.pending[owner_id] = new
        if old is not None:
            windows.by_user[owner_id] = old
    _loaded[region] = windows
    return windows


def _rows(region: str, now: datetime) -> dict[int, list[Row]]:
    """What is not over yet, by owner."""
    rows = MaintenanceWindow.objects.filter(region=region).exclude(ends_at__lte=now).order_by("user_id", "window_id")
    found: dict[int, list[Row]] = {}
    for row in rows.values_list(*_FIELDS):
        found.setdefault(row[0], []).append(row)
    return found
