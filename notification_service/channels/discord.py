"""Discord: `{"webhook_url"}`, an embed in the colour of what happened.

https://discord.com/developers/docs/resources/webhook#execute-webhook and .../resources/message#embed-object-embed-limits.
"""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec
from django.conf import settings as django_settings
from django.utils.translation import gettext, override

from common.contracts.alerts import event_named
from notification_service.channels.base import Outcome, Width, host_of, post
from notification_service.messages import labels
from notification_service.messages.content import Content, Item
from notification_service.messages.slack_blocks import COLOURS

GONE = frozenset({401, 403, 404, 410})
"""The webhook was deleted, or its token is wrong: Discord asks not to try again."""
UNFIT = frozenset({400, 413})
MAX_CONTENT, MAX_DESCRIPTION, MAX_ITEMS = 2000, 4096, 20
MAX_FACT = 300
"""Characters of one fact, of which escaping may make twice as many: an embed has 6,000 in all."""
_MARKDOWN = re.compile(r"([\\`*_~|<>\[\]()#@:\-])")


class DiscordSender:
    width = Width(of_an_owner=2)
    """Discord takes five messages of a webhook in two seconds, and says by 429 when to come again."""

    def host(self, settings: dict[str, Any]) -> str:
        """Discord's, or a compatible server's."""
        return host_of(settings["webhook_url"])

    def receivers(self, settings: dict[str, Any]) -> int:  # noqa: ARG002
        return 1

    def send(self, *, settings: dict[str, Any], content: Content, key: str) -> Outcome:
        """One message, which Discord says that it keeps (`wait`) before it counts as delivered."""
        with override(content.language):
            body = msgspec.json.encode(message(content, key))
        headers = {"User-Agent": f"DiscordBot ({django_settings.PUBLIC_URL}, 1) pongpong"}
        return post(waiting(settings["webhook_url"]), body=body, headers=headers, gone=GONE, unfit=UNFIT)


def waiting(url: str) -> str:
    """The webhook's address, asking for an answer that says whether the message is kept."""
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query) if pair[0] != "wait"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("wait", "true")]), fragment=""))


def message(content: Content, key: str) -> dict[str, Any]:
    """What Discord is given, in the language that is active. Nobody is mentioned, whatever a name says."""
    return {
        "content": escaped(labels.one_line(labels.subject(content), MAX_CONTENT // 2)),
        "embeds": _embeds(content, key),
        "allowed_mentions": {"parse": []},
    }


def escaped(text: str) -> str:
    """No mention, link or style comes out of a name."""
    return _MARKDOWN.sub(r"\\\1", text)


def _embeds(content: Content, key: str) -> list[dict[str, Any]]:
    footer = {"footer": {"text": key}}
    if content.reason == "notice":
        answer = labels.one_line(content.data.get("answer", ""), MAX_FACT)
        told = "\n".join(filter(None, (escaped(labels.notice_text(content)), escaped(answer))))
        return [{"description": told[:MAX_DESCRIPTION], **footer}]
    if not content.items:
        return []
    if len(content.items) == 1:
        return [_details(content, content.items[0]) | footer]
    embed = {"title": gettext("Open dashboard"), "url": f"{django_settings.PUBLIC_URL}/"}
    return [embed | {"description": _list(content.items), "color": _colour(content.items[0])} | footer]


def _list(items: Sequence[Item]) -> str:
    """A line an endpoint, as many as fit, and how many more there are."""
    lines = list[str]()
    for item in items[:MAX_ITEMS]:
        line = f"{event_named(item.event).sign} [{escaped(labels.one_line(labels.headline(item), 70))}]({item.link})"
        if sum(map(len, lines)) + len(lines) + len(line) > MAX_DESCRIPTION - 100:
            break
        lines.append(line)
    if more := len(items) - len(lines):
        lines.append(gettext("and %(more)d more") % {"more": more})
    return "\n".join(lines)


def _details(content: Content, item: Item) -> dict[str, Any]:
    return {
        "title": labels.button(item),
        "url": item.link,
        "color": _colour(item),
        "description": escaped(labels.note(item)),
        "fields": [
            {"name": escaped(label), "value": value}
            for label, fact in labels.facts(item, content.zone)
            if (value := escaped(labels.one_line(fact, MAX_FACT)))
        ],
        "timestamp": item.occurred_at.isoformat(),
    }


def _colour(item: Item) -> int:
    return int(COLOURS[event_named(item.event).tone].removeprefix("#"), 16)


SENDER = DiscordSender()
