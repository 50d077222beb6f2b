"""The client's words in the language of the locale: English, or Korean where LC_ALL, LC_MESSAGES or LANG say `ko`."""

import gettext as catalogs
import os
from pathlib import Path

from common import contracts

_DOMAIN = "django"
"""The repository's tools write every folder's translations under this name."""

catalogs.bindtextdomain(_DOMAIN, str(Path(__file__).with_name("locale")))
catalogs.textdomain(_DOMAIN)  # Typer's own headings ask the current domain, so they are ours too
ngettext = catalogs.ngettext
_CONTRACTS = Path(contracts.__file__).parents[1] / "locale"
"""The words of what both sides of the API know."""


def gettext(text: str) -> str:
    """The client's own word, else that of the contracts."""
    said = catalogs.gettext(text)
    return said if said != text else catalogs.translation(_DOMAIN, str(_CONTRACTS), fallback=True).gettext(text)


_ = gettext


def N_(text: str) -> str:  # noqa: N802  the name that every extractor knows
    """Mark a text that is translated where it is used."""
    return text


HEADINGS = (
    N_("Arguments"),
    N_("Options"),
    N_("Commands"),
    N_("Missing command."),
    N_("(dynamic)"),
    N_("required"),
    N_("default: {default}"),
    N_("No such command {name!r}."),
)
"""What Typer says by gettext."""


def language() -> str:
    """`ko` or `en`: what the API is asked to answer in."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "ko" if value.lower().startswith("ko") else "en"
    return "en"
