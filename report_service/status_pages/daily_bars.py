# ruff: noqa: S608  SQL is put together of our own names alone; values are parameters
"""The bars of a status page by the days of its zone, so that they and the incidents beside them have one calendar.

A day is made of the hours that begin in it. Most days need few rows: what the glance knows of the UTC days tells where
nothing was watched, and where nothing was down one hour that was watched is enough.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple, TypedDict
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from report_service.rollups.time_spans import DAY, Span, ceiling, floor
from report_service.uptime.formulas import measured_down, uptime
from report_service.uptime.overview import Glance
from report_service.uptime.overview_cache import BARS

_AT_ONCE = 50
"""How many endpoints' hours one statement reads, so that it ends within its time whatever their past."""
_SUM = "sum(covers_ms)::bigint, sum(down_ms)::bigint FROM rollup_hour WHERE {} HAVING sum(covers_ms) > 0"
_ANY = "covers_ms, 0::bigint FROM rollup_hour WHERE {} AND covers_ms > 0 LIMIT 1"
Places = Mapping[int, Sequence[int]]
"""By endpoint the places of some of its bars, oldest first."""
Sums = defaultdict[tuple[int, int], tuple[int, int]]
"""By endpoint and place `(covers_ms, down_ms)`."""


class Day(NamedTuple):
    """A day of a zone: when it begins and ends, and which places the UTC days that it touches have in a glance."""

    span: Span
    utc: range
    whole: bool
    """Whether it is a UTC day itself."""


class DailyBars(TypedDict):
    """Uptime in percent and the downtime of each of the calendar's days; None where nothing was watched."""

    bars: list[float | None]
    bars_down_ms: list[int | None]


class Calendar(NamedTuple):
    """The last 90 days of a zone, the current one at the end."""

    start: date
    now: datetime
    days: Sequence[Day]


def calendar_of(*, zone: str, now: datetime) -> Calendar:
    """The days as a zone's clocks tell them, of 23 to 25 hours where those move."""
    clocks = ZoneInfo(zone)
    start = now.astimezone(clocks).date() - timedelta(days=BARS - 1)
    dates = [start + timedelta(days=place) for place in range(BARS + 1)]
    edges = [datetime.combine(date, time(), clocks).astimezone(UTC) for date in dates]
    first = floor(now, DAY) - (BARS - 1) * DAY
    return Calendar(start, now, [_day(Span(*edges), first) for edges in pairwise(edges)])


def _day(span: Span, first: datetime) -> Day:
    utc = range((floor(span.start, DAY) - first) // DAY, (ceiling(span.end, DAY) - first) // DAY)
    return Day(span, utc, whole=span.start == floor(span.start, DAY) and span.end - span.start == DAY)


def bars_local(*, glances: Sequence[Glance], calendar: Calendar) -> dict[int, DailyBars]:
    """The bars of each endpoint by the calendar's days; `glances` were made at its `now`."""
    exact: dict[int, list[int]] = {}
    good: dict[int, list[int]] = {}
    for glance in glances:
        exact[glance["endpoint_id"]], good[glance["endpoint_id"]] = _unclear(glance, calendar)
    sums: Sums = defaultdict(lambda: (0, 0))
    ids = list(exact)
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        _add_hours(sums, _SUM, {number: exact[number] for number in part}, calendar)
        _add_hours(sums, _ANY, {number: good[number] for number in part}, calendar)
    _add_days(sums, ids, calendar)
    return {glance["endpoint_id"]: _bars(glance, sums, calendar) for glance in glances}


def _bars(glance: Glance, sums: Sums, calendar: Calendar) -> DailyBars:
    bars: list[float | None] = []
    down: list[int | None] = []
    for place, day in enumerate(calendar.days):
        if day.whole:
            bars.append(glance["bars"][day.utc[0]])
            down.append(glance["bars_down_ms"][day.utc[0]])
        else:
            covers_ms, down_ms = sums.get((glance["endpoint_id"], place), (0, 0))
            bars.append(uptime(covers_ms, down_ms))
            down.append(measured_down(covers_ms, down_ms))
    return {"bars": bars, "bars_down_ms": down}


def _unclear(glance: Glance, calendar: Calendar) -> tuple[list[int], list[int]]:
    """The places whose hours are to be added up, and those where any hour that was watched is a good one."""
    since, told = _hours_since(calendar), glance["bars_down_ms"]
    exact, good = [], []
    for place, (span, utc, whole) in enumerate(calendar.days):
        if whole or span.end <= since:
            continue
        known = [told[day] for day in utc if 0 <= day < BARS]
        if len(known) < len(utc) or span.start < since or any(known):
            exact.append(place)
        elif any(down is not None for down in known):
            good.append(place)
    return exact, good


def _add_hours(sums: Sums, what: str, places: Places, calendar: Calendar) -> None:
    """Add what the hours of the places say; `what` is chosen for each."""
    wanted = [(number, place) for number, some in places.items() for place in some]
    if not wanted:
        return
    since = _hours_since(calendar)
    chosen = what.format("endpoint_id = wanted.number AND start >= day.first AND start < day.last")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT number, wanted.place, covers_ms, down_ms FROM unnest(%s::timestamptz[], %s::timestamptz[])"
            " WITH ORDINALITY AS day (first, last, position)"
            " JOIN unnest(%s::bigint[], %s::int[]) AS wanted (number, place) ON position = wanted.place + 1"
            f" CROSS JOIN LATERAL (SELECT {chosen}) AS found (covers_ms, down_ms)",
            [
                [max(day.span.start, since) for day in calendar.days],
                [day.span.end for day in calendar.days],
                *map(list, zip(*wanted, strict=True)),
            ],
        )
        for number, place, covers_ms, down_ms in cursor.fetchall():
            sums[number, place] = covers_ms, down_ms


def _add_days(sums: Sums, ids: Sequence[int], calendar: Calendar) -> None:
    """Where the hours are gone, a UTC day falls whole to the day that holds most of it, which is where its noon is."""
    first, since = floor(calendar.days[0].span.start, DAY), _hours_since(calendar)
    if first >= since:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT endpoint_id, start, sum(covers_ms)::bigint, sum(down_ms)::bigint FROM rollup_day"
            " WHERE endpoint_id = ANY(%s) AND start >= %s AND start < %s GROUP BY endpoint_id, start",
            [list(ids), first, since],
        )
        for number, start, covers_ms, down_ms in cursor.fetchall():
            noon = start + DAY / 2
            for place, day in enumerate(calendar.days):
                if day.span.start <= noon < day.span.end:
                    before = sums[number, place]
                    sums[number, place] = before[0] + covers_ms, before[1] + down_ms


def _hours_since(calendar: Calendar) -> datetime:
    """The first UTC day of which all hours are kept."""
    return ceiling(calendar.now - timedelta(days=settings.HOURLY_RETENTION_DAYS), DAY)
