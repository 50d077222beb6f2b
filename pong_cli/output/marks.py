"""A state as a mark, a colour and a word: never by colour alone."""

import sys

from rich.text import Text

from pong_cli.labels import N_, _

MARKS = {
    "up": ("●", "o", "green", N_("Up")),
    "degraded": ("▲", "^", "yellow", N_("Slow")),
    "down": ("☒", "x", "bold red", N_("Down")),
    "paused": ("‖", "=", "dim", N_("Paused")),
    "pending": ("○", ".", "dim", N_("Pending")),
    "maintenance": ("⚒", "m", "cyan", N_("Maintenance")),
    "unknown": ("?", "?", "magenta", N_("Could not be checked")),
    "open": ("☒", "x", "bold red", N_("Ongoing")),
    "resolved": ("●", "o", "green", N_("Recovered")),
}
"""Mark, the same in ASCII, style, word."""


def can_unicode() -> bool:
    """Whether the output takes more than ASCII."""
    return (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")


def mark(state: str) -> Text:
    """The mark alone; a state that is new to us is a question mark."""
    unicode, ascii_mark, style, _word = MARKS.get(state, ("?", "?", "", ""))
    return Text(unicode if can_unicode() else ascii_mark, style=style)


def word(state: str) -> str:
    """The word alone."""
    return _(MARKS[state][3]) if state in MARKS else state


def state_text(state: str) -> Text:
    """Mark and word."""
    return Text.assemble(mark(state), " ", (word(state), MARKS.get(state, ("", "", "", ""))[2]))
