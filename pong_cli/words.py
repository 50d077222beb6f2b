"""The client's words in the language of the locale: English, or Korean where LC_ALL, LC_MESSAGES or LANG say `ko`."""

import gettext as catalogs
import os
from pathlib import Path

_DOMAIN = "django"
"""The repository's tools write every folder's translations under this name."""

catalogs.bindtextdomain(_DOMAIN, str(Path(__file__).with_name("locale")))
catalogs.textdomain(_DOMAIN)  # Typer's own headings ask the current domain, so they are ours too
gettext = _ = catalogs.gettext
ngettext = catalogs.ngettext


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
