"""Rich's console for text that others wrote: only rich's own escape sequences pass."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Console
from rich.segment import Segment
from rich.text import Text

from pong_cli.output.control_characters import harmless

if TYPE_CHECKING:
    from rich.console import ConsoleOptions, RenderableType


class SafeConsole(Console):
    """Makes whatever is printed harmless, wherever it stands."""

    def render(self, renderable: "RenderableType", options: "ConsoleOptions | None" = None) -> Iterable[Segment]:
        """Every renderable, nested ones too, comes by here."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(harmless(segment.text), segment.style)


def harmless_cell(cell: str | Text) -> str | Text:
    """The same for a cell, which keeps its colours."""
    if isinstance(cell, str):
        return harmless(cell)
    cell.plain = harmless(cell.plain)
    return cell
