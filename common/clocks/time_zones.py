"""IANA time zones: their names, and when their clocks are moved."""

import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCKS_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  what clocks show
_DAY = timedelta(days=1)
_LOOKS = timedelta(days=3)
"""No zone moved its clocks twice within this; since 1970 there is almost a week between two moves."""


class Steady(NamedTuple):
    """A stretch of time in which a zone's clocks are so far ahead of UTC; `before` is how far they were until then."""

    starts_at: datetime
    ends_at: datetime
    offset: timedelta
    before: timedelta


@cache
def time_zones() -> frozenset[str]:
    """Names such as `Asia/Seoul`. To find them is to read some 600 files, so they are found once a process."""
    return frozenset(zoneinfo.available_timezones())


def steady_stretches(zone: str, first: datetime, last: datetime) -> Iterator[Steady]:
    """The stretches between `first` and `last` in order; raises `ZoneInfoNotFoundError` and `ValueError` for no zone.

    The first one has begun at `first` at the latest, the last one reaches at least to `last`.
    """
    first, last = first - _DAY, max(first, last) + _DAY
    starts_at, offset = first, _offset(ZoneInfo(zone), first)
    before = offset
    for year in range(first.year, last.year + 1):
        for moved_at, moved_to in _moves(zone, year):
            if moved_at <= first:
                continue
            if moved_at > last:
                break
            yield Steady(starts_at, moved_at, offset, before)
            starts_at, offset, before = moved_at, moved_to, offset
    yield Steady(starts_at, last, offset, before)


def shown(moment: datetime, offset: timedelta) -> datetime:
    """What clocks show that are so far ahead of UTC, without a zone."""
    return _CLOCKS_EPOCH + (moment - _EPOCH) + offset


def placed(wall: datetime, stretch: Steady) -> datetime:
    """When the clocks show it within a stretch; what they skip at its beginning comes there."""
    return max(stretch.starts_at, _EPOCH + (wall - _CLOCKS_EPOCH) - stretch.offset)


@lru_cache(maxsize=8192)
def _moves(name: str, year: int) -> tuple[tuple[datetime, timedelta], ...]:
    """When the zone's clocks are moved in a year of UTC, and how far ahead of UTC they are from then on."""
    zone, found = ZoneInfo(name), []
    day, ends_at = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    offset = _offset(zone, day)
    while day < ends_at:
        later = min(day + _LOOKS, ends_at)
        if (moved_to := _offset(zone, later)) != offset:
            found.append((_first_with(zone, moved_to, day, later), moved_to))
            offset = moved_to
        day = later
    return tuple(found)


def _first_with(zone: ZoneInfo, offset: timedelta, before: datetime, after: datetime) -> datetime:
    """The first second of an offset that is not there yet at `before`, and is at `after`."""
    while (apart := (after - before) // timedelta(seconds=1)) > 1:
        middle = before + timedelta(seconds=apart // 2)
        before, after = (before, middle) if _offset(zone, middle) == offset else (middle, after)
    return after


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()
