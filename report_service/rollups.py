# ruff: noqa: S608  SQL is put together of our own names alone; values are parameters
"""Reading rollups: any span of time as one row, and percentiles out of its histogram."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import connection

from report_service import columns
from report_service.periods import Parts, Span, parts_of

Histogram = dict[int, int]
"""How many results took about `HISTOGRAM_BASE ** bucket` ms, by bucket."""


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


def uptime(covers_ms: int, down_ms: int) -> float | None:
    """The percentage of the covered time that was not down, rounded down to four digits; None without any.

    So 100 means that there was no downtime at all.
    """
    if not covers_ms:
        return None
    return (covers_ms - down_ms) * 1_000_000 // covers_ms / 10_000 if down_ms else 100.0


def percentile(histogram: Histogram, share: float) -> float | None:
    """The value below which `share` (0 to 1) of the results lie, at most 2 % off; None without results."""
    total = sum(histogram.values())
    rank, seen = share * (total - 1), 0
    for bucket in sorted(histogram):
        seen += histogram[bucket]
        if seen > rank:
            return 2 * columns.HISTOGRAM_BASE**bucket / (columns.HISTOGRAM_BASE + 1)
    return None


def share_below(histogram: Histogram, limit_ms: float) -> int:
    """How many results took at most about `limit_ms`."""
    middle = 2 / (columns.HISTOGRAM_BASE + 1)
    return sum(count for bucket, count in histogram.items() if middle * columns.HISTOGRAM_BASE**bucket <= limit_ms)


def totals(*, endpoint_id: int, span: Span) -> Totals:
    """Everything about an endpoint in a span: one query, however long the span."""
    return _totals(endpoint_id, parts_of(span))


def _totals(endpoint_id: int, parts: Parts) -> Totals:
    names = ", ".join(columns.ROLLUP_COLUMNS)
    pieces: list[str] = []
    arguments: list[Any] = []
    for table, spans in (("rollup_day", [parts.days]), ("rollup_hour", list(parts.hours))):
        if sql := _within("start", spans, arguments, endpoint_id):
            pieces.append(f"SELECT {names} FROM {table} WHERE {sql}")
    if sql := _within("checked_at", list(parts.raw), arguments, endpoint_id):
        pieces.append(f"SELECT {columns.from_raw()} FROM report WHERE {sql}")
    if not pieces:
        return Totals(dict.fromkeys(columns.ROLLUP_COLUMNS, 0), {})
    query = (
        f"SELECT array_lower(histogram, 1), summed.* FROM (SELECT {columns.from_rollups()}"
        f" FROM ({' UNION ALL '.join(pieces)}) AS pieces) AS summed"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, arguments)
        lowest, *values = cursor.fetchone()
    named = dict(zip(columns.ROLLUP_COLUMNS, values, strict=True))
    return Totals(named, histogram_of(lowest, named["histogram"]))


def histogram_of(lowest: int | None, counts: Sequence[int | None] | None) -> Histogram:
    """The array that the database keeps, as counts by bucket."""
    if lowest is None or not counts:
        return {}
    return {lowest + offset: count for offset, count in enumerate(counts) if count}


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
