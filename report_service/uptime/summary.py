# ruff: noqa: S608  SQL is put together of our own names alone; values are parameters
"""An endpoint over a span of time: uptime, incidents, response times, and the points of a chart."""

from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Avg, Count, F, Q
from django.utils import timezone

from report_service.models import EndpointCopy, Incident
from report_service.results.partitions import oldest_kept
from report_service.rollups import rollup_columns
from report_service.rollups.percentiles import Histogram, percentile
from report_service.rollups.time_spans import DAY, Span, ceiling, floor, moment
from report_service.rollups.totals import Totals, phase_histograms, totals, totals_of
from report_service.uptime.formulas import apdex, uptime

MAX_POINTS = 500
DEFAULT_SATISFIED_MS = 500.0
"""Apdex's T where the endpoint has no degraded threshold of its own."""
_RAW_STEPS = [timedelta(seconds=seconds) for seconds in (10, 30, 60, 120, 300, 600, 900, 1800)]
_HOUR_STEPS = [timedelta(hours=hours) for hours in (1, 2, 3, 6, 12)]
_SHARES = {"p50_ms": 0.5, "p90_ms": 0.9, "p95_ms": 0.95, "p99_ms": 0.99}


def endpoint_summary(*, endpoint: EndpointCopy, span: Span) -> dict[str, object]:
    """The numbers of a span; durations in ms.

    Uptime is `1 - down_ms / covered_ms` over the time that results stand for (`covers_ms`), maintenance left out;
    paused and unwatched time is covered by no result. MTTR is the mean length of the incidents that began in the span
    and are resolved; MTBF the time not down by the number of incidents.
    """
    sums = totals(endpoint_id=endpoint.id, span=span)
    counters = sums.counters
    spreads = phase_histograms(endpoint_id=endpoint.id, span=span)
    incidents = Incident.objects.filter(
        endpoint_id=endpoint.id, started_at__gte=span.start, started_at__lt=span.end
    ).aggregate(
        count=Count("id"),
        open=Count("id", filter=Q(resolved_at=None)),
        mttr=Avg(F("resolved_at") - F("started_at")),
    )
    return {
        "endpoint_id": endpoint.id,
        "from": moment(span.start),
        "to": moment(span.end),
        "uptime": uptime(counters.covers_ms, counters.down_ms),
        "covered_ms": counters.covers_ms,
        "down_ms": counters.down_ms,
        "maintenance_ms": counters.maintenance_ms,
        "checks": {
            "total": counters.checks,
            "up": counters.up,
            "degraded": counters.degraded,
            "down": counters.down - counters.offline,
            "maintenance": counters.maintenance,
            "unknown": counters.unknown,
            "offline": counters.offline,
        },
        "incidents": {
            "total": incidents["count"],
            "open": incidents["open"],
            "mttr_ms": incidents["mttr"] and incidents["mttr"] / timedelta(milliseconds=1),
            "mtbf_ms": (counters.covers_ms - counters.down_ms) / incidents["count"] if incidents["count"] else None,
        },
        "response_time": response_times(sums),
        "phases": {
            f"{phase}_ms": _phase(sums, phase) | phase_percentiles(spreads[phase])
            for phase in rollup_columns.PHASES[1:]
        },
        "apdex": apdex(
            sums.histogram, endpoint.degraded_ms or DEFAULT_SATISFIED_MS, down=counters.down - counters.offline
        ),
    }


def response_times(sums: Totals) -> dict[str, float | None]:
    """Mean, extremes and percentiles of the whole check, in ms."""
    return {**_phase(sums, "total"), **percentiles(sums.histogram, sums.times["total"].least, sums.times["total"].most)}


def percentiles(histogram: Histogram, least: float | None, most: float | None) -> dict[str, float | None]:
    """p50, p90, p95 and p99 in ms, never outside of what was really seen."""
    values = {name: percentile(histogram, share) for name, share in _SHARES.items()}
    if least is None or most is None:
        return values
    return {name: None if value is None else round(min(max(value, least), most), 3) for name, value in values.items()}


def phase_percentiles(histogram: Histogram) -> dict[str, float | None]:
    """The same of a phase, at most 5 % off."""
    found = {name: percentile(histogram, share, rollup_columns.PHASE_BASE) for name, share in _SHARES.items()}
    return {name: None if value is None else round(value, 3) for name, value in found.items()}


def _phase(sums: Totals, phase: str) -> dict[str, float | None]:
    count, total, least, most = sums.times[phase]
    return {
        "mean_ms": round(total / count, 3) if count else None,
        "min_ms": least if count else None,
        "max_ms": most if count else None,
    }


def endpoint_series(*, endpoint: EndpointCopy, span: Span, phases: bool = False) -> dict[str, object]:
    """At most 500 points, of equal length: from results for short spans, from hours and days for long ones.

    With `phases`, each point has the mean of every phase in ms.
    """
    table, column, step = _step_of(span)
    edge = floor(span.start, step)
    raw = table == "report"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT point, {rollup_columns.from_rollups()} FROM ("
            f"SELECT date_bin(make_interval(secs => %s::float8), {column}, %s) AS point,"
            f" {rollup_columns.from_raw() if raw else rollup_columns.names('hour')} FROM {table}"
            f" WHERE endpoint_id = %s AND {column} >= %s AND {column} < %s{' GROUP BY 1' if raw else ''}"
            ") AS found GROUP BY point ORDER BY point",
            (str(step.total_seconds()), edge, endpoint.id, edge, span.end),
        )
        rows = cursor.fetchall()
    points = []
    for start, *values in rows:
        sums = totals_of(values)
        points.append(_point(moment(start), sums) | ({"phases": _phase_means(sums)} if phases else {}))
    return {
        "endpoint_id": endpoint.id,
        "from": moment(edge),
        "to": moment(span.end),
        "step": int(step.total_seconds()),
        "points": points,
    }


def _point(start: str, sums: Totals) -> dict[str, object]:
    values, counters = response_times(sums), sums.counters
    return {
        "at": start,
        "checks": counters.checks,
        "down": counters.down - counters.offline,
        "uptime": uptime(counters.covers_ms, counters.down_ms),
        "down_ms": counters.down_ms,
        "covered_ms": counters.covers_ms,
        **{name: values[name] for name in ("mean_ms", "min_ms", "max_ms", "p50_ms", "p95_ms")},
    }


def _phase_means(sums: Totals) -> dict[str, float | None]:
    return {f"{phase}_ms": _phase(sums, phase)["mean_ms"] for phase in rollup_columns.PHASES[1:]}


def _step_of(span: Span) -> tuple[str, str, timedelta]:
    """Where the points come from and how long each is."""
    length = span.end - span.start

    def fits(step: timedelta) -> bool:
        return (ceiling(span.end, step) - floor(span.start, step)) / step <= MAX_POINTS

    if length <= 2 * DAY and span.start >= floor(oldest_kept(), DAY):
        return "report", "checked_at", next(step for step in _RAW_STEPS if fits(step))
    if span.start >= timezone.now() - timedelta(days=settings.HOURLY_RETENTION_DAYS):
        for step in _HOUR_STEPS:
            if fits(step):
                return "rollup_hour", "start", step
    days = 1
    while not fits(days * DAY):
        days += 1
    return "rollup_day", "start", days * DAY
