"""The geometry of what is drawn on the server: bars of days and hours, sparklines, the waterfall."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from frontend import words

BAR, GAP, HEIGHT = 4, 1, 24
"""Units of the bars' view box."""
SPARK_HEIGHT, SPARK_STEP = 20, 3
"""Units of the sparkline's view box: its height, and the width of an hour."""
TRACK_X, TRACK, ROW = 130, 500, 30
"""Units of the waterfall's view box."""
LEAST_FILL = 6
"""Units, so that a minute of downtime is seen."""


@dataclass(frozen=True)
class Unit:
    """What one bar stands for."""

    length: timedelta
    count: int

    def title(self, back: int) -> str:
        """The name of the bar that lies so many units before the current one."""
        now = datetime.now(UTC)
        if self.length == timedelta(days=1):
            return date_format(now.date() - timedelta(days=back), "MONTH_DAY_FORMAT")
        start = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=back)
        return f"{timezone.localtime(start):%H:%M}"

    def label(self, measured: int, bad: int) -> str:
        """What the picture shows, in words."""
        if not measured:
            return _("No data yet")
        values = {"n": measured, "bad": bad}
        if self.length == timedelta(days=1):
            return _("%(n)d days measured, %(bad)d with downtime") % values
        return _("%(n)d hours measured, %(bad)d with downtime") % values


DAYS = Unit(timedelta(days=1), 90)
HOURS = Unit(timedelta(hours=1), 24)


def bars(shares: Sequence[float | None], *, unit: Unit, each: bool) -> dict[str, Any]:
    """Uptime by day or hour, oldest first, the last one being the current: `{"width", "bar", "up", "none", "marks", "label"}`.

    `shares` are uptimes in %, None where nothing was measured. Where there was downtime, its share fills the bar from
    below. Neighbours that are good, or not measured, are one dashed line, so that a long list stays light, unless
    `each` asks for a hover text on every bar.
    """
    padded = [None] * (unit.count - len(shares)) + list(shares[-unit.count :])
    marks = []
    for index, uptime in enumerate(padded):
        if uptime is not None and (each or uptime < 100):
            title = unit.title(unit.count - 1 - index)
            marks.append(_mark(index * (BAR + GAP), uptime, title, unit.length.total_seconds()))
    measured = [uptime for uptime in padded if uptime is not None]
    return {
        "width": unit.count * (BAR + GAP) - GAP,
        "bar": BAR,
        "up": "" if each else _dashes([uptime is not None and uptime >= 100 for uptime in padded]),
        "none": _dashes([uptime is None for uptime in padded]),
        "marks": marks,
        "label": unit.label(len(measured), sum(1 for uptime in measured if uptime < 100)),
    }


def _dashes(wanted: Sequence[bool]) -> str:
    """A path along the runs of what is wanted; its stroke is dashed into bars."""
    path, index = "", 0
    for flag, run in groupby(wanted):
        length = sum(1 for _item in run)
        if flag:
            path += f"M{index * (BAR + GAP)} 12h{length * (BAR + GAP) - GAP}"
        index += length
    return path


def _mark(x: int, uptime: float, title: str, seconds: float) -> dict[str, Any]:
    """One bar of its own: the downtime as `filled` from below, at least so much that it is seen."""
    title = f"{title}: {words.percent(uptime)}"
    if uptime >= 100:
        return {"x": x, "filled": 0, "top": HEIGHT, "title": title}
    down = (1 - uptime / 100) * seconds
    title = f"{title}, " + _("down for about %(time)s") % {"time": words.duration(max(1.0, down))}
    filled = max(LEAST_FILL, round((1 - uptime / 100) * HEIGHT))
    return {"x": x, "filled": filled, "top": HEIGHT - filled, "title": title}


def sparkline(values: Sequence[float | None]) -> dict[str, Any] | None:
    """Response times (ms) by hour as a line from 0 up: `{"width", "height", "path", "label"}`; None without two of them."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return None
    top = max(known) or 1
    path, pen = "", "M"
    for index, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        path += f"{pen}{index * SPARK_STEP} {round(SPARK_HEIGHT - 1 - value / top * (SPARK_HEIGHT - 2), 1):g}"
        pen = "L"
    label = _("Response time over 24 hours: %(least)s to %(most)s") % {
        "least": words.milliseconds(min(known)),
        "most": words.milliseconds(top),
    }
    return {"width": (len(values) - 1) * SPARK_STEP, "height": SPARK_HEIGHT, "path": path, "label": label}


def waterfall(report: dict[str, Any]) -> list[dict[str, Any]]:
    """One row a phase: `{"name", "ms", "kind", "y", "x", "width"}`, the track being 500 units from x = 130."""
    phases = report.get("phases") or {}
    spans = [
        (index, name, float(phases[name]))
        for index, name in enumerate(words.PHASES)
        if phases.get(name) is not None and (phases[name] or name != "redirect_ms")
    ]
    total = sum(span for _index, _name, span in spans) or 1
    rows: list[dict[str, Any]] = []
    before = 0.0
    for index, name, span in spans:
        rows.append(
            {
                "name": words.PHASES[name],
                "ms": span,
                "kind": index,
                "y": len(rows) * ROW,
                "x": round(TRACK_X + min(before / total * TRACK, TRACK - 2), 1),
                "width": round(max(2, span / total * TRACK), 1),
            }
        )
        before += span
    return rows
