# ruff: noqa: S608  SQL is put together of our own names alone; values are parameters
"""Lists of results: filters, pages that stay cheap, counts that never count millions, and exports."""

import csv
import io
import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from django.db import connection
from django.utils import timezone

from common.contracts.causes import shown
from common.contracts.results import STATUSES
from common.database import longer
from common.errors import Forbidden, NotFound
from common.ids import uuid7_time
from report_service.errors import DEEPEST_ROW, PageTooDeep
from report_service.models import Report
from report_service.results.partitions import oldest_kept
from report_service.results.stored_statuses import CODES
from report_service.rollups import rollup_columns
from report_service.rollups.time_spans import DAY, Span, ceiling, cut, floor

EXPORT_CHUNK = 5_000
EXPORT_SECONDS = 30.0
"""What the database may take for one."""
_RAW_COLUMNS = (
    "id, endpoint_id, user_id, region, checked_at, status, state, incident_id, covers_ms, http_status, error_code,"
    " message, total_ms, name_lookup_ms, connect_ms, tls_ms, first_byte_ms, transfer_ms, redirect_ms, resolved_ip,"
    " certificate_expires_at, manual, cause_data"
)

_DAY = "date_trunc('day', {}, 'UTC')"
_NAMES = _RAW_COLUMNS.split(", ")
_MOMENT = """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
_AS_SHOWN = {
    "id": "id::text",
    "checked_at": _MOMENT.format("checked_at"),
    "status": f"('{{{','.join(STATUSES)}}}'::text[])[status + 1]",
    "incident_id": "incident_id::text",
    "certificate_expires_at": _MOMENT.format("certificate_expires_at"),
}
_SHOWN = ", ".join(_AS_SHOWN.get(name, name) for name in _NAMES)
"""Ids and moments as text, the status by its name: of an export's millions Python would make objects first."""
_FIRST_PHASE, _BEHIND_PHASES = (_NAMES.index(f"{rollup_columns.PHASES[end]}_ms") for end in (1, -1))
_PHASES = slice(_FIRST_PHASE, _BEHIND_PHASES + 1)
_NEWEST_FIRST = "ORDER BY report.checked_at DESC, report.id DESC"
"""By the columns themselves, whose names those of the shown texts would hide."""
_TEXTS = [_NAMES.index(name) for name in ("region", "state", "error_code", "message", "resolved_ip")]
_DATA = _NAMES.index("cause_data")
Shown = tuple[Any, ...]
"""A result, in the order of `_NAMES`."""


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

    def where(self) -> tuple[str, list[Any]]:
        """SQL over results."""
        column, value = self.owner
        sql, arguments = f"{column} = %s AND checked_at >= %s AND checked_at < %s", [value, *self.span]
        if self.status is not None:
            sql, arguments = f"{sql} AND status = %s", [*arguments, CODES[self.status]]
            if self.status != "up":
                sql += " AND status <> 0"  # what the partial indexes promise
        if self.region is not None:
            sql, arguments = f"{sql} AND region = %s", [*arguments, self.region]
        return sql, arguments


def reports_page(*, filters: Filters, page: int, per_page: int) -> tuple[list[dict[str, Any]], int]:
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
            f"SELECT {_SHOWN} FROM report WHERE {where} {_NEWEST_FIRST} LIMIT %s OFFSET %s",
            [*arguments, per_page, start],
        )
        return [nested(row) for row in cursor.fetchall()], total


def report_get(*, report_id: uuid.UUID, user_id: int) -> Report:
    """One result, found by the moment in its id; raises `NotFound` and `Forbidden`."""
    try:
        start = uuid7_time(report_id)
    except (ValueError, OverflowError) as error:
        raise NotFound from error
    within = Report.objects.filter(
        id=report_id, checked_at__gte=start, checked_at__lt=start + timedelta(milliseconds=1)
    )
    row = within.filter(user_id=user_id).first() or within.first()
    if row is None:
        raise NotFound
    if row.user_id != user_id:
        raise Forbidden
    return row


def counts_by_day(*, filters: Filters) -> list[tuple[datetime, int]]:
    """How many results match, by day (UTC), newest first; days without any may be missing.

    Whole days and hours come from rollups, only the edges of the span from the results themselves.
    """
    if not filters.span:
        return []
    parts = cut(filters.span)
    pieces: list[str] = []
    arguments: list[Any] = []
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


def _counted(table: str, filters: Filters) -> tuple[str, str, list[Any]]:
    """What to sum in a table of counts, and which of its rows."""
    column, value = filters.owner
    values: list[Any] = [value]
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
    after: list[Any] = []
    while True:
        behind = " AND checked_at <= %s AND (checked_at, id) < (%s, %s)" if after else ""
        with longer(EXPORT_SECONDS), connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {_SHOWN} FROM report WHERE {where}{behind} {_NEWEST_FIRST} LIMIT %s",
                [*arguments, *after, EXPORT_CHUNK],
            )
            rows = cursor.fetchall()
        if rows:
            yield rows
        if len(rows) < EXPORT_CHUNK:
            return
        last_moment, last_id = (rows[-1][_NAMES.index(name)] for name in ("checked_at", "id"))
        after = [last_moment, last_moment, last_id]


def export_csv(chunks: Iterator[list[Shown]]) -> Iterator[bytes]:
    """CSV (RFC 4180) with a header line; texts that a spreadsheet would run as a formula begin with an apostrophe."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(_NAMES[:_DATA])
    for rows in chunks:
        writer.writerows(map(_harmless, rows))
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue().encode()


def _harmless(row: Shown) -> Sequence[Any]:
    """Only texts can be dangerous; the other columns are ours. A cause's data is no cell of a table."""
    row = row[:_DATA]
    line: list[Any] | None = None
    for place in _TEXTS:
        text = row[place]
        if text and text[0] in "=+-@\t\r":
            line = line or list(row)
            line[place] = f"'{text}"
    return line or row


def export_jsonl(chunks: Iterator[list[Shown]]) -> Iterator[bytes]:
    """One JSON object a line, each as the API shows a result."""
    encode = msgspec.json.Encoder().encode_lines
    for rows in chunks:
        yield encode(map(nested, rows))


def nested(row: Shown) -> dict[str, Any]:
    """A result with its phases in an object of their own, as on the wire."""
    line = dict(zip(_NAMES, row, strict=True))
    phases = {name: line.pop(name) for name in _NAMES[_PHASES]}
    line["phases"] = phases
    line["cause_data"] = shown(line["cause_data"], line["message"])
    return line
