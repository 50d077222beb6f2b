"""How uptimes, summaries and series are shown."""

from typing import TYPE_CHECKING

from rich.text import Text

from pong_cli.labels import _
from pong_cli.output.charts import chart, day_bars, uptime_text
from pong_cli.output.marks import state_text
from pong_cli.output.screen import Column, Screen
from pong_cli.output.times import duration, exact, milliseconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from common.contracts.answers.report_service import Glance, ResponseTimes, Series, Summary

CHART_ROWS = 8
MOST_WIDTH = 110


def overview_columns(width: int) -> "list[Column[Glance]]":
    """State, uptimes over four periods, and a bar a day where there is room."""

    def uptime(period: str) -> "Column[Glance]":
        return Column(period, f"uptime.{period}", lambda row: uptime_text(row.uptime.get(period)), right=True)

    columns: list[Column[Glance]] = [
        Column(_("State"), "state", lambda row: state_text(row.state), keep=True),
        Column(_("Endpoint"), "name", lambda row: row.name or row.url, cut=True),
        *(uptime(period) for period in ("24h", "7d", "30d", "90d")),
    ]
    if width >= 100:
        columns.append(Column(_("30 days"), "bars", lambda row: day_bars(row.bars, width=30), cut=True))
    return columns


def summary_columns() -> "list[Column[Summary]]":
    """An endpoint over a period."""

    def time(title: str, key: str, read: "Callable[[ResponseTimes], float | None]") -> "Column[Summary]":
        return Column(title, f"response_time.{key}", lambda row: milliseconds(read(row.response_time)))

    return [
        Column(_("Endpoint"), "name"),
        Column(_("From"), "from", lambda row: exact(row.from_)),
        Column(_("To"), "to", lambda row: exact(row.to)),
        Column(_("Uptime"), "uptime", lambda row: uptime_text(row.uptime)),
        Column(_("Downtime"), "down_ms", lambda row: duration(row.down_ms)),
        Column(_("Checks"), "checks.total", _checks),
        Column(_("Incidents"), "incidents.total"),
        Column(_("Mean repair time"), "incidents.mttr_ms", _repair),
        time("p50", "p50_ms", lambda times: times.p50_ms),
        time("p95", "p95_ms", lambda times: times.p95_ms),
        time("p99", "p99_ms", lambda times: times.p99_ms),
        time(_("Slowest"), "max_ms", lambda times: times.max_ms),
    ]


def draw(screen: Screen, series: "Series") -> None:
    """The chart of a series, with its beginning and its end below."""
    lines = chart(series.points, width=min(screen.console.width, MOST_WIDTH), height=CHART_ROWS)
    if not lines:
        return
    screen.draw(Text(_("Response time (p95) by %(step)s; red: failed checks") % {"step": duration(series.step * 1000)}))
    for line in lines:
        screen.draw(line)
    first, last = exact(series.points[0].at), exact(series.points[-1].at)
    room = max(line.cell_len for line in lines) - 10
    screen.draw(Text(f"{'':10}{first[:16]}{last[:16]:>{max(0, room - 16)}}" if room >= 36 else f"{'':10}{first[:16]}"))


def _checks(row: "Summary") -> str:
    counts = {"total": row.checks.total, "down": row.checks.down, "degraded": row.checks.degraded}
    return _("%(total)d (%(down)d down, %(degraded)d slow)") % counts


def _repair(row: "Summary") -> str:
    value = row.incidents.mttr_ms
    return "" if value is None else duration(value)
