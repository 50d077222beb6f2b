"""The geometry of what is drawn on the server: bars of days and hours, sparklines, the waterfall."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from common.contracts.answers.report_service import Report
from frontend.presenters import labels

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

    def start(self, index: int, now: datetime) -> datetime:
        """When the bar at this place begins, the last one being the current; days are UTC's."""
        begun = now.replace(minute=0, second=0, microsecond=0)
        current = begun.replace(hour=0) if self.length == timedelta(days=1) else begun
        return current - (self.count - 1 - index) * self.length

    def name(self, index: int, now: datetime) -> str:
        """What the bar at this place is called: a date, or the hour in the visitor's zone."""
        start = self.start(index, now)
        if self.length == timedelta(days=1):
            return date_format(start.date(), "MONTH_DAY_FORMAT")
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


@dataclass(frozen=True)
class Mark:
    """A bar with downtime, which is `filled` from below (up to `top`), and a title in words."""

    x: int
    filled: int
    top: int
    title: str


@dataclass(frozen=True)
class Sparkline:
    """`label` is the text alternative."""

    width: int
    height: int
    path: str
    label: str


@dataclass(frozen=True)
class PhaseBar:
    """A row of the waterfall; `kind` is its place in `labels.PHASES`."""

    name: str
    ms: float
    kind: int
    y: int
    x: float
    width: float


@dataclass(frozen=True)
class Bars:
    """Uptime by day or hour, oldest first; coordinates are units of the view box."""

    width: int
    up: str
    """A path along the bars that were good; its stroke is dashed into bars."""
    none: str
    """The same along those that were not measured."""
    marks: list[Mark]
    kinds: str
    """A letter for each bar: `u`p, `d`own for a while, `n`ot measured."""
    label: str


def bars(
    shares: Sequence[float | None], *, unit: Unit, now: datetime, down_ms: Sequence[int | None] | None = None
) -> Bars:
    """The bars of `shares`: uptimes in %, None where nothing was measured, the last one being the current day or hour.

    `down_ms` is the downtime that was measured behind each; without it none is told, since nobody knows how long of the
    day was watched.

    Neighbours that are good, or not measured, are one line, so that a long list stays light.
    """
    padded = [None] * (unit.count - len(shares)) + list(shares[-unit.count :])
    measured = list(down_ms or [])[-unit.count :]
    down = [*[None] * (unit.count - len(measured)), *measured]
    kinds = "".join("n" if share is None else "u" if share >= 100 else "d" for share in padded)
    marks = [
        _mark(index * (BAR + GAP), share, name=unit.name(index, now), down_ms=down[index])
        for index, share in enumerate(padded)
        if share is not None and share < 100
    ]
    return Bars(
        width=unit.count * (BAR + GAP) - GAP,
        up=_dashes(kinds, "u"),
        none=_dashes(kinds, "n"),
        marks=marks,
        kinds=kinds,
        label=unit.label(unit.count - kinds.count("n"), len(marks)),
    )


def _dashes(kinds: str, wanted: str) -> str:
    """A path along the runs of one kind."""
    path, index = "", 0
    for kind, run in groupby(kinds):
        length = sum(1 for _item in run)
        if kind == wanted:
            path += f"M{index * (BAR + GAP)} 12h{length * (BAR + GAP) - GAP}"
        index += length
    return path


def _mark(x: int, uptime: float, *, name: str, down_ms: int | None) -> Mark:
    """One bar with downtime, at least so much of it filled that it is seen."""
    title = f"{name}: {labels.percent(uptime)}"
    if down_ms is not None:
        title += ", " + _("down for %(time)s") % {"time": labels.duration(max(1.0, down_ms / 1000))}
    filled = max(LEAST_FILL, round((1 - uptime / 100) * HEIGHT))
    return Mark(x=x, filled=filled, top=HEIGHT - filled, title=title)


def sparkline(values: Sequence[float | None]) -> Sparkline | None:
    """Response times (ms) by hour as a line from 0 up; None without two of them."""
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
        "least": labels.milliseconds(min(known)),
        "most": labels.milliseconds(top),
    }
    return Sparkline(width=(len(values) - 1) * SPARK_STEP, height=SPARK_HEIGHT, path=path, label=label)


def waterfall(report: Report) -> list[PhaseBar]:
    """One row a phase, the track being 500 units from x = 130."""
    values = labels.phase_values(report.phases) if report.phases else []
    spans = [
        (index, name, value)
        for index, (name, value) in enumerate(zip(labels.PHASES, values, strict=False))
        if value is not None and (value or name != "redirect_ms")
    ]
    total = sum(span for _index, _name, span in spans) or 1
    rows: list[PhaseBar] = []
    before = 0.0
    for index, name, span in spans:
        rows.append(
            PhaseBar(
                name=str(labels.PHASES[name]),
                ms=span,
                kind=index,
                y=len(rows) * ROW,
                x=round(TRACK_X + min(before / total * TRACK, TRACK - 2), 1),
                width=round(max(2, span / total * TRACK), 1),
            )
        )
        before += span
    return rows
