"""A message as a mail: subject, text and HTML, each complete by itself."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import css_inline
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import override

from common.contracts.alerts import event_named
from notification_service.messages import labels
from notification_service.messages.content import Content

_TEMPLATES = {"alert": "alert", "reminder": "alert", "test": "test", "notice": "notice", "confirmation": "confirmation"}

MAX_ITEMS = 50
"""Endpoints that one mail lists; it names how many more there are."""


@dataclass(frozen=True)
class Letter:
    """What email_service is given."""

    subject: str
    text: str
    html: str


def render(content: Content) -> Letter:
    """The mail in the user's language and time zone."""
    with override(content.language):
        subject = labels.subject(content)
        context: dict[str, Any] = {
            "subject": subject,
            "language": labels.language(),
            "content": content,
            "data": {name: labels.one_line(text, 500) for name, text in content.data.items()},
            "items": [
                {
                    "headline": labels.headline(item),
                    "tone": event_named(item.event).tone.value,
                    "word": labels.event(item.event),
                    "name": labels.name_of(item),
                    "short": labels.short_cause(item),
                    "note": labels.note(item),
                    "facts": labels.facts(item, content.zone),
                    "when": labels.moment(item.occurred_at, content.zone),
                    "button": labels.button(item),
                    "link": item.link,
                }
                for item in content.items[:MAX_ITEMS]
            ],
            "notice": labels.notice_text(content) if content.reason == "notice" else "",
            "answers": [labels.one_line(line, 500) for line in content.data.get("answer", "").splitlines()[:MAX_ITEMS]],
            "counts": labels.counts(content.items),
            "more": max(0, len(content.items) - MAX_ITEMS),
            "public_url": settings.PUBLIC_URL,
            "channel_url": f"{settings.PUBLIC_URL}/notifications",
        }
        name = f"notification_service/{_TEMPLATES[content.reason]}"
        text = render_to_string(f"{name}.txt", context)
        html = render_to_string(f"{name}.html", context)
    return Letter(
        subject, "\n".join(line.rstrip() for line in text.strip().splitlines()) + "\n", _inliner().inline(html)
    )


@cache
def _inliner() -> css_inline.CSSInliner:
    """Media queries stay in the head; everything else goes where mail programs look for it."""
    return css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)
