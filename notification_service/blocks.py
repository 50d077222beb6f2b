"""A message as Slack's Block Kit, with a text beside it for notifications and screen readers."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext, override

from notification_service import words
from notification_service.content import Content, Item

MARKS = {
    "down": "🟥", "up": "🟢", "degraded": "🔶", "recovered": "🟢", "certificate": "🔶", "flapping": "🔶", "region_held": "⏸️",
}  # fmt: skip
MAX_ITEMS = 20
"""Slack takes 50 blocks a message."""


def text(content: Content) -> str:
    """The fallback: the same line as a mail's subject."""
    with override(content.language):
        return escaped(words.subject(content))


def blocks(content: Content) -> list[dict[str, Any]]:
    """The message in the user's language and time zone."""
    with override(content.language):
        if not content.items:
            return [_section(escaped(words.subject(content)))]
        if len(content.items) == 1:
            return _one(content, content.items[0])
        made = [_section(f"*{escaped(words.subject(content))}*")]
        made += [_section(_line(item)) for item in content.items[:MAX_ITEMS]]
        more = len(content.items) - MAX_ITEMS
        if more > 0:
            link = f"{settings.PUBLIC_URL}/"
            made.append(_section(f"<{link}|{gettext('and %(more)d more') % {'more': more}}>"))
        return made


def escaped(value: str) -> str:
    """https://docs.slack.dev/messaging/formatting-message-text#escaping: no mention and no link comes out of a name."""
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _one(content: Content, item: Item) -> list[dict[str, Any]]:
    facts = [
        {"type": "mrkdwn", "text": f"*{escaped(label)}*\n{escaped(value)}"}
        for label, value in words.facts(item, content.zone)
    ]
    title = f"{MARKS.get(item.event, '•')} *{escaped(words.subject(content))}*"
    button = {
        "type": "button",
        "text": {"type": "plain_text", "text": words.button(item)},
        "url": item.link,
    }
    note = words.note(item)
    return [
        _section(title),
        *([_section(escaped(note))] if note else []),
        {"type": "section", "fields": facts[:10]},
        {"type": "actions", "elements": [button]},
    ]


def _line(item: Item) -> str:
    return f"{MARKS.get(item.event, '•')} <{item.link}|{escaped(words.headline(item))}>"


def _section(markdown: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": markdown[:3000]}}
