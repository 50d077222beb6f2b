"""What a kind of channel is. A new kind is a module of this package with a `CHANNEL`; its name is the kind's."""

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol
from urllib.parse import urlsplit

from rest_framework import serializers

from notification_service.content import Content

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Outcome:
    """How one attempt went. `answer` is the receiver's own words; `retry_after` (s) when it asks us to come again.

    `permanent` says that the receiver refuses for good, `broken` that the message itself cannot be sent, which says
    nothing of the receiver; `timed_out` that it did not answer in time. Where a message has several receivers, `accepted`
    is how many took it, `remaining` are settings with which to go on, and `refused` says by receiver why it never will.
    """

    ok: bool
    answer: str = ""
    permanent: bool = False
    retry_after: float | None = None
    remaining: dict[str, Any] | None = None
    timed_out: bool = False
    broken: bool = False
    accepted: int = 0
    refused: Mapping[str, str] = field(default_factory=dict)


class Channel(Protocol):
    """A kind of channel. `send` runs outside of the database: it may neither read nor write there."""

    settings_serializer: type[serializers.Serializer[Any]]
    secrets: frozenset[str]
    """The settings that are answered masked."""

    def host(self, settings: dict[str, Any]) -> str:
        """Where messages go over the network; "" where that is nothing that a user chose."""

    def receivers(self, settings: dict[str, Any]) -> int:
        """How many messages one of them counts for."""

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


def host_of(url: str) -> str:
    """Host and port of an address that a user entered, in one spelling; "" for what has none."""
    try:
        parsed = urlsplit(url)
        port = parsed.port
    except ValueError:
        return ""
    host = (parsed.hostname or "").rstrip(".")
    return f"{host}:{port}"[:300] if port and port != _PORTS.get(parsed.scheme) else host[:300]


def answer_of_peer(answer: dict[str, Any]) -> Outcome:
    """What email_service and slack_service answer, as an outcome."""
    if answer["status"] == "ok":
        return Outcome(ok=True, answer=str(answer.get("message_id") or "ok"), accepted=1)
    return Outcome(
        ok=False,
        answer=str(answer.get("message") or answer.get("code") or "fail"),
        permanent=bool(answer.get("permanent")),
        retry_after=answer.get("retry_after"),
        timed_out=answer.get("code") == "TIMEOUT",
    )
