"""Slack: `{"domain", "channel", "token"}` or `{"webhook_url"}`, sent by slack_service."""

from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from common.crypto import MASK
from common.http import Peer
from notification_service import blocks
from notification_service.channels.base import Outcome, answer_of_peer, host_of
from notification_service.content import Content

SEND_TIMEOUT = 30.0
"""Seconds: slack_service gives Slack ten to connect and ten to answer."""
TEST_TIMEOUT = 12.0
"""Seconds: somebody waits for a test."""


class SlackSettingsSerializer(serializers.Serializer[dict[str, Any]]):
    domain = serializers.CharField(max_length=255, required=False, allow_blank=True)
    channel = serializers.CharField(max_length=255, required=False)
    token = serializers.RegexField(rf"\A([\x21-\x7e]{{1,500}}|{MASK})\Z", required=False)
    webhook_url = serializers.CharField(max_length=500, required=False)

    def validate_webhook_url(self, value: str) -> str:
        """slack_service knows which hosts are Slack's; this is for the user's eyes."""
        try:
            url = urlsplit(value)
            good = value == MASK or (url.scheme in {"http", "https"} and bool(url.hostname) and url.port != 0)
        except ValueError:
            good = False
        if not good:
            raise serializers.ValidationError(_("An address of the form https://hooks.slack.com/..., please."))
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One of the two ways."""
        missing = [] if "webhook_url" in attrs else [name for name in ("channel", "token") if name not in attrs]
        if missing:
            raise serializers.ValidationError({name: [_("Needed unless webhook_url is given.")] for name in missing})
        return attrs


class SlackChannel:
    settings_serializer = SlackSettingsSerializer
    secrets = frozenset({"token", "webhook_url"})

    def host(self, settings: dict[str, Any]) -> str:
        """Slack's, or whatever slack_service takes for it."""
        return host_of(settings["webhook_url"]) if settings.get("webhook_url") else "slack.com"

    def receivers(self, settings: dict[str, Any]) -> int:  # noqa: ARG002
        return 1

    def send(self, *, settings: dict[str, Any], content: Content, key: str) -> Outcome:
        """One line, which is also what notifications and screen readers say, and coloured details below it."""
        message = {"text": blocks.text(content), "attachments": blocks.attachments(content), "idempotency_key": key}
        timeout = TEST_TIMEOUT if content.reason == "test" else SEND_TIMEOUT
        answer = Peer("slack_service").post("/messages", json=settings | message, read_timeout=timeout)
        return answer_of_peer(answer)


CHANNEL = SlackChannel()
