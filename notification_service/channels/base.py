"""How a kind of channel sends. A new kind is a module of this package with a `SENDER`, named as its contract is.

What its owner says of it is declared in `common.contracts.channels`.
"""

import importlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

from django.conf import settings

from common.contracts.channels import CHANNELS
from notification_service.channels import webhook_client
from notification_service.messages.content import Content

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


@dataclass(frozen=True)
class Width:
    """Messages on their way at once: of this process, and, over all processes, of one owner and to one host."""

    at_once: int = 8
    of_an_owner: int = 3
    to_a_host: int = 8


class Sender(Protocol):
    """How a kind of channel sends."""

    width: Width

    def host(self, settings: dict[str, Any]) -> str:
        """Where messages go over the network; "" where that is nothing that a user chose."""

    def receivers(self, settings: dict[str, Any]) -> int:
        """How many messages one of them counts for."""

    def send(self, *, settings: dict[str, Any], content: Content, key: str) -> Outcome:
        """Deliver one message; `key` is the same for each repetition. Raises `PeerError` where a part is away.

        It runs outside of the database: it may neither read nor write there.
        """


@cache
def senders() -> dict[str, Sender]:
    """Every kind's, by its name; raises `ImportError` where one that is declared has none."""
    return {
        name: cast("Sender", importlib.import_module(f"notification_service.channels.{name}").SENDER)
        for name in CHANNELS
    }


def post(
    url: str, *, body: bytes, headers: Mapping[str, str], gone: Collection[int], unfit: Collection[int] = ()
) -> Outcome:
    """One POST of JSON to an address that a user named, and how it went: 2xx is delivered, and most else is tried again.

    Statuses of `gone` say that the receiver will never take anything again, those of `unfit` that the message is none.
    A forbidden address is permanent.
    """
    headers = {"Content-Type": "application/json", **headers}
    try:
        answer = webhook_client.post(url, body=body, headers=headers, timeout_ms=settings.WEBHOOK_TIMEOUT_MS)
    except webhook_client.Unreachable as error:
        return Outcome(ok=False, answer=str(error), permanent=error.permanent, timed_out=error.timed_out)
    ok = 200 <= answer.status < 300
    return Outcome(
        ok=ok,
        accepted=int(ok),
        answer=f"{answer.status} {answer.text}".strip(),
        permanent=answer.status in gone or answer.status in unfit,
        broken=answer.status in unfit,
        retry_after=answer.retry_after,
    )


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
