"""Discord, by a channel's webhook."""

from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from common.contracts.channels.base import Channel, web_address
from common.contracts.fields import Field
from common.contracts.invalid import Invalid
from common.contracts.texts import N_

MAX_URL = 500
_REFUSAL = N_("An address of the form https://discord.com/api/webhooks/..., please.")
_written = web_address(MAX_URL, _REFUSAL)


def _webhook(value: object) -> str:
    """`/api/webhooks/{id}/{token}`, which Discord's own hosts and compatible servers have."""
    text = _written(value)
    parts = urlsplit(text).path.strip("/").split("/")
    *before, word, number, token = parts if len(parts) > 3 else ("", "", "", "")
    if before[:1] != ["api"] or word != "webhooks" or not number.isdigit() or not token:
        raise Invalid(_REFUSAL)
    return text


class DiscordSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The webhook says the server and its channel."""

    webhook_url: Annotated[
        str,
        Meta(max_length=MAX_URL),
        Field(
            label=N_("Discord webhook"),
            help=N_("In Discord: Edit channel, Integrations, Webhooks, New webhook, Copy webhook URL."),
            example="https://discord.com/api/webhooks/…",
            secret=True,
            rule=_webhook,
            flag="--webhook-url",
            flag_help=N_("a channel's webhook"),
            source="https://discord.com/developers/docs/resources/webhook#execute-webhook",
        ),
    ]


CHANNEL = Channel(
    label="Discord",
    help=N_("A message in a channel of your server."),
    settings=DiscordSettings,
    shown=(),
    shown_masked=N_("channel's webhook"),
)
