# ruff: noqa: S608  SQL is put together of our own names alone; values are parameters
"""What the overview says of the past, kept ready: of 500 endpoints it would be 57,000 wide rows at each call.

Only hours that are over are in it; when one more is over, it is put behind what is there. The ingest deletes the rows of
endpoints that get late results; writers of either side take turns, so none can store what has just become wrong.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec
from django.db import connection, transaction

from report_service.partitions import lock
from report_service.periods import DAY, HOUR, Span, floor
from report_service.rollups import uptime

BARS, SPARKS = 90, 24
UPTIME_DAYS = {"7d": 7, "30d": 30, "90d": 90}
Value = TypeVar("Value")
_AT_ONCE = 100
"""How many are made in one turn of the lock."""
Sums = list[list[float]]
"""Per column a sum for each day or hour, oldest first."""


class Past(msgspec.Struct):
    """An endpoint before the current hour; percentages and ms, None where nothing was watched or timed."""

    bars: list[float | None]
    hour_bars: list[float | None]
    sparkline: list[float | None]
    covered: dict[str, tuple[int, int]]
    """By period `(covers_ms, down_ms)`: whole days before today, and for `24h` the 23 hours before this one."""


class Kept(msgspec.Struct):
    """What the next hour's `Past` is made of: `covers_ms` and `down_ms`, by the day and by the hour, oldest first."""

    days: Sums
    hours: Sums


_past = msgspec.json.Decoder(Past).decode
_kept = msgspec.json.Decoder(Kept).decode
_NOTHING = Past([], [], [], {}), Kept([[], []], [[], []])


def pasts(*, ids: Sequence[int], hour: datetime) -> dict[int, Past]:
    """What lies before `hour` (the start of the current one), of each endpoint; what is not ready is made."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT endpoint_id, past FROM glance WHERE endpoint_id = ANY(%s) AND hour = %s", [list(ids), hour]
        )
        found = {endpoint_id: _past(past) for endpoint_id, past in cursor.fetchall()}
    missing = [endpoint_id for endpoint_id in ids if endpoint_id not in found]
    for start in range(0, len(missing), _AT_ONCE):
        found |= _make(missing[start : start + _AT_ONCE], hour)
    return found


def _make(ids: Sequence[int], hour: datetime) -> dict[int, Past]:
    made: dict[int, tuple[Past, Kept]] = {}
    with transaction.atomic(), connection.cursor() as cursor:
        lock()
        cursor.execute(
            "SELECT hour, endpoint_id, past, kept FROM glance WHERE endpoint_id = ANY(%s) AND hour <= %s",
            [list(ids), hour],
        )
        before = {endpoint_id: (since, past, kept) for since, endpoint_id, past, kept in cursor.fetchall()}
        by_hour: defaultdict[datetime | None, list[int]] = defaultdict(list)
        for endpoint_id in ids:
            by_hour[before[endpoint_id][0] if endpoint_id in before else None].append(endpoint_id)
        for since, some in by_hour.items():
            days, hours = _new(some, since, hour)
            for endpoint_id in some:
                known = before.get(endpoint_id)
                start = (_past(known[1]), _kept(known[2])) if known else _NOTHING
                made[endpoint_id] = _longer(*start, days[endpoint_id], hours[endpoint_id])
        cursor.execute(
            "INSERT INTO glance SELECT id, %s, past, kept FROM unnest(%s, %s, %s) AS made (id, past, kept)"
            " ON CONFLICT (endpoint_id) DO UPDATE SET hour = excluded.hour, past = excluded.past, kept = excluded.kept",
            [
                hour,
                list(made),
                *([msgspec.json.encode(one).decode() for one in ones] for ones in zip(*made.values(), strict=True)),
            ],
        )
    return {endpoint_id: past for endpoint_id, (past, _) in made.items()}


def _new(ids: Sequence[int], since: datetime | None, hour: datetime) -> tuple[dict[int, Sums], dict[int, Sums]]:
    """Days and hours before `hour` that are not in what was made at `since`."""
    today = floor(hour, DAY)
    first_day, first_hour = today - (BARS - 1) * DAY, hour - (SPARKS - 1) * HOUR
    if since is not None:
        first_day, first_hour = max(first_day, floor(since, DAY)), max(first_hour, since)
    names = ("covers_ms", "down_ms", "total_sum", "total_count")
    days = _sums("rollup_day", names[:2], ids, Span(first_day, today), DAY)
    return days, _sums("rollup_hour", names, ids, Span(first_hour, hour), HOUR)


def _longer(past: Past, kept: Kept, days: Sums, hours: Sums) -> tuple[Past, Kept]:
    """What was made before, with the new days and hours behind it and as many fewer in front."""
    all_days = [_most(BARS, old, new) for old, new in zip(kept.days, days, strict=True)]
    all_hours = [_most(SPARKS, old, new) for old, new in zip(kept.hours, hours[:2], strict=True)]
    covered = {
        name: (_last(all_days[0], count - 1), _last(all_days[1], count - 1)) for name, count in UPTIME_DAYS.items()
    }
    longer = Past(
        bars=_most(BARS, past.bars, map(uptime, *days)),
        hour_bars=_most(SPARKS, past.hour_bars, map(uptime, *hours[:2])),
        sparkline=_most(SPARKS, past.sparkline, map(mean, *hours[2:])),
        covered={"24h": (int(sum(all_hours[0])), int(sum(all_hours[1]))), **covered},
    )
    return longer, Kept(all_days, all_hours)


def _most(count: int, old: Iterable[Value], new: Iterable[Value]) -> list[Value]:
    """The last ones, as many as fit in front of the current one."""
    return [*old, *new][1 - count :]


def _last(values: list[float], count: int) -> int:
    return int(sum(values[-count:]))


def mean(total: float, count: float) -> float | None:
    """In ms, to a tenth; None without any."""
    return round(total / count, 1) if count else None


def _sums(table: str, names: Sequence[str], ids: Sequence[int], span: Span, step: timedelta) -> dict[int, Sums]:
    """Regions are added up here: grouping tens of thousands of rows twice costs the database more."""
    count = (span.end - span.start) // step
    found: dict[int, Sums] = {endpoint_id: [[0] * count for _ in names] for endpoint_id in ids}
    if not span:
        return found
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT endpoint_id, array_agg(((date_part('epoch', start) - %s) / %s)::int),"
            f" {', '.join(f'array_agg({name})' for name in names)} FROM {table}"
            " WHERE endpoint_id = ANY(%s) AND start >= %s AND start < %s GROUP BY endpoint_id",
            [span.start.timestamp(), step.total_seconds(), list(ids), *span],
        )
        for endpoint_id, positions, *columns in cursor.fetchall():
            for sums, column in zip(found[endpoint_id], columns, strict=True):
                for position, value in zip(positions, column, strict=True):
                    sums[position] += value
    return found
