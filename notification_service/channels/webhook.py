"""A signed webhook: `{"url", "secret"}`. docs/notifications.md says what a receiver gets and how it checks the signature."""

import hashlib
import hmac
import time
from typing import Any

import msgspec

from common.contracts.causes import shown
from notification_service.channels.base import Outcome, Width, host_of, post
from notification_service.messages.content import Content, Item

GONE = 410
"""The one status by which a receiver says that it will never take anything again."""


class WebhookSender:
    width = Width(at_once=48, of_an_owner=4)
    """Each receiver is somebody's choice, and may hang for ten seconds."""

    def host(self, settings: dict[str, Any]) -> str:
        """The receiver's."""
        return host_of(settings["url"])

    def receivers(self, settings: dict[str, Any]) -> int:  # noqa: ARG002
        return 1

    def send(self, *, settings: dict[str, Any], content: Content, key: str) -> Outcome:
        """One signed POST: 2xx is delivered, 410 and forbidden addresses are permanent, the rest is tried again."""
        body = msgspec.json.encode(payload(content, key))
        timestamp = str(int(time.time()))
        headers = {
            "User-Agent": "pongpong-webhook/1",
            "X-Pongpong-Delivery": key,
            "X-Pongpong-Timestamp": timestamp,
            "X-Pongpong-Signature": f"v1={signature(settings['secret'], timestamp, body)}",
        }
        return post(settings["url"], body=body, headers=headers, gone={GONE})


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 over `<timestamp>.<body>`, in hex."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def payload(content: Content, key: str) -> dict[str, Any]:
    """What a receiver gets; times are ISO 8601 in UTC."""
    return {
        "id": key,
        "type": content.reason,
        "created_at": content.created_at,
        "alerts": [_alert(item) for item in content.items],
    } | ({"notice": dict(content.data)} if content.reason == "notice" else {})


def _alert(item: Item) -> dict[str, Any]:
    return {
        "incident_id": item.incident_id,
        "event": item.event,
        "endpoint_id": item.endpoint_id,
        "endpoint_name": item.endpoint_name,
        "url": item.url,
        "region": item.region,
        "cause": item.cause,
        "cause_data": shown(item.cause_data, item.cause),
        "error_code": item.error_code or None,
        "started_at": item.started_at,
        "occurred_at": item.occurred_at,
        "duration_ms": None if item.duration is None else round(item.duration.total_seconds() * 1000),
        "last_good_at": item.last_good_at,
        "reason": item.reason or None,
        "link": item.link,
    }


SENDER = WebhookSender()
