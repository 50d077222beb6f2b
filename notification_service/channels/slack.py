"""Slack: `{"domain", "channel", "token"}` or `{"webhook_url"}`, sent by slack_service."""

from typing import Any

from common.between.http import Peer
from notification_service.channels.base import Outcome, Width, answer_of_peer, host_of
from notification_service.messages import slack_blocks
from notification_service.messages.content import Content

SEND_TIMEOUT = 30.0
"""Seconds: slack_service gives Slack ten to connect and ten to answer."""
TEST_TIMEOUT = 12.0
"""Seconds: somebody waits for a test."""


class SlackSender:
    width = Width()
    """slack_service has four threads; what hangs behind them is Slack."""

    def host(self, settings: dict[str, Any]) -> str:
        """Slack's, or whatever slack_service takes for it."""
        return host_of(settings["webhook_url"]) if settings.get("webhook_url") else "slack.com"

    def receivers(self, settings: dict[str, Any]) -> int:  # noqa: ARG002
        return 1

    def send(self, *, settings: dict[str, Any], content: Content, key: str) -> Outcome:
        """One line, which is also what notifications and screen readers say, and coloured details below it."""
        message = {
            "text": slack_blocks.text(content),
            "attachments": slack_blocks.attachments(content),
            "idempotency_key": key,
        }
        timeout = TEST_TIMEOUT if content.reason == "test" else SEND_TIMEOUT
        answer = Peer("slack_service").post("/messages", json=settings | message, read_timeout=timeout)
        return answer_of_peer(answer)


SENDER = SlackSender()
