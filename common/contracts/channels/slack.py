"""Slack, by an incoming webhook or by a bot's token."""

import re
from typing import Annotated

import msgspec
from msgspec import Meta

from common.contracts.channels.base import Channel, Settings, line, web_address
from common.contracts.fields import Field
from common.contracts.invalid import Invalid
from common.contracts.texts import N_

_TOKEN = re.compile(r"[\x21-\x7e]{1,500}")


def _token(value: object) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not _TOKEN.fullmatch(text):
        raise Invalid(N_("A token of up to 500 visible characters of ASCII."))
    return text


def _one_way(settings: Settings) -> None:
    """A webhook, or a token with its channel."""
    missing = [] if settings.get("webhook_url") else [name for name in ("channel", "token") if not settings.get(name)]
    if missing:
        raise Invalid(
            N_("Give a webhook, or a token and a channel."), "webhook_url" if len(missing) > 1 else missing[0]
        )


class SlackSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The quick way is `webhook_url`; the other one is `token` and `channel`."""

    webhook_url: Annotated[
        str,
        Meta(max_length=500),
        Field(
            label=N_("Incoming webhook"),
            help=N_("The quick way: https://hooks.slack.com/services/… from your Slack app."),
            example="https://hooks.slack.com/services/…",
            secret=True,
            rule=web_address(500, N_("An address of the form https://hooks.slack.com/..., please.")),
            flag="--webhook-url",
            flag_help=N_("an incoming webhook"),
            source="https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks",
        ),
    ] = ""
    token: Annotated[
        str,
        Meta(max_length=500),
        Field(
            label=N_("Or a bot token"),
            help="xoxb-…",
            secret=True,
            rule=_token,
            flag="--token",
            flag_help=N_("a bot's token"),
        ),
    ] = ""
    channel: Annotated[
        str,
        Meta(max_length=255),
        Field(
            label=N_("Slack channel"),
            help=N_("With a token: #alerts or its id."),
            doc="#name or id, with a token.",
            rule=line(1, 255),
            flag="--channel",
            flag_help=N_("#channel, with a token"),
        ),
    ] = ""
    domain: Annotated[
        str,
        Meta(max_length=255),
        Field(
            label=N_("Workspace"),
            help=N_("A label for you only."),
            doc="The workspace, a label for its owner only.",
            rule=line(0, 255),
            flag="--domain",
            flag_help=N_("the workspace"),
        ),
    ] = ""


CHANNEL = Channel(
    label="Slack",
    help=N_("A message in a channel of your workspace."),
    settings=SlackSettings,
    shown=("channel",),
    shown_masked=N_("incoming webhook"),
    together=_one_way,
)
