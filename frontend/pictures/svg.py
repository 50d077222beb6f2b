"""The small pictures of a list's rows as SVG. A template would take ten times as long for each, and lists have hundreds."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from functools import cache
from html import escape

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from frontend.pictures import geometry

_SHAPES = {
    "up": '<circle class="fill" cx="8" cy="8" r="6.5"/>',
    "degraded": '<path class="fill" d="M8 1.5 15 14.5H1z"/>',
    "down": '<rect class="fill" x="1.5" y="1.5" width="13" height="13" rx="2.5"/>'
    '<path class="cut" d="m5.5 5.5 5 5m0-5-5 5"/>',
    "paused": '<path class="fill" d="M3.5 2.5h3v11h-3zm6 0h3v11h-3z"/>',
    "maintenance": '<path class="fill" d="M14.6 4.2 12 6.8l-2.4-.4L9.2 4l2.6-2.6a4.4 4.4 0 0 0-5.7 5.5L1.6 11.4a2 2 0 0 0 '
    '0 2.9l.1.1a2 2 0 0 0 2.9 0l4.5-4.5a4.4 4.4 0 0 0 5.5-5.7z"/>',
}
_SHAPES |= {"resolved": _SHAPES["up"], "open": _SHAPES["down"]}
_RING = '<circle class="stroke" cx="8" cy="8" r="5.5"/>'


@cache
def shape(state: str) -> SafeString:
    """The mark that tells a state beside its colour and its word; a ring for what has none of its own."""
    drawn = _SHAPES.get(state, _RING)
    return mark_safe(f'<svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">{drawn}</svg>')  # noqa: S308  constants


def bars(
    shares: Sequence[float | None],
    *,
    unit: geometry.Unit,
    tall: bool = False,
    down_ms: Sequence[int | None] | None = None,
    first: date | None = None,
) -> SafeString:
    """Bars of days or hours (`geometry.bars`); `first` is the day of the first one, where days are not UTC's.

    The text alternative is a sentence, and bars with downtime have a title. From the `data-` attributes
    `static/frontend/strips.js` makes one tab stop, on which arrow keys walk from bar to bar.
    """
    now = datetime.combine(first, time(), UTC) + (unit.count - 1) * unit.length if first else datetime.now(UTC)
    drawn = geometry.bars(shares, unit=unit, now=now, down_ms=down_ms)
    lines = "".join(f'<path class="{kind}" d="{path}"/>' for kind, path in (("u", drawn.up), ("n", drawn.none)) if path)
    return mark_safe(  # noqa: S308  numbers, and words that are escaped
        f'<svg class="bars{" tall" if tall else ""}" viewBox="0 0 {drawn.width} {geometry.HEIGHT}"'
        f' preserveAspectRatio="none" role="img" aria-label="{escape(drawn.label)}" data-kinds="{drawn.kinds}"'
        f' data-start="{unit.start(0, now):%Y-%m-%dT%H:%MZ}" data-step="{unit.length.total_seconds():.0f}"'
        f' data-none="{escape(_("No data"))}">{lines}{"".join(map(_mark, drawn.marks))}</svg>'
    )


def _mark(mark: geometry.Mark) -> str:
    at = f'x="{mark.x}" width="{geometry.BAR}"'
    above = f'<rect class="u" {at} height="{mark.top}"/>' if mark.top else ""
    below = f'<rect class="d" {at} y="{mark.top}" height="{mark.filled}"/>'
    return f"<g><title>{escape(mark.title)}</title>{above}{below}</g>"


def sparkline(values: Sequence[float | None]) -> SafeString:
    """Response times as a small line (`geometry.sparkline`); an empty place without two of them."""
    drawn = geometry.sparkline(values)
    if drawn is None:
        return mark_safe('<span class="spark"></span>')
    return mark_safe(  # noqa: S308  numbers, and words that are escaped
        f'<svg class="spark" viewBox="0 0 {drawn.width} {drawn.height}" preserveAspectRatio="none" role="img"'
        f' aria-label="{escape(drawn.label)}"><path d="{drawn.path}"/></svg>'
    )
