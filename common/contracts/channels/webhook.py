"""A signed webhook. docs/notifications.md says what a receiver gets and how it checks the signature."""

from typing import Annotated

import msgspec
from msgspec import Meta

from common.contracts.channels.base import Channel, web_address
from common.contracts.fields import MASK, Field
from common.contracts.invalid import Invalid
from common.contracts.texts import N_
from common.contracts.values import is_text

LEAST_SECRET, MAX_SECRET, MAX_URL = 16, 200, 2000


def _secret(value: object) -> str:
    """Long enough that nobody guesses it."""
    if not is_text(value, most=MAX_SECRET):
        raise Invalid(N_("A text of %(least)d to %(most)d characters."), least=LEAST_SECRET, most=MAX_SECRET)
    if len(value) < LEAST_SECRET:
        raise Invalid(N_("At least 16 characters, please."))
    return str(value)


class WebhookSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where to, and what signs it."""

    url: Annotated[
        str,
        Meta(max_length=MAX_URL),
        Field(
            label=N_("URL"),
            help=N_("Gets each alert as JSON by POST."),
            example="https://example.com/alerts",
            rule=web_address(MAX_URL, N_("An address that begins with http:// or https://, please.")),
            flag="--url",
            flag_help=N_("where to"),
        ),
    ]
    secret: Annotated[
        str,
        Meta(min_length=len(MASK), max_length=MAX_SECRET),
        Field(
            label=N_("Secret"),
            help=N_("Signs each call (HMAC-SHA256), so that your receiver can tell it is us. Copy it there now."),
            secret=True,
            is_proposed=True,
            rule=_secret,
            flag="--secret",
            flag_help=N_("what signs its messages"),
            source="RFC 2104",
        ),
    ]


CHANNEL = Channel(
    label=N_("Webhook"), help=N_("A signed POST to an address of yours."), settings=WebhookSettings, shown=("url",)
)
