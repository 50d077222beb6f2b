# ruff: noqa: S608  SQL is put together of our own names alone; values are parameters
"""Reading rollups: any span of time as one row, and percentiles out of its histogram."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from report_service.rollups import rollup_columns
from report_service.rollups.monthly import split
from report_service.rollups.percentiles import Histogram, added
from report_service.rollups.rollup_columns import COUNTERS, Counters
from report_service.rollups.time_spans import DAY, Span, ceiling, floor, parts_of


class Times(NamedTuple):
    """How long results took, in ms: of so many the sum, and the extremes where there are any."""

    results: int = 0
    total: float = 0.0
    least: float | None = None
    most: float | None = None


class Totals(NamedTuple):
    """What a span of results adds up to; `times` by phase."""

    counters: Counters
    times: dict[str, Times]
    histogram: Histogram


def totals(*, endpoint_id: int, span: Span) -> Totals:
    """Everything about an endpoint in a span: one query, however long the span."""
    pieces: list[str] = []
    arguments: list[int | datetime] = []
    parts = parts_of(span)
    months, days = split(endpoint_id=endpoint_id, days=parts.days)
    for table, spans in (("rollup_month", months), ("rollup_day", days), ("rollup_hour", list(parts.hours))):
        if sql := _within("start", spans, arguments, endpoint_id):
            pieces.append(f"SELECT {rollup_columns.names('hour')} FROM {table} WHERE {sql}")
    if sql := _within("checked_at", list(parts.raw), arguments, endpoint_id):
        pieces.append(f"SELECT {rollup_columns.from_raw()} FROM report WHERE {sql}")
    if not pieces:
        return Totals(Counters(), dict.fromkeys(rollup_columns.PHASES, Times()), {})
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {rollup_columns.from_rollups()} FROM ({' UNION ALL '.join(pieces)}) AS pieces", arguments
        )
        return totals_of(cursor.fetchone())


def totals_of(row: Sequence[Any]) -> Totals:
    """A row of `rollup_columns.from_rollups()`."""
    counters, times = row[: len(COUNTERS)], row[len(COUNTERS) : -1]
    return Totals(
        Counters(*counters),
        {phase: Times(*times[4 * place : 4 * place + 4]) for place, phase in enumerate(rollup_columns.PHASES)},
        added(row[-1]),
    )


def phase_histograms(*, endpoint_id: int, span: Span) -> dict[str, Histogram]:
    """How long each phase took, over all the days (UTC) that the span touches: they are kept by the day alone."""
    names = rollup_columns.PHASE_HISTOGRAMS
    months, days = split(endpoint_id=endpoint_id, days=Span(floor(span.start, DAY), ceiling(span.end, DAY)))
    arguments: list[int | datetime] = []
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


def _within(column: str, spans: Sequence[Span], arguments: list[int | datetime], endpoint_id: int) -> str:
    """`WHERE` for one endpoint within the spans that are not empty; appends its arguments."""
    real = [span for span in spans if span]
    if not real:
        return ""
    arguments.append(endpoint_id)
    for span in real:
        arguments += [span.start, span.end]
    either = " OR ".join([f"{column} >= %s AND {column} < %s"] * len(real))
    return f"endpoint_id = %s AND ({either})"
