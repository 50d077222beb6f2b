"""The kinds of channels, by name: whom pongpong tells, and what has to be known of them. A new one is a module here.

Serializers, OpenAPI documents, the import format's schema, masks, the web app's forms and lists, the options of `pong channels
add` and docs/notifications.md are made of it; how a kind sends is its module in `notification_service/channels`.
"""

import importlib
import pkgutil

from msgspec import NODEFAULT

from common.contracts.channels.base import Channel
from common.contracts.fields import schema

CHANNELS: dict[str, Channel] = {
    module.name: importlib.import_module(f"{__name__}.{module.name}").CHANNEL
    for module in pkgutil.iter_modules(__path__)
    if module.name != "base"
}
"""In the order of their names."""


def masked(kind: str, settings: dict[str, object]) -> dict[str, object]:
    """A kind's settings as they may be shown; nothing of a kind that only a newer process knows."""
    return CHANNELS[kind].masked(settings) if kind in CHANNELS else {}


def settings_schema(kind: str) -> dict[str, object]:
    """The JSON Schema of a kind's settings."""
    fields = CHANNELS[kind].fields
    return {
        "type": "object",
        "title": kind,
        "required": [name for name, field in fields.items() if field.default is NODEFAULT],
        "additionalProperties": False,
        "properties": {name: schema(field) for name, field in fields.items()},
    }
