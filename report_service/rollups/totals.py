# ruff: noqa: S608  SQL is put together of our own names alone; values are parameters
"""Reading rollups: any span of time as one row, and percentiles out of its histogram."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import connection

from report_service.rollups import rollup_columns
from report_service.rollups.monthly import split
from report_service.rollups.percentiles import Histogram, added
from report_service.rollups.time_spans import DAY, Span, ceiling, floor, parts_of


class Totals(NamedTuple):
    """What a span of results adds up to."""

    values: dict[str, Any]
    histogram: Histogram

    def __getattr__(self, name: str) -> Any:
        """Each rollup column."""
        try:
            return self.values[name]
        except KeyError:
            raise AttributeError(name) from None


def totals(*, endpoint_id: int, span: Span) -> Totals:
    """Everything about an endpoint in a span: one query, however long the span."""
    pieces: list[str] = []
    arguments: list[Any] = []
    parts = parts_of(span)
    months, days = split(endpoint_id=endpoint_id, days=parts.days)
    for table, spans in (("rollup_month", months), ("rollup_day", days), ("rollup_hour", list(parts.hours))):
        if sql := _within("start", spans, arguments, endpoint_id):
            pieces.append(f"SELECT {rollup_columns.names('hour')} FROM {table} WHERE {sql}")
    if sql := _within("checked_at", list(parts.raw), arguments, endpoint_id):
        pieces.append(f"SELECT {rollup_columns.from_raw()} FROM report WHERE {sql}")
    if not pieces:
        return Totals(dict.fromkeys(rollup_columns.ROLLUP_COLUMNS, 0), {})
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {rollup_columns.from_rollups()} FROM ({' UNION ALL '.join(pieces)}) AS pieces", arguments
        )
        return totals_of(cursor.fetchone())


def totals_of(row: Sequence[Any]) -> Totals:
    """A row of `rollup_columns.from_rollups()`."""
    values = dict(zip(rollup_columns.ROLLUP_COLUMNS, row, strict=True))
    return Totals(values, added(values.pop("histogram")))


def phase_histograms(*, endpoint_id: int, span: Span) -> dict[str, Histogram]:
    """How long each phase took, over all the days (UTC) that the span touches: they are kept by the day alone."""
    names = rollup_columns.PHASE_HISTOGRAMS
    months, days = split(endpoint_id=endpoint_id, days=Span(floor(span.start, DAY), ceiling(span.end, DAY)))
    arguments: list[Any] = []
    pieces = [
        f"SELECT {', '.join(names)} FROM {table} WHERE {sql}"
        for table, spans in (("rollup_month", months), ("rollup_day", days))
        if (sql := _within("start", spans, arguments, endpoint_id))
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(map(rollup_columns.together, names))} FROM ({' UNION ALL '.join(pieces)}) AS pieces",
            arguments,
        )
        return dict(zip(rollup_columns.PHASES[1:], map(added, cursor.fetchone()), strict=True))


def _within(column: str, spans: Sequence[Span], arguments: list[Any], endpoint_id: int) -> str:
    """`WHERE` for one endpoint within the spans that are not empty; appends its arguments."""
    real = [span for span in spans if span]
    if not real:
        return ""
    arguments.append(endpoint_id)
    for span in real:
        arguments += [span.start, span.end]
    either = " OR ".join([f"{column} >= %s AND {column} < %s"] * len(real))
    return f"endpoint_id = %s AND ({either})"
