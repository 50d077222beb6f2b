"""The response-time chart: a median line with a band up to the 95th percentile, or the phases stacked; gaps are gaps."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate, pairwise

from django.utils import timezone
from django.utils.formats import date_format

from common.contracts.answers.report_service import Incident, Series
from frontend.presenters import labels

WIDTH, HEIGHT = 960, 240
LEFT, RIGHT, TOP, BOTTOM = 56, 8, 12, 28
"""Units of the view box: margins for the labels."""
NICE = (1, 2, 3, 4, 6, 8)
HOURS = (1, 2, 4, 6, 12)


@dataclass(frozen=True)
class Layer:
    """A phase's area; `kind` is its place in `labels.PHASES`."""

    kind: int
    path: str


@dataclass(frozen=True)
class Stretch:
    """A part of the time axis, with what is said where it is hovered."""

    x: float
    width: float
    title: str = ""


@dataclass(frozen=True)
class Tick:
    at: float
    text: str


@dataclass
class Chart:
    """What the template draws; coordinates are units of the view box."""

    lines: list[str] = field(default_factory=list)
    bands: list[str] = field(default_factory=list)
    layers: list[Layer] = field(default_factory=list)
    """The phases from below."""
    incidents: list[Stretch] = field(default_factory=list)
    hits: list[Stretch] = field(default_factory=list)
    """Where a point is hovered."""
    x_ticks: list[Tick] = field(default_factory=list)
    y_ticks: list[Tick] = field(default_factory=list)
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


@dataclass(frozen=True)
class Point:
    at: datetime
    p50: float
    p95: float
    phases: tuple[float, ...]
    """Means in ms, in the order of `labels.PHASES`; empty where they were not asked for."""

    @property
    def heights(self) -> tuple[float, ...]:
        """What is drawn upon each other."""
        return tuple(accumulate(self.phases)) if self.phases else (self.p50, self.p95)


def draw_chart(*, series: Series, incidents: Sequence[Incident], with_phases: bool = False) -> Chart | None:
    """The chart of an answer of `/endpoints/{id}/series`; None where nothing was measured."""
    points = list(_points(series, with_phases=with_phases))
    start, end = series.from_, series.to
    if not points or start is None or end is None or end <= start:
        return None
    top = _ceiling(max(point.heights[-1] for point in points))

    def x(at: datetime) -> float:
        return round(LEFT + (at - start) / (end - start) * (WIDTH - LEFT - RIGHT), 1)

    def y(value: float) -> float:
        return round(HEIGHT - BOTTOM - min(value, top) / top * (HEIGHT - TOP - BOTTOM), 1)

    chart = Chart()
    step = timedelta(seconds=series.step)
    for run in _runs(points, step):
        middle = [(x(point.at + step / 2), point) for point in run]
        if len(middle) == 1:
            half = max(1.0, (x(run[0].at + step) - x(run[0].at)) / 2)
            middle = [(middle[0][0] - half, run[0]), (middle[0][0] + half, run[0])]
        floor = [(at, y(0)) for at, _point in middle]
        edges = [[(at, y(height)) for at, height in line] for line in _edges(middle)]
        if points[0].phases:
            for kind, (under, over) in enumerate(pairwise([floor, *edges])):
                chart.layers.append(Layer(kind, _area(under, over)))
        else:
            chart.lines.append(_path(edges[0]))
            chart.bands.append(_area(*edges))
    wide = max(1.0, x(start + step) - LEFT)
    chart.hits = [Stretch(x(point.at), wide, _title(point)) for point in points]
    for incident in incidents:
        began, ended = incident.started_at, incident.resolved_at or end
        if ended > start and began < end:
            left, right = x(max(began, start)), x(min(ended, end))
            chart.incidents.append(Stretch(left, max(1.5, right - left)))
    chart.x_ticks = [Tick(x(at), text) for at, text in _ticks(start, end)]
    chart.y_ticks = [Tick(y(top * part), labels.milliseconds(top * part)) for part in (0, 0.5, 1)]
    return chart


def _points(series: Series, *, with_phases: bool) -> Iterator[Point]:
    for point in series.points:
        if point.p50_ms is not None:
            parts = tuple(value or 0.0 for value in labels.phase_values(point.phases)) if with_phases else ()
            yield Point(point.at, point.p50_ms, max(point.p50_ms, point.p95_ms or 0), parts)


def _title(point: Point) -> str:
    """When, and how long it took."""
    when = labels.exact(point.at)[:-3]
    if point.phases:
        named = zip(labels.PHASES.values(), point.phases, strict=True)
        return f"{when}: " + ", ".join(f"{name} {labels.milliseconds(value)}" for name, value in named if value)
    return f"{when}: {labels.milliseconds(point.p50)}, 95%: {labels.milliseconds(point.p95)}"


def _edges(run: Sequence[tuple[float, Point]]) -> Iterator[list[tuple[float, float]]]:
    """Of each height that the points have, the line along the run."""
    for level in range(len(run[0][1].heights)):
        yield [(at, point.heights[level]) for at, point in run]


def _path(line: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y}" for x, y in line)


def _area(under: Sequence[tuple[float, float]], over: Sequence[tuple[float, float]]) -> str:
    return _path([*over, *reversed(under)]) + "Z"


def _runs(points: Sequence[Point], step: timedelta) -> Iterator[list[Point]]:
    """Neighbours that follow each other without a hole."""
    run = [points[0]]
    for before, point in pairwise(points):
        if point.at - before.at > step * 1.5:
            yield run
            run = []
        run.append(point)
    yield run


def _ceiling(value: float) -> float:
    """The next of 10, 20, 30, 40, 60, 80, 100, ... ms: numbers whose half is round too."""
    scale = 10.0
    while scale * NICE[-1] < value:
        scale *= 10
    return next(scale * step for step in NICE if scale * step >= value)


def _ticks(start: datetime, end: datetime) -> Iterator[tuple[datetime, str]]:
    """Round moments in the visitor's zone: hours within two days, days within three weeks, else weeks or months."""
    length = end - start
    first = timezone.localtime(start)
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    if length <= timedelta(days=2):
        hours = next((step for step in HOURS if length / timedelta(hours=step) <= 8), HOURS[-1])
        moments = [midnight + timedelta(hours=hours * n) for n in range(49)]
        texts = [f"{timezone.localtime(at):%H:%M}" for at in moments]
    elif length <= timedelta(days=120):
        days = max(1, round(length / timedelta(days=8)))
        moments = [midnight + timedelta(days=days * n) for n in range(130)]
        texts = [date_format(at, "MONTH_DAY_FORMAT") for at in moments]
    else:
        month = midnight.replace(day=1)
        moments = [
            month.replace(year=month.year + (month.month - 1 + n) // 12, month=(month.month - 1 + n) % 12 + 1)
            for n in range(0, 26, 2)
        ]
        texts = [date_format(at, "N Y" if at.month == 1 else "N") for at in moments]
    for at, text in zip(moments, texts, strict=True):
        if start <= at <= end:
            yield at, text
