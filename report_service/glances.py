# ruff: noqa: S608  SQL is put together of our own names alone; values are parameters
"""What the overview says of the past, kept ready: of 500 endpoints it would be 57,000 wide rows at each call.

Only hours that are over are in it. The ingest deletes the rows of endpoints that get late results; writers of either
side take turns, so none can store what has just become wrong.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from django.db import connection, transaction

from report_service.partitions import lock
from report_service.periods import DAY, HOUR, Span, floor
from report_service.rollups import uptime

BARS, SPARKS = 90, 24
UPTIME_DAYS = {"7d": 7, "30d": 30, "90d": 90}
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


_decode = msgspec.json.Decoder(Past).decode


def pasts(*, ids: Sequence[int], hour: datetime) -> dict[int, Past]:
    """What lies before `hour` (the start of the current one), of each endpoint; what is not ready is made."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT endpoint_id, past FROM glance WHERE endpoint_id = ANY(%s) AND hour = %s", [list(ids), hour]
        )
        found = {endpoint_id: _decode(past) for endpoint_id, past in cursor.fetchall()}
    missing = [endpoint_id for endpoint_id in ids if endpoint_id not in found]
    for start in range(0, len(missing), _AT_ONCE):
        found |= _make(missing[start : start + _AT_ONCE], hour)
    return found


def _make(ids: Sequence[int], hour: datetime) -> dict[int, Past]:
    today = floor(hour, DAY)
    with transaction.atomic(), connection.cursor() as cursor:
        lock()
        days = _sums("rollup_day", ("covers_ms", "down_ms"), ids, Span(today - (BARS - 1) * DAY, today), DAY)
        names = ("covers_ms", "down_ms", "total_sum", "total_count")
        hours = _sums("rollup_hour", names, ids, Span(hour - (SPARKS - 1) * HOUR, hour), HOUR)
        made = {endpoint_id: _past(days[endpoint_id], hours[endpoint_id]) for endpoint_id in ids}
        cursor.execute(
            "INSERT INTO glance SELECT id, %s, past FROM unnest(%s, %s) AS made (id, past)"
            " ON CONFLICT (endpoint_id) DO UPDATE SET hour = excluded.hour, past = excluded.past",
            [hour, list(made), [msgspec.json.encode(past).decode() for past in made.values()]],
        )
    return made


def _past(days: Sums, hours: Sums) -> Past:
    covered = {name: (_last(days[0], count - 1), _last(days[1], count - 1)) for name, count in UPTIME_DAYS.items()}
    return Past(
        bars=list(map(uptime, *days)),
        hour_bars=list(map(uptime, *hours[:2])),
        sparkline=list(map(mean, *hours[2:])),
        covered={"24h": (int(sum(hours[0])), int(sum(hours[1]))), **covered},
    )


def _last(values: list[float], count: int) -> int:
    return int(sum(values[-count:]))


def mean(total: float, count: float) -> float | None:
    """In ms, to a tenth; None without any."""
    return round(total / count, 1) if count else None


def _sums(table: str, names: Sequence[str], ids: Sequence[int], span: Span, step: timedelta) -> dict[int, Sums]:
    """Regions are added up here: grouping tens of thousands of rows twice costs the database more."""
    count = (span.end - span.start) // step
    found: dict[int, Sums] = {endpoint_id: [[0] * count for _ in names] for endpoint_id in ids}
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
