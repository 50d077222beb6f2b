"""What cron and quiet hours mean, walked minute by minute: slow, and too simple to be wrong."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
_LEAST = (0, 0, 1, 1, 0)
_MOST = (59, 23, 31, 12, 7)


def minutes(first: datetime, last: datetime) -> Iterator[datetime]:
    """Every minute from `first` on and before `last`."""
    while first < last:
        yield first
        first += MINUTE


def starts(cron: str, zone: ZoneInfo, first: datetime, last: datetime) -> list[datetime]:
    """When Debian's cron starts a job, had it run since a day before: it looks at the clocks each minute.

    `virtual` is the minute up to which it has started jobs of fixed times: after a small step forward it runs what lies
    between, after a small one back it waits, and after three hours or more forward it takes the new time at once.
    """
    fields = [_field(text, number) for number, text in enumerate(cron.split())]
    by_the_clock, found = any(text.startswith("*") for text in cron.split()[:2]), []
    virtual = _clock(first - timedelta(days=1) - MINUTE, zone)
    for moment in minutes(first - timedelta(days=1), last):
        clock = _clock(moment, zone)
        if by_the_clock:
            starting = _matches(fields, cron, clock)
        else:
            step = clock - virtual
            between = list(minutes(virtual + MINUTE, clock + MINUTE)) if step <= timedelta(hours=3) else [clock]
            starting = step > timedelta() and any(_matches(fields, cron, passed) for passed in between)
            virtual = max(virtual, clock)
        if starting and moment >= first:
            found.append(moment)
    return found


def quiet_clocks(quiet_from: time, quiet_to: time) -> set[time]:
    """What clocks show in quiet hours: one walks from their beginning around the day until their end comes."""
    day = [time(number // 60, number % 60) for number in range(24 * 60)]
    around = [*day[day.index(quiet_from) :], *day[: day.index(quiet_from)]]
    return set(around[: around.index(quiet_to)])


def _clock(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def _matches(fields: list[set[int]], cron: str, clock: datetime) -> bool:
    minute, hour, day, month, weekday = fields
    if clock.minute not in minute or clock.hour not in hour or clock.month not in month:
        return False
    of_month, of_week = clock.day in day, bool({clock.isoweekday(), clock.isoweekday() % 7} & weekday)
    stars = any(text.startswith("*") for text in (cron.split()[2], cron.split()[4]))
    return (of_month and of_week) if stars else (of_month or of_week)


def _field(text: str, number: int) -> set[int]:
    """`*`, numbers, ranges, steps and lists of them."""
    found: set[int] = set()
    for term in text.split(","):
        body, _slash, step = term.partition("/")
        first, _dash, last = ("*", "", "") if body == "*" else body.partition("-")
        least = _LEAST[number] if first == "*" else int(first)
        most = int(last) if last else _MOST[number] if first == "*" or step else least
        found |= set(range(least, most + 1, int(step or 1)))
    return found


def utc(text: str) -> datetime:
    """A moment as ISO 8601 tells it."""
    return datetime.fromisoformat(text).astimezone(UTC)
