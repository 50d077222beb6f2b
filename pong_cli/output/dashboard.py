"""The live picture of `watch`: made anew for the size that the terminal has at that moment."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from pong_cli.labels import _, ngettext
from pong_cli.output.charts import day_bars, levels, uptime_text
from pong_cli.output.marks import state_text
from pong_cli.output.tables import cause as told
from pong_cli.output.times import ago, between, milliseconds, now

if TYPE_CHECKING:
    from common.contracts.answers.report_service import Glance

_NUMBER = re.compile(r"([0-9]{1,15})", re.ASCII)
_ORDER = ("down", "degraded", "unknown", "pending", "up", "maintenance", "paused")
_WIDE, _WIDER = 100, 150
"""Columns from which the last day's response times, and the last 30 days, have room."""
MOST_WIDTH = 240
"""Columns beyond which a line is hard to follow."""
_CHROME = 5
"""Lines for the sentence, the head of the table, the foot and the blanks between."""


@dataclass
class Dashboard:
    """What is known: the overview's items, when they were asked for, and what went wrong since."""

    items: "Sequence[Glance]" = ()
    fetched_at: datetime | None = None
    trouble: str = ""

    def update(self, items: "Sequence[Glance]") -> None:
        """News from the API: the worst first, then by name."""
        self.items = sorted(items, key=lambda one: (_rank(one.state), _by_name(one.name), one.endpoint_id))
        self.fetched_at, self.trouble = now(), ""

    def sentence(self) -> Text:
        """Whether anything is wrong, before everything else."""
        down = [one for one in self.items if one.state == "down"]
        if not self.items:
            return Text(_("Nothing is watched yet.") if self.fetched_at else _("Asking..."), "bold")
        if not down:
            slow = sum(one.state == "degraded" for one in self.items)
            if slow:
                return Text(_("%(n)d of %(all)d are slow.") % {"n": slow, "all": len(self.items)}, "bold yellow")
            faults = sum(one.state == "unknown" for one in self.items)
            if faults:
                said = _("%(n)d of %(all)d could not be checked: pongpong's fault, not theirs.")
                return Text(said % {"n": faults, "all": len(self.items)}, "bold magenta")
            said = ngettext("Nothing of %(n)d is down.", "Nothing of %(n)d is down.", len(self.items))
            return Text(said % {"n": len(self.items)}, "bold green")
        names = ", ".join(f"{one.name} ({_since(one)})" if _since(one) else one.name for one in down)
        said = _("%(n)d of %(all)d are down: %(names)s") % {"n": len(down), "all": len(self.items), "names": names}
        return Text(said, "bold red", no_wrap=True, overflow="ellipsis")

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Rich asks for it at every refresh, so a terminal that was resized gets a picture of its new size."""
        height = options.height or console.height
        yield from self.lines(min(options.max_width, MOST_WIDTH), height)

    def lines(self, width: int, height: int) -> Iterator[RenderableType]:
        """The sentence, as many endpoints as there is room for, and the foot."""
        room = max(1, height - _CHROME)
        shown = self.items[:room]
        yield self.sentence()
        yield Text()
        yield self._table(shown, width)
        yield Text()
        yield self._foot(len(self.items) - len(shown))

    def _table(self, shown: "Sequence[Glance]", width: int) -> Table:
        table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim", width=width)
        table.add_column(_("State"), no_wrap=True)
        table.add_column(_("Endpoint"), no_wrap=True, overflow="ellipsis", ratio=2)
        table.add_column(_("24 h"), justify="right", no_wrap=True)
        table.add_column(_("Last"), justify="right", no_wrap=True)
        if width >= _WIDE:
            table.add_column(_("24 hours"), no_wrap=True)
        if width >= _WIDER:
            table.add_column(_("30 days"), no_wrap=True)
        table.add_column(_("Checked"), no_wrap=True)
        table.add_column(_("What is wrong"), no_wrap=True, overflow="ellipsis", ratio=3)
        for one in shown:
            last = one.last_result
            cells: list[str | Text] = [
                state_text(one.state), one.name or one.url, uptime_text(one.uptime.get("24h")),
                milliseconds(last.total_ms) if last else "",
            ]  # fmt: skip
            if width >= _WIDE:
                cells.append(levels(one.sparkline, width=24, low=0))
            if width >= _WIDER:
                cells.append(day_bars(one.bars, width=30))
            table.add_row(*cells, ago(last.checked_at) if last else "", _trouble(one))
        return table

    def _foot(self, more: int) -> Text:
        parts = []
        if more > 0:
            parts.append(ngettext("and %(n)d more", "and %(n)d more", more) % {"n": more})
        if self.fetched_at:
            parts.append(f"{self.fetched_at.astimezone():%H:%M:%S}")
        parts.append(self.trouble or _("Ctrl-C ends"))
        return Text(" · ".join(parts), "yellow" if self.trouble else "dim", no_wrap=True, overflow="ellipsis")


def _rank(state: str) -> int:
    return _ORDER.index(state) if state in _ORDER else 0


def _by_name(name: str) -> list[tuple[str, int]]:
    """Numbers in names count as numbers: `web 2` comes before `web 10`."""
    parts = _NUMBER.split(name.casefold())
    return [(text, int(number or 0)) for text, number in zip(parts[::2], [*parts[1::2], ""], strict=True)]


def _since(one: "Glance") -> str:
    return between(one.open_incident.started_at, None) if one.open_incident else ""


def _trouble(one: "Glance") -> Text:
    """The open incident's cause; the message of one that is slow or could not be checked."""
    if incident := one.open_incident:
        cause = told(incident.cause_data, incident.cause)
        if incident.acknowledged_at:
            cause = _("%(cause)s (seen)") % {"cause": cause}
        return Text(cause, no_wrap=True, overflow="ellipsis")
    if one.state in {"degraded", "unknown"} and one.last_result:
        return Text(told(one.last_result.cause_data, one.last_result.message), no_wrap=True, overflow="ellipsis")
    return Text()
