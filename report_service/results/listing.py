# ruff: noqa: S608  SQL is put together of our own names alone; values are parameters
"""Lists of results: filters, pages that stay cheap, counts that never count millions, and exports."""

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, TypeAlias

import msgspec
from django.db import connection
from django.utils import timezone

from common.api.errors import Forbidden, NotFound
from common.contracts.causes import shown
from common.contracts.results import PHASES, STATUSES
from common.formats.ids import uuid7_time
from common.processes.database import longer
from report_service.errors import DEEPEST_ROW, PageTooDeep
from report_service.results.partitions import oldest_kept
from report_service.results.result_columns import CODES, LISTED_COLUMNS, MOMENTS, STORED
from report_service.rollups.time_spans import DAY, Span, ceiling, cut, floor

EXPORT_CHUNK = 5_000
EXPORT_SECONDS = 30.0
"""What the database may take for one."""
_DAY = "date_trunc('day', {}, 'UTC')"
_MOMENT = """to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
_SHOWN_AS = {name: _MOMENT.format(name) for name in MOMENTS} | {
    "id": "id::text",
    "status": f"('{{{','.join(STATUSES)}}}'::text[])[status + 1]",
    "incident_id": "incident_id::text",
}
_LISTED, _DETAILED = (", ".join(_SHOWN_AS.get(name, name) for name in names) for names in (LISTED_COLUMNS, STORED))
"""Ids and moments as text, the status by its name: of an export's millions Python would make objects first."""
_NEWEST_FIRST = "ORDER BY report.checked_at DESC, report.id DESC"
"""By the columns themselves, whose names those of the shown texts would hide."""
Shown: TypeAlias = tuple[object, ...]
"""A result, in the order of `LISTED_COLUMNS`."""
ShownResult: TypeAlias = dict[str, object]
"""By the contract's names, and `id`."""

Argument: TypeAlias = int | str | datetime
"""Of SQL."""


class Filters(NamedTuple):
    """Which results; `endpoint_id` None means all of the user's."""

    user_id: int
    endpoint_id: int | None = None
    first: datetime | None = None
    last: datetime | None = None
    status: str | None = None
    region: str | None = None

    @property
    def span(self) -> Span:
        """The time to look at: nothing lies before the retention or behind tomorrow."""
        start = floor(oldest_kept(), DAY)
        end = ceiling(timezone.now() + timedelta(hours=1), DAY)
        return Span(max(self.first or start, start), min(self.last or end, end))

    @property
    def owner(self) -> tuple[str, int]:
        """The column that an index leads with, and its value."""
        return ("user_id", self.user_id) if self.endpoint_id is None else ("endpoint_id", self.endpoint_id)

    def where(self) -> tuple[str, list[Argument]]:
        """SQL over results."""
        column, value = self.owner
        sql = f"{column} = %s AND checked_at >= %s AND checked_at < %s"
        arguments: list[Argument] = [value, *self.span]
        if self.status is not None:
            sql, arguments = f"{sql} AND status = %s", [*arguments, CODES[self.status]]
            if self.status != "up":
                sql += " AND status <> 0"  # what the partial indexes promise
        if self.region is not None:
            sql, arguments = f"{sql} AND region = %s", [*arguments, self.region]
        return sql, arguments


def reports_page(*, filters: Filters, page: int, per_page: int) -> tuple[list[ShownResult], int]:
    """One page as it is shown, newest first, and how many there are in all; raises `PageTooDeep`."""
    start = (page - 1) * per_page
    if start + per_page > DEEPEST_ROW:
        raise PageTooDeep
    counts = counts_by_day(filters=filters)
    total = sum(count for _, count in counts)
    if start >= total:
        return [], total
    # Only the days that the page reaches into: the others' partitions are not even planned for.
    reached, seen = filters, 0
    for day, count in counts:
        seen += count
        if seen >= start + per_page:
            reached = filters._replace(first=max(day, filters.span.start))
            break
    where, arguments = reached.where()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_LISTED} FROM report WHERE {where} {_NEWEST_FIRST} LIMIT %s OFFSET %s",
            [*arguments, per_page, start],
        )
        return [nested(row) for row in cursor.fetchall()], total


