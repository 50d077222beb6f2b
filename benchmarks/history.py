"""A past for report_service to answer from: results of many endpoints, a minute apart, with their rollups."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.frame import progress
from benchmarks.surroundings import Parts

USER_ID = 1
WRITERS = 2
"""Days that are written at the same time."""
_COLUMNS = (
    "id, endpoint_id, user_id, region, checked_at, status, state, covers_ms, http_status, total_ms, name_lookup_ms,"
    " connect_ms, tls_ms, first_byte_ms, transfer_ms, resolved_ip, manual"
)
_MADE_UP = """
SELECT uuidv7(moment - clock_timestamp()), endpoint, %(user)s, 'default', moment, CASE WHEN r > 0.998 THEN 2 ELSE 0 END,
    CASE WHEN r > 0.998 THEN 'down' ELSE 'up' END, 60000, 200, 40 + 400 * r * r, 1 + 4 * r * r, 10 + 20 * r, 12 + 30 * r * r,
    15 + 330 * r * r, 2 + 16 * r, '93.184.215.14', false
FROM (SELECT moment + endpoint * interval '10 ms' AS moment, endpoint, random() AS r
    FROM generate_series(%(start)s::timestamptz, %(end)s::timestamptz - interval '1 minute', interval '1 minute') moment,
        generate_series(1, %(endpoints)s) endpoint) AS checks
"""
_AGAIN = """
SELECT uuidv7(checked_at + %(shift)s::interval - clock_timestamp()), endpoint_id, user_id, region, checked_at + %(shift)s::interval, status,
    state, covers_ms, http_status, total_ms, name_lookup_ms, connect_ms, tls_ms, first_byte_ms, transfer_ms, resolved_ip,
    manual
FROM {table}
"""


def days_back(days: int) -> list[datetime]:
    """The starts of the last `days` whole days (UTC), oldest first; today is not among them."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return [today - timedelta(days=back) for back in range(days, 0, -1)]


def provide(parts: Parts, *, endpoints: int, days: int, rollup_days: int, already: int = 0) -> int:
    """`fill`, or a copy of what it made today where `parts` are kept; returns how many results there are."""
    name = f"{endpoints}_{days}_{rollup_days}"
    if parts.kept_copy(name):
        progress("  copied from what is kept")
    else:
        fill(endpoints=endpoints, days=days, rollup_days=rollup_days, already=already)
        parts.keep_copy(name)
    return endpoints * days * 1440


def fill(*, endpoints: int, days: int, rollup_days: int, already: int = 0) -> None:
    """Write results for the last `days` days and daily rollups for the last `rollup_days`.

    Yesterday is made up, and each day before it is the same again. Days without results of their own have the daily
    rollups of the first day that has some. A history of the last `already` days grows by the days before them.
    """
    from django.db import connection  # noqa: PLC0415  needs service_here

    from report_service.models import EndpointCopy  # noqa: PLC0415
    from report_service.rollups.monthly import months_roll_up  # noqa: PLC0415

    EndpointCopy.objects.bulk_create(
        [
            EndpointCopy(id=number, user_id=USER_ID, name=f"site {number}", url=f"https://site-{number}.example")
            for number in range(1, endpoints + 1)
        ],
        ignore_conflicts=True,
    )
    missing = days_back(days)[: days - already]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM rollup_day WHERE start < %s", [days_back(already or 1)[0]])
        cursor.execute("TRUNCATE latest_result, glance, rollup_month")
        cursor.execute("UPDATE rollup_month_mark SET folded_until = 'epoch'")
    pattern = days_back(1)[0]
    if not already:
        results_write(missing.pop(), endpoints)
        rollups_write(pattern)
    _side_by_side(lambda start: day_repeat(pattern, start), missing)
    rollups_repeat(days, rollup_days)
    months_roll_up()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO latest_result (endpoint_id, region, checked_at, status, state, http_status, total_ms)"
            " SELECT DISTINCT ON (endpoint_id) endpoint_id, region, checked_at, status, state, http_status, total_ms"
            " FROM report WHERE checked_at >= %s ORDER BY endpoint_id, checked_at DESC",
            [pattern + timedelta(hours=23)],
        )
        cursor.execute("VACUUM ANALYZE rollup_hour, rollup_day, rollup_month, report_count, latest_result")


