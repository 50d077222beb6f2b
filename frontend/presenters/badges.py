"""Badges with what one pastes into a page or a README."""

import re
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.translation import gettext as _

from common.contracts.answers.report_service import Badges


@dataclass(frozen=True, kw_only=True)
class Badge:
    """`snippets` by the language in which one pastes."""

    kind: str
    label: str
    url: str
    snippets: dict[str, str]


def badge_snippets(*, name: str, badges: Badges) -> list[Badge]:
    """Each badge of the endpoint of this name."""
    return [
        _badge("state", _("State"), badges.state_url, name),
        _badge("uptime", _("Uptime"), badges.uptime_url, name),
        _badge("latency", _("Response time"), badges.latency_url, name),
    ]


def _badge(kind: str, label: str, url: str, name: str) -> Badge:
    alt = f"{name}: {label}"
    markdown = re.sub(r"([\\\[\]])", r"\\\1", alt)
    snippets = {
        "Markdown": f"![{markdown}]({url})",
        "HTML": f'<img alt="{escape(alt)}" src="{escape(url)}">',
    }
    return Badge(kind=kind, label=label, url=url, snippets=snippets)