def report_get(*, report_id: uuid.UUID, user_id: int) -> ShownResult:
    """One result, found by the moment in its id; raises `NotFound` and `Forbidden`."""
    try:
        start = uuid7_time(report_id)
    except (ValueError, OverflowError) as error:
        raise NotFound from error
    # By its owner where there is one: an id of a result in two partitions is a guess of somebody else.
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_DETAILED} FROM report WHERE id = %s AND checked_at >= %s AND checked_at < %s"
            " ORDER BY user_id <> %s LIMIT 1",
            [report_id, start, start + timedelta(milliseconds=1), user_id],
        )
        row = cursor.fetchone()
    if row is None:
        raise NotFound
    found = nested(row, STORED)
    if found["user_id"] != user_id:
        raise Forbidden
    return found


def counts_by_day(*, filters: Filters) -> list[tuple[datetime, int]]:
    """How many results match, by day (UTC), newest first; days without any may be missing.

    Whole days and hours come from rollups, only the edges of the span from the results themselves.
    """
    if not filters.span:
        return []
    parts = cut(filters.span)
    pieces: list[str] = []
    arguments: list[Argument] = []
    if filters.endpoint_id is None:
        wholes = [("report_count", [parts.days, *parts.hours])]
    else:
        wholes = [("rollup_day", [parts.days]), ("rollup_hour", list(parts.hours))]
    for table, spans in wholes:
        counted, conditions, values = _counted(table, filters)
        for span in filter(None, spans):
            pieces.append(
                f"SELECT {_DAY.format('start')}, {counted} FROM {table}"
                f" WHERE {conditions} AND start >= %s AND start < %s GROUP BY 1"
            )
            arguments += [*values, *span]
    for span in filter(None, parts.raw):
        where, values = filters._replace(first=span.start, last=span.end).where()
        pieces.append(f"SELECT {_DAY.format('checked_at')}, count(*) FROM report WHERE {where} GROUP BY 1")
        arguments += values
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT day, sum(sum) FROM ({' UNION ALL '.join(pieces)}) AS pieces (day, sum) GROUP BY 1 ORDER BY 1 DESC",
            arguments,
        )
        return [(day, int(count)) for day, count in cursor.fetchall()]


def _counted(table: str, filters: Filters) -> tuple[str, str, list[Argument]]:
    """What to sum in a table of counts, and which of its rows."""
    column, value = filters.owner
    values: list[Argument] = [value]
    counted, conditions = f"sum({filters.status or 'checks'})", f"{column} = %s"
    if table == "report_count":
        counted = "sum(checks)"
        if filters.status is not None:
            conditions, values = f"{conditions} AND status = %s", [*values, CODES[filters.status]]
    if filters.region is not None:
        conditions, values = f"{conditions} AND region = %s", [*values, filters.region]
    return counted, conditions, values


def reports_chunks(*, filters: Filters) -> Iterator[list[Shown]]:
    """Every matching result, newest first, in chunks that each continue behind the last row of the one before.

    So an export holds one chunk in memory, and no transaction open while the client reads.
    """
    where, arguments = filters.where()
    after: list[Argument] = []
    while True:
        behind = " AND checked_at <= %s AND (checked_at, id) < (%s, %s)" if after else ""
        with longer(EXPORT_SECONDS), connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {_LISTED} FROM report WHERE {where}{behind} {_NEWEST_FIRST} LIMIT %s",
                [*arguments, *after, EXPORT_CHUNK],
            )
            rows = cursor.fetchall()
        if rows:
            yield rows
        if len(rows) < EXPORT_CHUNK:
            return
        last_moment, last_id = (str(rows[-1][LISTED_COLUMNS.index(name)]) for name in ("checked_at", "id"))
        after = [last_moment, last_moment, last_id]


def nested(row: Shown, names: Sequence[str] = LISTED_COLUMNS) -> ShownResult:
    """A result as on the wire: its phases in an object of their own, and JSON as what it says."""
    line = dict(zip(names, row, strict=True))
    line["phases"] = {name: line.pop(name) for name in PHASES}
    data, message, headers = line["cause_data"], line["message"], line.get("response_headers")
    line["cause_data"] = shown(data if isinstance(data, str) else None, message if isinstance(message, str) else None)
    if isinstance(headers, str):
        line["response_headers"] = msgspec.json.decode(headers)
    return line