def _side_by_side(write: Callable[[datetime], None], starts: Sequence[datetime]) -> None:
    """Write each of these days; every thread has a connection of its own."""
    from django.db import connection  # noqa: PLC0415  needs service_here

    def one(start: datetime) -> None:
        try:
            write(start)
        finally:
            connection.close()

    with ThreadPoolExecutor(WRITERS) as pool:
        for number, _ in enumerate(pool.map(one, starts), 1):
            progress(f"  day {number} of {len(starts)} written")


def results_write(start: datetime, endpoints: int) -> None:
    """A day's results."""
    end = start + timedelta(days=1)
    _partition_fill(start, _MADE_UP, {"user": USER_ID, "start": start, "end": end, "endpoints": endpoints})


def day_repeat(pattern: datetime, start: datetime) -> None:
    """The results and rollups of the day `pattern` once more, on the day `start`."""
    from django.db import connection  # noqa: PLC0415  needs service_here

    from report_service.results.partitions import table_of  # noqa: PLC0415
    from report_service.rollups import rollup_columns  # noqa: PLC0415

    shift = f"{(start - pattern).days} days"
    _partition_fill(start, _AGAIN.format(table=table_of(pattern.date())), {"shift": shift})
    with connection.cursor() as cursor:
        for unit in ("hour", "day"):
            names = rollup_columns.names(unit)
            cursor.execute(
                f"INSERT INTO rollup_{unit} (endpoint_id, user_id, start, region, {names})"  # noqa: S608
                f" SELECT endpoint_id, user_id, start + %s::interval, region, {names} FROM rollup_{unit}"
                " WHERE start >= %s AND start < %s",
                [shift, pattern, pattern + timedelta(days=1)],
            )


def _partition_fill(start: datetime, source: str, arguments: dict[str, Any]) -> None:
    """A day's partition, whose indexes are made when it is full, and the counts of what is in it."""
    from django.db import connection, transaction  # noqa: PLC0415  needs service_here

    from report_service.results.partitions import table_of  # noqa: PLC0415

    table, end = table_of(start.date()), start + timedelta(days=1)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {table}")
        cursor.execute(f"CREATE TABLE {table} (LIKE report)")
        cursor.execute(f"INSERT INTO {table} ({_COLUMNS}) {source}", arguments)
        cursor.execute(f"ALTER TABLE report ATTACH PARTITION {table} FOR VALUES FROM (%s) TO (%s)", [start, end])
        cursor.execute(
            "INSERT INTO report_count SELECT user_id, date_trunc('hour', checked_at, 'UTC'), region, status, count(*)"  # noqa: S608
            f" FROM {table} GROUP BY 1, 2, 3, 4"
        )
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM ANALYZE {table}")


def rollups_write(start: datetime) -> None:
    """A day's rollups, from its results."""
    from django.db import connection  # noqa: PLC0415

    from report_service.rollups import rollup_columns  # noqa: PLC0415

    with connection.cursor() as cursor:
        for unit in ("hour", "day"):
            cursor.execute(
                f"INSERT INTO rollup_{unit} (endpoint_id, user_id, start, region, {rollup_columns.names(unit)})"  # noqa: S608
                f" SELECT endpoint_id, user_id, date_trunc('{unit}', checked_at, 'UTC'), region, {rollup_columns.from_raw(unit)}"
                " FROM report WHERE checked_at >= %s AND checked_at < %s GROUP BY 1, 2, 3, 4",
                [start, start + timedelta(days=1)],
            )


def rollups_repeat(days: int, rollup_days: int) -> None:
    """The daily rollups of the first of `days` days, for each day before it until there are `rollup_days`."""
    from django.db import connection  # noqa: PLC0415

    from report_service.rollups import rollup_columns  # noqa: PLC0415

    first, names = days_back(days)[0], rollup_columns.names("day")
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO rollup_day (endpoint_id, user_id, start, region, {names})"  # noqa: S608
            f" SELECT endpoint_id, user_id, day, region, {names} FROM rollup_day,"
            " generate_series(%s::timestamptz, %s::timestamptz, interval '1 day') day WHERE start = %s",
            [first - timedelta(days=rollup_days - days), first - timedelta(days=1), first],
        )
