"""The geometry of what is drawn on the server: day bars, the waterfall, the response-time chart."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from frontend import words

DAYS = 90
BAR, GAP, HEIGHT = 4, 1, 24
"""Units of the bars' view box."""
TRACK_X, TRACK, ROW = 130, 500, 30
"""Units of the waterfall's view box."""
LEAST_FILL = 6
"""Units, so that a minute of downtime is seen."""


def bars(days: Sequence[float | None], *, each: bool) -> dict[str, Any]:
    """The last 90 days, oldest first, the last one being today: `{"width", "height", "bar", "up", "rects", "label"}`.

    `days` are uptimes in %, None where nothing was measured. Where there was downtime, its share fills the bar from
    below. Good days are one path, so that a long list stays light, unless `each` asks for a hover text on every bar.
    """
    padded = [None] * (DAYS - len(days)) + list(days[-DAYS:])
    today = datetime.now(UTC).date()
    good, rects = [], []
    for index, uptime in enumerate(padded):
        x = index * (BAR + GAP)
        if uptime is None:
            rects.append({"x": x, "y": HEIGHT - 2, "height": 1, "kind": "n", "title": ""})
        elif uptime >= 100 and not each:
            good.append(f"M{x} 0h{BAR}v{HEIGHT}h-{BAR}z")
        else:
            rects += _day(x, uptime, today - timedelta(days=DAYS - 1 - index))
    measured = [uptime for uptime in padded if uptime is not None]
    bad = sum(1 for uptime in measured if uptime < 100)
    label = _("%(days)d days measured, %(bad)d with downtime") % {"days": len(measured), "bad": bad}
    return {
        "width": DAYS * (BAR + GAP) - GAP,
        "height": HEIGHT,
        "bar": BAR,
        "up": "".join(good),
        "rects": rects,
        "label": label if measured else _("No data yet"),
    }


def _day(x: int, uptime: float, day: date) -> list[dict[str, Any]]:
    """One day's rectangles: the good share above, the downtime below, at least so much that it is seen."""
    title = f"{date_format(day, 'MONTH_DAY_FORMAT')}: {words.percent(uptime)}"
    if uptime >= 100:
        return [{"x": x, "y": 0, "height": HEIGHT, "kind": "u", "title": title}]
    down = (1 - uptime / 100) * 86400
    title = f"{title}, " + _("down for about %(time)s") % {"time": words.duration(max(1.0, down))}
    filled = max(LEAST_FILL, round((1 - uptime / 100) * HEIGHT))
    return [
        {"x": x, "y": 0, "height": HEIGHT - filled, "kind": "u", "title": title},
        {"x": x, "y": HEIGHT - filled, "height": filled, "kind": "d", "title": title},
    ]


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
