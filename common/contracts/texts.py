"""Texts of the contracts: English where they are declared, Korean in `common/locale`, which Django and plain gettext read.

A contract translates nothing. It marks texts with `N_`, and who shows one asks the own gettext for it.
"""

from collections.abc import Callable

import msgspec

Gettext = Callable[[str], str]
"""Django's `gettext`, or that of the standard library."""


def N_(text: str) -> str:  # noqa: N802  the name that every extractor knows
    """Mark a text that is translated where it is shown."""
    return text


class Sentence(msgspec.Struct, frozen=True):
    """A text with values in it, such as `At most %(most)d headers.`; `said(gettext)` is it in a language."""

    text: str
    values: dict[str, str | float] = {}

    def said(self, gettext: Gettext) -> str:
        """The text in the language of `gettext`, with its values."""
        translated = gettext(self.text)
        return translated % self.values if self.values else translated

    def __str__(self) -> str:
        return self.said(lambda text: text)
