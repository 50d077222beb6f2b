"""Pictures made of characters: the waterfall of a check, bars of days, a chart of response times."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import TYPE_CHECKING

from rich.text import Text

from common.contracts.fields import described
from common.contracts.results import Phases
from pong_cli.labels import _
from pong_cli.output.marks import can_unicode
from pong_cli.output.times import milliseconds, percent

if TYPE_CHECKING:
    from common.contracts.answers.report_service import Point

_COLOURS = ("blue", "cyan", "magenta", "yellow", "green")
PHASES = {
    name: (phase.about.label, colour)
    for (name, phase), colour in zip(described(Phases).items(), cycle(_COLOURS), strict=False)
    if name != "redirect_ms"
}
"""Their words and colours. How long redirects took is within the others."""
_LEVELS = "▁▂▃▄▅▆▇█"
_ASCII_LEVELS = "._-=+*%#"


def waterfall(phases: Mapping[str, float | None], *, width: int) -> list[Text]:
    """One line a phase that took any time: its name, its time, and where in the whole it lies."""
    times = {name: phases.get(name) or 0.0 for name in PHASES}
    total = sum(times.values())
    if not total:
        return []
    names = {name: _(PHASES[name][0]) for name in PHASES}
    label = max(Text(name).cell_len for name in names.values())
    room = max(10, width - label - 16)
    lines, before = [], 0.0
    for name, taken in times.items():
        if taken:
            start = round(before / total * room)
            length = max(1, round((before + taken) / total * room) - start)
            bar = ("█" if can_unicode() else "#") * min(length, room - min(start, room - 1))
            padding = " " * (label - Text(names[name]).cell_len)
            lines.append(
                Text.assemble(
                    f"  {names[name]}{padding} {milliseconds(taken):>9}  ",
                    " " * min(start, room - 1),
                    (bar, PHASES[name][1]),
                )
            )
        before += taken
    return lines


def levels(values: Sequence[float | None], *, width: int, low: float | None = None) -> str:
    """One character a value (the last `width` of them), as high as the value; a gap where there is none."""
    shown = list(values)[-width:]
    known = [value for value in shown if value is not None]
    if not known:
        return " " * len(shown)
    base = min(known) if low is None else low
    marks = _LEVELS if can_unicode() else _ASCII_LEVELS
    span = (max(known) - base) or 1
    top = len(marks) - 1
    return "".join(" " if value is None else marks[max(0, round((value - base) / span * top))] for value in shown)


def day_bars(values: Sequence[float | None], *, width: int) -> Text:
    """One bar a day, green where the uptime was whole, yellow from 99 %, else red; no data is a hairline."""
    text = Text()
    full, part, low, none = ("█", "▆", "▂", "·") if can_unicode() else ("#", "+", "x", ".")
    for value in list(values)[-width:]:
        if value is None:
            text.append(none, "dim")
        elif value >= 100:
            text.append(full, "green")
        elif value >= 99:
            text.append(part, "yellow")
        else:
            text.append(low, "red")
    return text


def chart(points: "Sequence[Point]", *, width: int, height: int) -> list[Text]:
    """The p95 of each point as a column (red where it was down), over a time axis; gaps are gaps."""
    room = max(10, width - 10)
    columns = _columns(points, room)
    most = max((column[0] for column in columns if column), default=0.0)
    if not most:
        return []
    block = "█" if can_unicode() else "#"
    lines = []
    for row in range(height, 0, -1):
        scale = milliseconds(most) if row == height else milliseconds(most / 2) if row == (height + 1) // 2 else ""
        line = Text(f"{scale:>8}  ", "dim")
        for column in columns:
            filled = column is not None and column[0] / most * height > row - 1
            line.append(block if filled else " ", "red" if column and column[1] else "green")
        lines.append(line)
    return lines


def _columns(points: "Sequence[Point]", room: int) -> list[tuple[float, bool] | None]:
    """`(highest p95, whether it was down)` of each column; several points share one where there are too many."""
    if not points:
        return []
    share = -(-len(points) // room)
    columns: list[tuple[float, bool] | None] = []
    for start in range(0, len(points), share):
        group = points[start : start + share]
        known = [point.p95_ms or 0.0 for point in group if point.checks]
        columns.append((max(known), any(point.down for point in group)) if known else None)
    return columns


def uptime_text(value: float | None) -> Text:
    """The percentage in its colour."""
    style = "dim" if value is None else "green" if value >= 99.9 else "yellow" if value >= 99 else "red"
    return Text(percent(value) or "–", style=style)
