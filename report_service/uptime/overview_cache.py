# ruff: noqa: S608  SQL is put together of our own names alone; values are parameters
"""What the overview says of the past, kept ready: of 500 endpoints it would be 57,000 wide rows at each call.

Only hours that are over are in it; when one more is over, it is put behind what is there. The ingest deletes the rows of
endpoints that get late results; writers of either side take turns, so none can store what has just become wrong. Readers
store nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import msgspec
from django.db import connection, transaction
from django.utils import timezone

from report_service.results.partitions import lock
from report_service.rollups.time_spans import DAY, HOUR, Span, floor
from report_service.uptime.formulas import mean, measured_down, uptime

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
    bars_down_ms: list[int | None] | None = None
    hour_bars_down_ms: list[int | None] | None = None
    """The downtime that was measured behind each bar; None as a whole where a version before has made the rest."""


class Kept(msgspec.Struct):
    """What the next hour's `Past` is made of: `covers_ms` and `down_ms`, by the day and by the hour, oldest first."""

    days: Sums
    hours: Sums


_past = msgspec.json.Decoder(Past).decode
_kept = msgspec.json.Decoder(Kept).decode
_NOTHING = Past([], [], [], {}), Kept([[], []], [[], []])
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def pasts(*, ids: Sequence[int], hour: datetime) -> dict[int, Past]:
    """What lies before `hour` (the start of the current one), of each endpoint.

    What is not ready is worked out without being kept: a reader takes no turn from those who write. It is made ready by
    the task, which finds here that somebody wants it.
    """
    before = _before(ids, hour)
    found = {endpoint_id: _past(past) for endpoint_id, (since, past, _kept) in before.items() if since == hour}
    missing = [endpoint_id for endpoint_id in ids if endpoint_id not in found]
    if missing:
        found |= {endpoint_id: past for endpoint_id, (past, _kept) in _grown(missing, before, hour).items()}
        _want([endpoint_id for endpoint_id in missing if endpoint_id not in before])
    return found


def overview_cache_refresh(*, most: int = 5_000) -> int:
    """Make ready what somebody wants and what is an hour old; returns how many."""
    hour, made = floor(timezone.now(), HOUR), 0
    while made < most:
        with transaction.atomic(), connection.cursor() as cursor:
            lock()
            cursor.execute("SELECT endpoint_id FROM glance WHERE hour < %s LIMIT %s", [hour, _AT_ONCE])
            ids = [endpoint_id for (endpoint_id,) in cursor.fetchall()]
            if not ids:
                break
            _keep(_grown(ids, _before(ids, hour), hour), hour)
        made += len(ids)
    return made


def _before(ids: Sequence[int], hour: datetime) -> dict[int, tuple[datetime, str, str]]:
    """What is kept of the endpoints: its hour, its `Past` and its `Kept`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT endpoint_id, hour, past, kept FROM glance WHERE endpoint_id = ANY(%s) AND hour <= %s",
            [list(ids), hour],
        )
        return {
            endpoint_id: (since if _past(past).bars_down_ms is not None else _LONG_AGO, past, kept)
            for endpoint_id, since, past, kept in cursor.fetchall()
        }


def _grown(
    ids: Sequence[int], before: Mapping[int, tuple[datetime, str, str]], hour: datetime
) -> dict[int, tuple[Past, Kept]]:
    """What was before, with what was measured since behind it."""
    made: dict[int, tuple[Past, Kept]] = {}
    by_hour: defaultdict[datetime | None, list[int]] = defaultdict(list)
    for endpoint_id in ids:
        by_hour[before[endpoint_id][0] if endpoint_id in before else None].append(endpoint_id)
    for since, some in by_hour.items():
        for start in range(0, len(some), _AT_ONCE):
            part = some[start : start + _AT_ONCE]
            days, hours = _new(part, since, hour)
            for endpoint_id in part:
                known = before.get(endpoint_id)
                beginning = (_past(known[1]), _kept(known[2])) if known and known[0] != _LONG_AGO else _NOTHING
                made[endpoint_id] = _longer(*beginning, days[endpoint_id], hours[endpoint_id])
    return made


def _keep(made: Mapping[int, tuple[Past, Kept]], hour: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO glance SELECT id, %s, past, kept FROM unnest(%s, %s, %s) AS made (id, past, kept)"
            " ON CONFLICT (endpoint_id) DO UPDATE SET hour = excluded.hour, past = excluded.past, kept = excluded.kept",
            [
                hour,
                list(made),
                *([msgspec.json.encode(one).decode() for one in ones] for ones in zip(*made.values(), strict=True)),
            ],
        )


def _want(ids: Sequence[int]) -> None:
    """Leave what holds nothing yet, and so cannot become wrong, for the task to find."""
    past, kept = (msgspec.json.encode(one).decode() for one in _NOTHING)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO glance SELECT id, 'epoch', %s, %s FROM unnest(%s::bigint[]) AS id ON CONFLICT DO NOTHING",
            [past, kept, sorted(ids)],
        )


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
        bars_down_ms=_most(BARS, past.bars_down_ms or [], map(measured_down, *days)),
        hour_bars_down_ms=_most(SPARKS, past.hour_bars_down_ms or [], map(measured_down, *hours[:2])),
    )
    return longer, Kept(all_days, all_hours)


def _most(count: int, old: Iterable[Value], new: Iterable[Value]) -> list[Value]:
    """The last ones, as many as fit in front of the current one."""
    return [*old, *new][1 - count :]


def _last(values: list[float], count: int) -> int:
    return int(sum(values[-count:]))


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
