"""What a kind of channel is. A new kind is a module of this package with a `CHANNEL`; its name is the kind's."""

import importlib
import pkgutil
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from rest_framework import serializers

from notification_service.content import Content


@dataclass(frozen=True)
class Outcome:
    """How one attempt went. `answer` is the receiver's own words; `retry_after` (s) when it asks us to come again.

    `remaining` are settings with which to go on where only a part was delivered.
    """

    ok: bool
    answer: str = ""
    permanent: bool = False
    retry_after: float | None = None
    remaining: dict[str, Any] | None = None


class Channel(Protocol):
    """A kind of channel. `send` runs outside of the database: it may neither read nor write there."""

    settings_serializer: type[serializers.Serializer[Any]]
    secrets: frozenset[str]
    """The settings that are answered masked."""

    def send(self, *, settings: dict[str, Any], content: Content, key: str) -> Outcome:
        """Deliver one message; `key` is the same for each repetition. Raises `PeerError` where a part is away."""


@cache
def channels() -> dict[str, Channel]:
    """Every kind by its name."""
    package = importlib.import_module("notification_service.channels")
    found = {}
    for module in pkgutil.iter_modules(package.__path__):
        channel = getattr(importlib.import_module(f"{package.__name__}.{module.name}"), "CHANNEL", None)
        if channel is not None:
            found[module.name] = channel
    return found


def answer_of_peer(answer: dict[str, Any]) -> Outcome:
    """What email_service and slack_service answer, as an outcome."""
    if answer["status"] == "ok":
        return Outcome(ok=True, answer=str(answer.get("message_id") or "ok"))
    return Outcome(
        ok=False,
        answer=str(answer.get("message") or answer.get("code") or "fail"),
        permanent=bool(answer.get("permanent")),
        retry_after=answer.get("retry_after"),
    )
