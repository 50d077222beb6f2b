"""How a message reaches Slack: by its Web API with a token, or through an incoming webhook."""

import re
from collections.abc import Mapping
from typing import TypedDict

import requests
from django.conf import settings
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from slack_service.errors import SlackFailed

TEMPORARY = frozenset(
    {
        "ratelimited", "rate_limited", "message_limit_exceeded", "internal_error", "fatal_error", "request_timeout",
        "service_unavailable", "team_added_to_org", "accesslimited", "rollup_error", "external_channel_migrating",
    }
)  # fmt: skip
"""Slack's reasons that pass by themselves: https://docs.slack.dev/reference/methods/chat.postMessage#errors"""
_REASON = re.compile(r"[a-z0-9_]{1,64}")
DEFAULT_RETRY_AFTER = 30.0
Part = dict[str, object]
"""A block or an attachment: Slack's own language, which we hand on."""


class Rich(TypedDict, total=False):
    """What a message is made of beside its text."""

    blocks: list[Part]
    attachments: list[Part]


def message_send(
    *,
    text: str,
    blocks: list[Part] | None,
    attachments: list[Part] | None,
    idempotency_key: str,
    channel: str = "",
    token: str = "",
    webhook_url: str = "",
    domain: str = "",  # noqa: ARG001  the brief's label of the workspace; no address is ever formed from it
) -> str:
    """Send one message; returns Slack's id of it ("" for webhooks). Raises `SlackFailed`."""
    rich: Rich = {}
    if blocks:
        rich["blocks"] = blocks
    if attachments:
        rich["attachments"] = attachments
    if webhook_url:
        _post_webhook(webhook_url, {"text": text, **rich})
        return ""
    return _post_message(channel=channel, token=token, text=text, rich=rich, idempotency_key=idempotency_key)


def _post_message(*, channel: str, token: str, text: str, rich: Rich, idempotency_key: str) -> str:
    client = WebClient(token=token, base_url=settings.SLACK_API_URL, timeout=settings.SLACK_TIMEOUT, retry_handlers=[])
    metadata = {"event_type": "pongpong_message", "event_payload": {"idempotency_key": idempotency_key}}
    try:
        response = client.chat_postMessage(
            channel=channel, text=text, **rich, metadata=metadata, unfurl_links=False, unfurl_media=False
        )
    except SlackApiError as error:
        raise _refused(error) from error
    except TimeoutError as error:
        raise SlackFailed("timeout", permanent=False) from error
    except (OSError, SlackClientError, ValueError) as error:
        timed_out = isinstance(getattr(error, "reason", None), TimeoutError)
        raise SlackFailed("timeout" if timed_out else "unreachable", permanent=False) from error
    return str(response.get("ts", ""))


def _refused(error: SlackApiError) -> SlackFailed:
    response = error.response
    status = int(getattr(response, "status_code", 0) or 0)
    answer = response.data if isinstance(response.data, dict) else {}
    # What is no JSON of Slack's comes from something in between; slack_sdk puts its own sentence into "error" then.
    told = _REASON.fullmatch(str(answer.get("error", "")))
    reason = told[0] if told else f"http_{status}"
    if status == 429 or reason in {"ratelimited", "rate_limited"}:
        return SlackFailed(reason, permanent=False, retry_after=_seconds(response.headers.get("Retry-After")))
    return SlackFailed(reason, permanent=told is not None and status < 500 and reason not in TEMPORARY)


def _post_webhook(url: str, payload: Mapping[str, object]) -> None:
    """One POST to an address that the serializer has found to be Slack's; redirects are not followed."""
    try:
        response = requests.post(url, json=payload, timeout=settings.SLACK_TIMEOUT, allow_redirects=False)
    except requests.Timeout as error:
        raise SlackFailed("timeout", permanent=False) from error
    except requests.RequestException as error:
        raise SlackFailed("unreachable", permanent=False) from error
    if response.status_code == 200:
        return
    reason = response.text.strip()[:200] if response.headers.get("Content-Type", "").startswith("text/plain") else ""
    reason = reason or f"http_{response.status_code}"
    if response.status_code == 429:
        raise SlackFailed(reason, permanent=False, retry_after=_seconds(response.headers.get("Retry-After")))
    permanent = 300 <= response.status_code < 500 and response.status_code != 408 and reason not in TEMPORARY
    raise SlackFailed(reason, permanent=permanent)


def _seconds(header: str | None) -> float:
    """Slack's Retry-After is whole seconds; anything else counts as half a minute."""
    return float(header) if header and header.isascii() and header.isdigit() else DEFAULT_RETRY_AFTER
