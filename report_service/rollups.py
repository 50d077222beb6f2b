# ruff: noqa: S608  SQL is put together of our own names alone; values are parameters
"""Reading rollups: any span of time as one row, and percentiles out of its histogram."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db import connection

from report_service import columns
from report_service.periods import DAY, Span, floor, parts_of

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


def percentile(histogram: Histogram, share: float, base: float = columns.HISTOGRAM_BASE) -> float | None:
    """The value below which `share` (0 to 1) of the results lie, at most 2 % off; None without results.

    With the `base` of the phases, 1.1, at most 5 %.
    """
    total = sum(histogram.values())
    rank, seen = share * (total - 1), 0
    for bucket in sorted(histogram):
        seen += histogram[bucket]
        if seen > rank:
            return 2 * base**bucket / (base + 1)
    return None


def share_below(histogram: Histogram, limit_ms: float) -> int:
    """How many results took at most about `limit_ms`."""
    middle = 2 / (columns.HISTOGRAM_BASE + 1)
    return sum(count for bucket, count in histogram.items() if middle * columns.HISTOGRAM_BASE**bucket <= limit_ms)


def totals(*, endpoint_id: int, span: Span) -> Totals:
    """Everything about an endpoint in a span: one query, however long the span."""
    pieces: list[str] = []
    arguments: list[Any] = []
    parts = parts_of(span)
    for table, spans in (("rollup_day", [parts.days]), ("rollup_hour", list(parts.hours))):
        if sql := _within("start", spans, arguments, endpoint_id):
            pieces.append(f"SELECT {columns.names('hour')} FROM {table} WHERE {sql}")
    if sql := _within("checked_at", list(parts.raw), arguments, endpoint_id):
        pieces.append(f"SELECT {columns.from_raw()} FROM report WHERE {sql}")
    if not pieces:
        return _folded([])
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT array_lower(histogram, 1), * FROM ({' UNION ALL '.join(pieces)}) AS pieces", arguments)
        return _folded(cursor.fetchall())


def _folded(rows: Sequence[tuple[Any, ...]]) -> Totals:
    """Rollup rows made one; here, because PostgreSQL has no sum of arrays that is as fast."""
    lowest, *found = zip(*rows, strict=True) if rows else [()] * (len(columns.ROLLUP_COLUMNS) + 1)
    by_name = dict(zip(columns.ROLLUP_COLUMNS, found, strict=True))
    histogram = _added(lowest, by_name.pop("histogram"))
    return Totals({name: _fold(name, values) for name, values in by_name.items()}, histogram)


def _fold(name: str, values: Sequence[Any]) -> Any:
    if name.endswith(("_min", "_max")):
        choose = min if name.endswith("_min") else max
        return choose((value for value in values if value is not None), default=None)
    return sum(values)


def _added(lowest: Iterable[int | None], arrays: Iterable[Sequence[int | None]]) -> Histogram:
    """One histogram of many, each an array and the bucket of its first element."""
    histogram: Histogram = defaultdict(int)
    for first, counts in zip(lowest, arrays, strict=True):
        if first is not None:
            for bucket, count in enumerate(counts, first):
                if count:
                    histogram[bucket] += count
    return histogram


def histogram_of(lowest: int | None, counts: Sequence[int | None] | None) -> Histogram:
    """The array that the database keeps, as counts by bucket."""
    return _added([lowest], [counts or []])


def phase_histograms(*, endpoint_id: int, span: Span) -> dict[str, Histogram]:
    """How long each phase took, over all the days (UTC) that the span touches: they are kept by the day alone."""
    names = columns.PHASE_HISTOGRAMS
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(f'array_lower({name}, 1), {name}' for name in names)} FROM rollup_day"
            " WHERE endpoint_id = %s AND start >= %s AND start < %s",
            [endpoint_id, floor(span.start, DAY), span.end],
        )
        found = list(zip(*cursor.fetchall(), strict=True)) or [()] * (2 * len(names))
    return {phase: _added(found[2 * place], found[2 * place + 1]) for place, phase in enumerate(columns.PHASES[1:])}


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
