"""A message as Slack's Block Kit, with a text beside it for notifications and screen readers."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext, override

from common.contracts.alerts import Tone, event_named
from notification_service.messages import labels
from notification_service.messages.content import Content, Item

COLOURS = {Tone.BAD: "#b42318", Tone.GOOD: "#0f7a43", Tone.WARNING: "#b26b00", Tone.QUIET: "#5b6470"}
"""Of the bar beside a message. A state is never told by it alone: its word stands there too."""
MAX_ITEMS = 20
"""Slack takes 50 blocks a message, and few people read more."""
MAX_VALUE = 300
"""Characters of one fact: Slack takes 2,000 a field, and escaping may make five of one."""


def text(content: Content) -> str:
    """The line above the details, and what notifications and screen readers say: the same as a mail's subject."""
    with override(content.language):
        return escaped(labels.subject(content))


def attachments(content: Content) -> list[dict[str, Any]]:
    """The details in the user's language and time zone, beside a bar in the colour of what happened."""
    with override(content.language):
        if content.reason == "notice":
            return [_attachment("", _notice(content))]
        if len(content.items) == 1:
            item = content.items[0]
            return [_attachment(item.event, _details(content, item))]
        shown = content.items[:MAX_ITEMS]
        events = list(dict.fromkeys(item.event for item in shown))
        made = [_attachment(event, [_line(item) for item in shown if item.event == event]) for event in events]
        more = len(content.items) - len(shown)
        if more:
            label = gettext("and %(more)d more") % {"more": more}
            made[-1]["blocks"].append(_section(f"<{settings.PUBLIC_URL}/|{label}>"))
        return made


def escaped(value: str) -> str:
    """https://docs.slack.dev/messaging/formatting-message-text#escaping: no mention and no link comes out of a name."""
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _attachment(event: str, blocks: list[dict[str, Any]]) -> dict[str, Any]:
    return {"color": COLOURS[event_named(event).tone], "blocks": blocks}


def _details(content: Content, item: Item) -> list[dict[str, Any]]:
    note = labels.note(item)
    facts = [
        {"type": "mrkdwn", "text": f"*{escaped(label)}*\n{escaped(labels.one_line(value, MAX_VALUE))}"}
        for label, value in labels.facts(item, content.zone)
    ]
    button = {"type": "button", "text": {"type": "plain_text", "text": labels.button(item)}, "url": item.link}
    return [
        *([_section(escaped(note))] if note else []),
        {"type": "section", "fields": facts},
        {"type": "actions", "elements": [button]},
    ]


def _notice(content: Content) -> list[dict[str, Any]]:
    answer = labels.one_line(content.data.get("answer", ""), MAX_VALUE)
    return [_section(escaped(text)) for text in (labels.notice_text(content), answer) if text]


def _line(item: Item) -> dict[str, Any]:
    return _section(f"{event_named(item.event).sign} <{item.link}|{escaped(labels.headline(item))}>")


def _section(markdown: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": markdown}}
