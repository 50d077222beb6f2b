"""Cron expressions on the clocks of a time zone: the moments that they name. No Django here.

They are Debian's cron's (Vixie's):

- Where the minute or the hour of the expression begins with `*`, it names every minute that the clocks show: what they skip
  does not come, what they show twice comes twice.
- Any other expression names times of the day. One that the clocks skip as they go forward by less than three hours comes
  in the first minute after the gap; by more, it does not come. One that they show twice comes the first time.
- Where day of month or weekday begins with `*`, a day must match both; else either.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache

from cronsim import CronSim, CronSimError

from common.clocks.time_zones import Steady, placed, shown, steady_stretches

MAX_CRON = 100
"""Characters of an expression."""
_LONGEST_GAP = timedelta(hours=3)
_CHUNK = timedelta(days=35)
_DAY = timedelta(days=1)
_FIELDS = {"minute": (0, 59), "hour": (0, 23), "day": (1, 31), "month": (1, 12), "weekday": (0, 6)}
_NAMES = {
    "month": ("", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
    "weekday": ("sun", "mon", "tue", "wed", "thu", "fri", "sat"),
}
_RANGE = re.compile(r"([a-z]{3}|\d{1,2})-([a-z]{3}|\d{1,2})(?:/(\d{1,4}))?", re.ASCII)
_FROM_WEEKDAY = re.compile(r"^([a-z]{3}|[0-6])/(\d+)$", re.ASCII)
_LAST_WEEKDAY = re.compile(r"l([0-7])", re.ASCII)
_YEARS = tuple(
    {(date(year, 1, 1).weekday(), date(year, 12, 31).weekday()): year for year in range(2000, 2028)}.values()
)
"""One year of each of the calendar's fourteen kinds."""


class MalformedCron(ValueError):
    """No cron expression of five fields."""


class NeverOpens(ValueError):
    """An expression whose day is in no year, such as 30 February."""


class Recurrence:
    """The moments that a cron expression names on the clocks of a time zone."""

    def __init__(self, cron: str, time_zone: str) -> None:
        """Raises `MalformedCron`, `NeverOpens` as far as it shows at once, and what `ZoneInfo` raises for no zone."""
        fields = cron.lower().split()
        if len(cron) > MAX_CRON or len(fields) != len(_FIELDS):
            raise MalformedCron(cron)
        parsed = _parsed([_respelled(field, name) for field, name in zip(fields, _FIELDS, strict=True)])
        self.time_zone = time_zone
        self._matches, self._months = parsed.match_day, frozenset(parsed.months)
        self._hours, self._minutes = sorted(parsed.hours), sorted(parsed.minutes)
        self._by_the_clock = fields[0].startswith("*") or fields[1].startswith("*")

    @cached_property
    def never(self) -> bool:
        """Whether no day of any year matches; about 5,000 days are looked at once."""
        return not any(any(self._days(date(year, 1, 1), date(year, 12, 31))) for year in _YEARS)

    def starts(self, first: datetime, last: datetime) -> Iterator[datetime]:
        """The moments from `first` on and before `last`, in order."""
        while first < last:
            day = next(self._days((first - _DAY).date(), (last + _DAY).date()), None)
            if day is None:
                return
            first = max(first, datetime.combine(day, time(), UTC) - _DAY)
            until = min(last, first + _CHUNK)
            latest = None
            for stretch in steady_stretches(self.time_zone, first, until):
                for wall in self._walls(*self._bounds(stretch, first, until)):
                    moment = placed(wall, stretch)
                    if moment != latest:
                        yield moment
                    latest = moment
            first = until

    def latest_start(self, first: datetime, last: datetime) -> datetime | None:
        """The latest of the moments from `first` on and before `last`."""
        for stretch in reversed(list(steady_stretches(self.time_zone, first, last))):
            for wall in self._walls(*self._bounds(stretch, first, last), backwards=True):
                return placed(wall, stretch)
        return None

    def _bounds(self, stretch: Steady, first: datetime, last: datetime) -> tuple[datetime, datetime]:
        """What the clocks show at both ends of a stretch, as far as it lies between `first` and `last`.

        Times of the day go on where the clocks would stand unmoved: so a gap's times come at its end, and repeated ones
        do not come again.
        """
        low = shown(max(first, stretch.starts_at), stretch.offset)
        high = shown(min(last, stretch.ends_at), stretch.offset)
        unmoved, gap = shown(stretch.starts_at, stretch.before), stretch.offset - stretch.before
        if self._by_the_clock or not gap:
            return low, high
        if gap < timedelta():
            return max(low, unmoved), high
        skipped = gap < _LONGEST_GAP and first <= stretch.starts_at < last
        return (unmoved if skipped else low), high

    def _walls(self, low: datetime, high: datetime, *, backwards: bool = False) -> Iterator[datetime]:
        """What clocks show when the expression matches, from `low` on and before `high`, without a zone."""
        hours, minutes = (self._hours, self._minutes) if not backwards else (self._hours[::-1], self._minutes[::-1])
        for day in self._days(low.date(), high.date(), backwards=backwards):
            for hour in hours:
                if (day == low.date() and hour < low.hour) or (day == high.date() and hour > high.hour):
                    continue
                for minute in minutes:
                    wall = datetime.combine(day, time(hour, minute))
                    if low <= wall < high:
                        yield wall

    def _days(self, first: date, last: date, *, backwards: bool = False) -> Iterator[date]:
        """The days that match, both ends included."""
        ordinals = range(first.toordinal(), last.toordinal() + 1)
        for ordinal in reversed(ordinals) if backwards else ordinals:
            day = date.fromordinal(ordinal)
            if day.month in self._months and self._matches(day):
                yield day


@lru_cache(maxsize=4096)
def recurrence_of(cron: str, time_zone: str) -> Recurrence:
    """The recurrence, parsed once a process; raises as `Recurrence` does."""
    return Recurrence(cron, time_zone)


def _parsed(fields: list[str]) -> CronSim:
    try:
        return _read(fields)
    except (CronSimError, ValueError) as error:
        minute, hour, day, month, weekday = fields
        for other in ([minute, hour, "*", month, weekday], [minute, hour, day, "*", weekday]):
            try:
                _read(other)
            except (CronSimError, ValueError):
                raise MalformedCron(" ".join(fields)) from error
        raise NeverOpens(" ".join(fields)) from error


def _read(fields: list[str]) -> CronSim:
    return CronSim(" ".join(fields), datetime(2000, 1, 1))  # noqa: DTZ001  what clocks show


def _respelled(field: str, name: str) -> str:
    """As cronsim reads it what it reads otherwise or not: `fri-mon` and `22-2` over the end, `mon/2`, `5-5/2`, and `l5`."""
    return ",".join(_term(term, name) for term in field.split(","))


def _term(term: str, name: str) -> str:
    if name == "weekday":
        if last_weekday := _LAST_WEEKDAY.fullmatch(term):
            return f"{last_weekday[1]}l"
        term = _FROM_WEEKDAY.sub(r"\1-6/\2", term)
    if not (found := _RANGE.fullmatch(term)):
        return term
    (least, most), step = _FIELDS[name], int(found[3] or 1)
    first, last = (_number(text, name) for text in found.group(1, 2))
    if first < last or first > most + (name == "weekday") or last < least or not step:
        return term
    values = [first] if first == last else [*range(first, most + 1), *range(least, last + 1)]
    return ",".join(str(number) for number in values[::step])


def _number(text: str, name: str) -> int:
    """-1 for a name that is none."""
    if text.isdigit():
        return int(text)
    names = _NAMES.get(name, ())
    return names.index(text) if text in names else -1
