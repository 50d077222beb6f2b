"""Uptime and response times as pages show them: the tiles, the days, the report's rows."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common.contracts.answers.report_service import Glance, Series, Summary
from frontend.presenters import labels

PERIODS = {
    "24h": gettext_lazy("24 hours"),
    "7d": gettext_lazy("7 days"),
    "30d": gettext_lazy("30 days"),
    "90d": gettext_lazy("90 days"),
}


@dataclass(frozen=True, kw_only=True)
class Tile:
    """A number in words, and what is said below it."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class ReportRow:
    """An endpoint over a period; `days` are the last 90."""

    id: int
    name: str
    url: str
    state: str
    uptime: float | None
    total_ms: float | None
    days: Sequence[float | None]
    days_down_ms: Sequence[int | None] | None


def uptime_tiles(*, summaries: Mapping[str, Summary]) -> list[Tile]:
    """Uptime by period, and the median response time of the last day."""
    tiles = [
        Tile(
            label=_("Uptime, %(period)s") % {"period": label},
            value=labels.percent(summaries[period].uptime),
            note=_downtime(summaries[period]),
        )
        for period, label in PERIODS.items()
    ]
    times = summaries["24h"].response_time
    slow = _("95%%: %(time)s") % {"time": labels.milliseconds(times.p95_ms)} if times.p95_ms is not None else ""
    median = Tile(label=_("Response time, 24 hours"), value=labels.milliseconds(times.p50_ms), note=slow)
    return [*tiles, median]


def response_percentiles(*, summary: Summary) -> list[Tile]:
    """The response times of a span."""
    times = summary.response_time
    values = {
        _("Median"): times.p50_ms,
        "90 %": times.p90_ms,
        "95 %": times.p95_ms,
        "99 %": times.p99_ms,
        _("Longest"): times.max_ms,
    }
    return [Tile(label=label, value=labels.milliseconds(value)) for label, value in values.items()]


def _downtime(summary: Summary) -> str:
    if summary.uptime is None:
        return ""
    if not summary.down_ms:
        return _("no downtime")
    count = summary.incidents.total
    text = ngettext("%(time)s down, %(n)d incident", "%(time)s down, %(n)d incidents", count)
    return text % {"time": labels.duration(summary.down_ms / 1000), "n": count}


def uptime_by_day(*, series: Series, days: int = 90) -> list[float | None]:
    """Uptime (%) of each of the last days (UTC, the last one today), from the points of a series over 90 days."""
    covered, down = _by_day(series)
    return [None if not covered[back] else 100 * (1 - down[back] / covered[back]) for back in range(days - 1, -1, -1)]


def downtime_by_day(*, series: Series, days: int = 90) -> list[int | None]:
    """The downtime (ms) that was measured on each of them."""
    covered, down = _by_day(series)
    return [int(down[back]) if covered[back] else None for back in range(days - 1, -1, -1)]


def _by_day(series: Series) -> tuple[dict[int, float], dict[int, float]]:
    """The time (ms) that was watched, and down, by how many days ago."""
    covered: dict[int, float] = defaultdict(float)
    down: dict[int, float] = defaultdict(float)
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for point in series.points:
        if point.uptime is None:
            continue
        back = (today - point.at + timedelta(days=1) - timedelta(microseconds=1)) // timedelta(days=1)
        covered[back] += point.covered_ms or series.step * 1000  # absent beside a report_service of before
        down[back] += point.down_ms
    return covered, down


def report_rows(*, overview: Iterable[Glance], period: str) -> list[ReportRow]:
    """The overview's endpoints with the uptime of the period, worst first, unmeasured ones last."""
    rows = [
        ReportRow(
            id=item.endpoint_id,
            name=item.name,
            url=item.url,
            state=item.state,
            uptime=item.uptime.get(period),
            total_ms=item.last_result.total_ms if item.last_result else None,
            days=item.bars,
            days_down_ms=item.bars_down_ms or None,
        )
        for item in overview
    ]
    return sorted(rows, key=lambda row: (row.uptime is None, row.uptime or 0, row.name))
