"""Badges with what one pastes into a page or a README."""

import re
from typing import Any

from django.utils.html import escape
from django.utils.translation import gettext as _


def badge_snippets(*, endpoint: dict[str, Any], badges: dict[str, Any]) -> list[dict[str, Any]]:
    """Each badge with what one pastes: `{"kind", "label", "url", "snippets"}`, these by their language."""
    labels = {"state": _("State"), "uptime": _("Uptime"), "latency": _("Response time")}
    made: list[dict[str, Any]] = []
    for kind, label in labels.items():
        url = badges[f"{kind}_url"]
        alt = f"{endpoint['name']}: {label}"
        markdown = re.sub(r"([\\\[\]])", r"\\\1", alt)
        made.append({
            "kind": kind,
            "label": label,
            "url": url,
            "snippets": {
                "Markdown": f"![{markdown}]({url})",
                "HTML": f'<img alt="{escape(alt)}" src="{escape(url)}">',
            },
        })  # fmt: skip
    return made
