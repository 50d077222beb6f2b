"""How uptimes, summaries and series are shown."""

from collections.abc import Mapping
from typing import Any

from rich.text import Text

from pong_cli.labels import _
from pong_cli.output.charts import chart, day_bars, uptime_text
from pong_cli.output.marks import state_text
from pong_cli.output.screen import Column, Row, Screen, value_at
from pong_cli.output.times import duration, exact, milliseconds

CHART_ROWS = 8
MOST_WIDTH = 110


def overview_columns(width: int) -> list[Column]:
    """State, uptimes over four periods, and a bar a day where there is room."""

    def uptime(period: str) -> Column:
        key = f"uptime.{period}"
        return Column(period, key, lambda row: uptime_text(value_at(row, key)), right=True)

    columns = [
        Column(_("State"), "state", lambda row: state_text(row["state"]), keep=True),
        Column(_("Endpoint"), "name", lambda row: row["name"] or row["url"], cut=True),
        *(uptime(period) for period in ("24h", "7d", "30d", "90d")),
    ]
    if width >= 100:
        columns.append(Column(_("30 days"), "bars", lambda row: day_bars(row["bars"], width=30), cut=True))
    return columns


def summary_columns() -> list[Column]:
    """An endpoint over a period."""
    times = {"p50_ms": "p50", "p95_ms": "p95", "p99_ms": "p99", "max_ms": _("Slowest")}
    return [
        Column(_("Endpoint"), "name"),
        Column(_("From"), "from", lambda row: exact(row["from"])),
        Column(_("To"), "to", lambda row: exact(row["to"])),
        Column(_("Uptime"), "uptime", lambda row: uptime_text(row["uptime"])),
        Column(_("Downtime"), "down_ms", lambda row: duration(row["down_ms"])),
        Column(_("Checks"), "checks.total", _checks),
        Column(_("Incidents"), "incidents.total"),
        Column(_("Mean repair time"), "incidents.mttr_ms", _repair),
        *(_time(title, f"response_time.{key}") for key, title in times.items()),
    ]


def draw(screen: Screen, series: Mapping[str, Any]) -> None:
    """The chart of a series, with its beginning and its end below."""
    lines = chart(series["points"], width=min(screen.console.width, MOST_WIDTH), height=CHART_ROWS)
    if not lines:
        return
    screen.draw(
        Text(_("Response time (p95) by %(step)s; red: failed checks") % {"step": duration(series["step"] * 1000)})
    )
    for line in lines:
        screen.draw(line)
    first, last = exact(series["points"][0]["at"]), exact(series["points"][-1]["at"])
    room = max(line.cell_len for line in lines) - 10
    screen.draw(Text(f"{'':10}{first[:16]}{last[:16]:>{max(0, room - 16)}}" if room >= 36 else f"{'':10}{first[:16]}"))


def _time(title: str, key: str) -> Column:
    return Column(title, key, lambda row: milliseconds(value_at(row, key)))


def _checks(row: Row) -> str:
    counts = row["checks"]
    return str(_("%(total)d (%(down)d down, %(degraded)d slow)") % counts)


def _repair(row: Row) -> str:
    value = row["incidents"]["mttr_ms"]
    return "" if value is None else duration(value)
