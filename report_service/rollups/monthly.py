# ruff: noqa: S608  SQL is put together of our own names alone; values are parameters
"""Months that take no more results, one row each: so a year is read from some seventy rows and not from 365."""

from datetime import datetime, timedelta

from django.db import connection, transaction

from report_service.results.partitions import lock, oldest_kept
from report_service.rollups import rollup_columns
from report_service.rollups.time_spans import Span

_AT_ONCE = 100
"""Endpoints that are made in one turn of the lock."""


def month_floor(moment: datetime) -> datetime:
    """The start of its month (UTC)."""
    return moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month(start: datetime) -> datetime:
    """The month after the one that begins at `start`."""
    return month_floor(start + timedelta(days=32))


def months_roll_up() -> int:
    """Make what is missing of months that lie wholly beyond the retention of results; returns how many rows.

    In turns of their own, so that results go on coming in; what a killed worker left out the next run makes. Months that
    are all made are marked, so that nothing is searched for until the next one is over.
    """
    made, until = 0, month_floor(oldest_kept())
    since = _marked()
    while since < until and (ids := _unfolded(since, until)):
        with transaction.atomic(), connection.cursor() as cursor:
            lock()
            cursor.execute(
                f"INSERT INTO rollup_month (endpoint_id, user_id, start, region, {rollup_columns.names('day')})"
                f" SELECT endpoint_id, min(user_id), date_trunc('month', start, 'UTC'), region, {rollup_columns.summed()}"
                " FROM rollup_day WHERE endpoint_id = ANY(%s) AND start >= %s AND start < %s GROUP BY endpoint_id, 3, region"
                " ON CONFLICT DO NOTHING",
                [ids, since, until],
            )
            made += cursor.rowcount
            if not cursor.rowcount:  # only erased meanwhile
                break
    if since != until:  # before it where the retention was raised: those months take results again
        with connection.cursor() as cursor:
            # The ingest sets it back where a month took a result after all.
            cursor.execute("UPDATE rollup_month_mark SET folded_until = %s WHERE folded_until = %s", [until, since])
    return made


def _marked() -> datetime:
    """Up to where all months were made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT folded_until FROM rollup_month_mark")
        since: datetime = cursor.fetchone()[0]
        return since


def _unfolded(since: datetime, until: datetime) -> list[int]:
    """Some endpoints that have days of a month without a row."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT endpoint_id FROM (SELECT endpoint_id, date_trunc('month', start, 'UTC') FROM rollup_day"
            " WHERE start >= %s AND start < %s EXCEPT SELECT endpoint_id, start FROM rollup_month) AS missing LIMIT %s",
            [since, until, _AT_ONCE],
        )
        return [endpoint_id for (endpoint_id,) in cursor.fetchall()]


def split(*, endpoint_id: int, days: Span) -> tuple[list[Span], list[Span]]:
    """Whole days as the months that are made, and the days around and between them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT start FROM rollup_month WHERE endpoint_id = %s AND start >= %s AND start < %s ORDER BY 1",
            [endpoint_id, days.start, month_floor(days.end)],
        )
        months = [Span(start, next_month(start)) for (start,) in cursor.fetchall()]
    edges = [days.start, *(edge for month in months for edge in month), days.end]
    rest = [Span(edges[place], edges[place + 1]) for place in range(0, len(edges), 2)]
    return months, [span for span in rest if span]
