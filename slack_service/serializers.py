"""What a Slack message looks like on the wire."""

from urllib.parse import urlsplit

import msgspec
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

MAX_BLOCKS, MAX_ATTACHMENTS = 50, 20
MAX_BYTES = 100_000
"""Of blocks and attachments each."""


def webhook_hosts() -> set[str]:
    """Where an incoming webhook may lie: Slack's own host, and SLACK_API_URL's where the operator changed it."""
    api = urlsplit(settings.SLACK_API_URL)
    return {"https://hooks.slack.com"} | ({f"{api.scheme}://{api.netloc}"} if api.hostname != "slack.com" else set())


class MessageSerializer(serializers.Serializer[dict[str, object]]):
    """`{domain, channel, text, blocks, token}` or `{webhook_url, text, blocks}`. `domain` is a label only.

    `attachments` (`{"color": "#b42318", "blocks": [...]}`) draw a coloured bar beside their blocks.
    """

    contract = serializers.IntegerField(
        required=False, help_text="`common/contracts/messages.py`; 1 where it is absent."
    )
    domain = serializers.CharField(max_length=255, required=False, allow_blank=True, default="")
    channel = serializers.CharField(max_length=255, required=False)
    token = serializers.RegexField(r"\A[\x21-\x7e]{1,500}\Z", required=False, trim_whitespace=False)
    webhook_url = serializers.CharField(max_length=500, required=False)
    text = serializers.CharField(max_length=40_000)
    blocks = serializers.ListField(
        child=serializers.DictField(), max_length=MAX_BLOCKS, required=False, allow_null=True, default=None
    )
    attachments = serializers.ListField(
        child=serializers.DictField(), max_length=MAX_ATTACHMENTS, required=False, allow_null=True, default=None
    )
    idempotency_key = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")

    def validate_webhook_url(self, value: str) -> str:
        """No address but Slack's own is ever called, whatever the user entered."""
        try:
            url = urlsplit(value)
            origin = f"{url.scheme}://{url.netloc}"
        except ValueError:
            origin = ""
        if origin not in webhook_hosts() or not value.isascii() or not value.isprintable():
            raise serializers.ValidationError(_("An address of the form https://hooks.slack.com/..., please."))
        return value

    def validate_blocks(self, value: list[dict[str, object]] | None) -> list[dict[str, object]] | None:
        """Bounded in bytes; Slack checks the rest."""
        if value and len(msgspec.json.encode(value)) > MAX_BYTES:
            raise serializers.ValidationError(_("The blocks are too large."))
        return value

    validate_attachments = validate_blocks

    def validate(self, attrs: dict[str, object]) -> dict[str, object]:
        """One of the two ways, whole."""
        missing = [] if "webhook_url" in attrs else [name for name in ("channel", "token") if name not in attrs]
        if missing:
            raise serializers.ValidationError({name: [_("Needed unless webhook_url is given.")] for name in missing})
        return attrs


class MessageAnswerSerializer(serializers.Serializer[object]):
    """`ok` with Slack's id of the message where it tells one, or `fail` with Slack's own reason."""

    status = serializers.ChoiceField(choices=["ok", "fail"])
    message_id = serializers.CharField(required=False, allow_blank=True)
    code = serializers.CharField(required=False)
    message = serializers.CharField(required=False)
    permanent = serializers.BooleanField(required=False)
    retry_after = serializers.FloatField(required=False, allow_null=True, help_text="Seconds")
