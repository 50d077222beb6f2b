"""When windows are open, once or again by cron, when quiet hours end, and which endpoints a choice covers. No Django here.

A recurring window opens when `common.clocks.cron` says, and stays open for its duration in real seconds. `starts_at` and `ends_at`
cut it: it is open at a moment if an occurrence has begun and not ended, and the moment is neither before `starts_at` nor
from `ends_at` on.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

from common.clocks.cron import NeverOpens, recurrence_of
from common.clocks.time_zones import placed, shown, steady_stretches

SEARCHED = timedelta(days=41 * 366)
"""How far an occurrence may be away: 29 February on one weekday comes 40 years apart where 2100 lies between."""
MOST_STARTS = 500
"""Starts that one look at a window takes at most: one that is always open would never end."""
_AHEAD = timedelta(days=8)
"""How far ahead the next edge of a window is looked for at once."""
_DAY = timedelta(days=1)
_TICK = timedelta(microseconds=1)
_FOR_EVER = datetime.max.replace(tzinfo=UTC)


class Span(NamedTuple):
    """A time that a window is open."""

    starts_at: datetime
    ends_at: datetime


def covers_everything(*, endpoint_ids: Collection[int], tags: Collection[str], covers_all: bool | None = None) -> bool:
    """Whether a choice of endpoints is for all: it names none and no tags, and nobody said that it is not for all.

    Said so (`covers_all` is False) it is for none: what it named is gone.
    """
    return covers_all is not False and not endpoint_ids and not tags


def covers(
    *, endpoint_ids: Collection[int], tags: Collection[str], endpoint_id: int, endpoint_tags: Collection[str],
    covers_all: bool | None = None,
) -> bool:  # fmt: skip
    """Whether a choice of endpoints is for this one: by its id, one of its tags, or as one of all."""
    if covers_everything(endpoint_ids=endpoint_ids, tags=tags, covers_all=covers_all):
        return True
    return endpoint_id in endpoint_ids or any(tag in tags for tag in endpoint_tags)


@dataclass(frozen=True)
class Window:
    """When something is under maintenance, and what; `duration` in seconds. Without `cron` it comes once, at `starts_at`.

    Methods raise `ValueError`, or another error that a zone or a time beyond every calendar brings about, for what
    cannot be understood; `check` does so at once.
    """

    duration: float
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    cron: str = ""
    time_zone: str = "UTC"
    endpoint_ids: frozenset[int] = frozenset()
    tags: frozenset[str] = frozenset()
    covers_all: bool | None = None

    @property
    def is_for_all(self) -> bool:
        """Whether it is for every endpoint of its owner."""
        return covers_everything(endpoint_ids=self.endpoint_ids, tags=self.tags, covers_all=self.covers_all)

    def covers(self, endpoint_id: int, tags: Collection[str]) -> bool:
        """Whether it is for this endpoint."""
        return self.is_for_all or endpoint_id in self.endpoint_ids or not self.tags.isdisjoint(tags)

    def check(self, at: datetime) -> None:
        """Raise what is wrong with it: `MalformedCron`, `NeverOpens`, no such zone."""
        if self.cron and recurrence_of(self.cron, self.time_zone).never:
            raise NeverOpens(self.cron)
        self.edge(at)

    def is_open(self, at: datetime) -> bool:
        """Whether it is open at a moment."""
        return self.edge(at)[0]

    def edge(self, at: datetime) -> tuple[bool, datetime]:
        """Whether it is open at a moment, and until when that is certain: look again then."""
        low, high = self._limits()
        if not low <= at < high:
            return False, low if at < low else _FOR_EVER
        if not self.cron:
            return True, high
        recurrence = recurrence_of(self.cron, self.time_zone)
        start = recurrence.latest_start(at - self._length + _TICK, at + _TICK)
        if start is not None:
            return True, min(start + self._length, high)
        return False, next(recurrence.starts(at, at + _AHEAD), at + _AHEAD)

    def spans(self, first: datetime, last: datetime, *, most_starts: int = MOST_STARTS) -> Iterator[Span]:
        """When it is open between two moments, in order; what touches is one span, which may reach beyond either.

        At most so many starts are looked at: a window that is always open ends with them.
        """
        low, high = self._limits()
        first, last = max(first, low), min(last, high)
        if first >= last:
            return
        if not self.cron:
            yield Span(low, high)
            return
        span: Span | None = None
        starts = recurrence_of(self.cron, self.time_zone).starts(first - self._length + _TICK, last)
        for start, _number in zip(starts, range(most_starts), strict=False):
            occurrence = Span(max(start, low), min(start + self._length, high))
            if span is not None and occurrence.starts_at > span.ends_at:
                yield span
                span = None
            span = occurrence if span is None else Span(span.starts_at, occurrence.ends_at)
        if span is not None:
            yield span

    @property
    def _length(self) -> timedelta:
        return timedelta(seconds=self.duration)

    def _limits(self) -> tuple[datetime, datetime]:
        """It is never open before the one and from the other on."""
        if self.cron:
            return self.starts_at or datetime.min.replace(tzinfo=UTC), self.ends_at or _FOR_EVER
        if self.starts_at is None:
            return _FOR_EVER, _FOR_EVER
        return self.starts_at, self.starts_at + self._length


def quiet_hours_end(at: datetime, *, quiet_from: time, quiet_to: time, time_zone: str) -> datetime:
    """The first moment from `at` on that is not within quiet hours; itself where it is outside.

    It is quiet whenever the clocks show a time from `quiet_from` on and before `quiet_to`, which may lie over midnight:
    a time that they skip begins or ends it at the gap, one that they show twice does so twice. Equal ends are none.
    """
    moment = at
    for stretch in steady_stretches(time_zone, at, at + 2 * _DAY):
        if stretch.ends_at <= at:
            continue
        moment = max(at, stretch.starts_at)
        wall = shown(moment, stretch.offset)
        if not _is_quiet(wall.time(), quiet_from, quiet_to):
            return moment
        ends = datetime.combine(wall.date(), quiet_to)
        moment = placed(ends if ends > wall else ends + _DAY, stretch)
        if moment < stretch.ends_at:
            return moment
    return moment


def _is_quiet(clock: time, quiet_from: time, quiet_to: time) -> bool:
    if quiet_from <= quiet_to:
        return quiet_from <= clock < quiet_to
    return clock >= quiet_from or clock < quiet_to
