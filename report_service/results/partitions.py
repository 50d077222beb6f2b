"""The days of results: one partition each, made ahead or by the first row of a day, dropped after the retention."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

LOCK = 0x7265706F
"""The advisory lock of whoever writes results, rollups or partitions ("repo" in ASCII). Ingests take turns: they
update the same rollup rows, in an order that only one of them can know."""
DAYS_AHEAD = 3
_MARGIN = timedelta(hours=1)
"""A partition is kept this much longer than rows are taken, so that no clock of ours takes one for a dropped day."""

_ANALYSE_SELDOM = "autovacuum_analyze_scale_factor = 1"
"""A day's rows look alike from the first hour on: they are analysed each time they have doubled, not 10 % later."""


def lock() -> None:
    """Wait for our turn; it ends with the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def oldest_kept() -> datetime:
    """Results before this moment are refused."""
    return timezone.now() - timedelta(days=settings.RAW_RETENTION_DAYS)


def table_of(day: date) -> str:
    """The partition's name."""
    return f"report_{day:%Y%m%d}"


def partitions_ensure(days: Iterable[date]) -> int:
    """Make the missing partitions; returns how many. Inside of a transaction that holds `lock`."""
    wanted = {table_of(day): day for day in days}
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM unnest(%s::text[]) name WHERE to_regclass(name) IS NULL", [list(wanted)])
        missing = [name for (name,) in cursor.fetchall()]
        for name in missing:
            start = datetime.combine(wanted[name], datetime.min.time(), UTC)
            cursor.execute(
                f"CREATE TABLE {name} PARTITION OF report FOR VALUES FROM (%s) TO (%s) WITH ({_ANALYSE_SELDOM})",
                [start, start + timedelta(days=1)],
            )
    return len(missing)


def partition_days() -> list[date]:
    """The days that have a partition, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relid::regclass::text FROM pg_partition_tree('report') WHERE isleaf AND level = 1 ORDER BY 1"
        )
        return [datetime.strptime(name[-8:], "%Y%m%d").replace(tzinfo=UTC).date() for (name,) in cursor.fetchall()]


def partitions_make_ahead() -> int:
    """Today's partition and those of the next days, so that midnight costs nobody anything."""
    today = timezone.now().date()
    with transaction.atomic():
        lock()
        return partitions_ensure([today + timedelta(days=ahead) for ahead in range(DAYS_AHEAD + 1)])


def partitions_drop_old() -> int:
    """Drop the partitions that lie wholly beyond the retention; returns how many. Rollups stay."""
    cutoff = oldest_kept() - _MARGIN
    old = [day for day in partition_days() if datetime.combine(day, datetime.min.time(), UTC) + timedelta(1) <= cutoff]
    for day in old:
        with transaction.atomic(), connection.cursor() as cursor:
            lock()
            cursor.execute(f"DROP TABLE IF EXISTS {table_of(day)}")
            start = datetime.combine(day, datetime.min.time(), UTC)
            cursor.execute("DELETE FROM report_count WHERE start >= %s AND start < %s", [start, start + timedelta(1)])
    return len(old)


def hours_drop_old() -> int:
    """Remove hourly rollups beyond their retention; daily ones stay for ever."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM rollup_hour WHERE start < %s",
            [timezone.now() - timedelta(days=settings.HOURLY_RETENTION_DAYS)],
        )
        return int(cursor.rowcount)
