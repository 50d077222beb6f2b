"""Discord against a server that demands what its documentation demands."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from common.contracts.alerts import CHOICES
from common.testing.cast import OWNER_ID
from common.testing.contracts import assert_error
from notification_service.channels import discord
from notification_service.deliveries import sending
from notification_service.messages.content import Content, Item
from notification_service.models import Attempt, Delivery, Notification
from notification_service.tests.conftest import alert, send

NOW = datetime(2026, 11, 28, 5, tzinfo=UTC)
PATH = "/api/webhooks/123/abc-DEF_4"
NASTY = st.text(st.sampled_from("@*_~`>[]()<#: é한\n\\"), max_size=400) | st.just("@everyone " * 60)


def wrong(message: Any) -> str:
    """What Discord has against it; https://discord.com/developers/docs/resources/message#embed-object-embed-limits."""
    if not 1 <= len(message["content"]) <= 2000:
        return "content"
    total = 0
    for embed in message["embeds"]:
        texts = [embed.get("title", ""), embed.get("description", ""), embed["footer"]["text"]]
        fields = embed.get("fields", [])
        if any(not field["value"] or len(field["value"]) > 1024 or len(field["name"]) > 256 for field in fields):
            return "fields"
        if len(texts[0]) > 256 or len(texts[1]) > 4096 or len(texts[2]) > 2048 or len(fields) > 25:
            return "embed"
        if not 0 <= embed.get("color", 0) <= 0xFFFFFF:
            return "color"
        total += sum(map(len, texts)) + sum(len(field["name"]) + len(field["value"]) for field in fields)
    return "too long" if total > 6000 or len(message["embeds"]) > 10 else ""


class Discord:
    """Answers as its documentation says; `answer` is given instead where it is set."""

    def __init__(self, server: HTTPServer) -> None:
        self.messages: list[dict[str, Any]] = []
        self.answer: Response | None = None
        self.url = server.url_for(PATH)
        server.expect_request(PATH, method="POST", query_string="wait=true").respond_with_handler(self.take)

    def take(self, request: Request) -> Response:
        if self.answer is not None:
            return self.answer
        message = request.get_json()
        if why := wrong(message):
            return Response(json.dumps({"message": "Invalid Form Body", "code": 50035, "errors": why}), 400)
        self.messages.append(message)
        return Response(json.dumps({"id": str(len(self.messages))}), 200)


@pytest.fixture
def server(httpserver: HTTPServer, settings: Any, known_users: None) -> Discord:
    settings.ALLOW_PRIVATE_TARGETS = True
    found = Discord(httpserver)
    Notification.objects.all().delete()
    webhook = {"webhook_url": found.url}
    Notification.objects.create(user_id=OWNER_ID, name="ops", kind="discord", settings=webhook)
    return found


def item(event: str = "down", **changes: Any) -> Item:
    values: dict[str, Any] = {
        "incident_id": "1", "event": event, "endpoint_id": 7, "endpoint_name": "api", "region": "seoul",
        "url": "https://api.example.com/", "cause": "Connection refused", "error_code": "connection_refused",
        "started_at": NOW, "occurred_at": NOW, "last_good_at": NOW,
    }  # fmt: skip
    return Item(**values | changes)


def test_an_alert_and_its_recovery_arrive_with_their_colours(internal, server):
    down = alert()
    send(internal, down)
    sending.deliveries_send()
    send(internal, alert("up", incident_id=down["incident_id"], duration_ms=252_000))
    Delivery.objects.filter(state="pending").update(due_at=timezone.now(), next_attempt_at=timezone.now())
    sending.deliveries_send()
    first, second = server.messages
    assert "api" in first["content"]
    assert (first["embeds"][0]["color"], second["embeds"][0]["color"]) == (0xB42318, 0x0F7A43)
    assert first["allowed_mentions"] == {"parse": []}
    assert first["embeds"][0]["footer"]["text"] == f"delivery-{Delivery.objects.order_by('id')[0].id}"


@given(st.lists(st.builds(item, st.sampled_from(CHOICES), endpoint_name=NASTY, cause=NASTY, url=NASTY), max_size=60))
def test_no_name_breaks_a_limit_or_mentions_anybody(items):
    made = discord.message(Content("alert", "en", "Asia/Seoul", NOW, 1, tuple(items or [item()])), "delivery-1")
    assert wrong(made) == ""
    assert not re.search(r"(?<!\\)@", made["content"])


@pytest.mark.parametrize("status", [401, 404])
def test_a_deleted_webhook_switches_the_channel_off_and_says_why(internal, server, status):
    server.answer = Response('{"message": "Unknown Webhook", "code": 10015}', status)
    send(internal, alert())
    sending.deliveries_send()
    channel = Notification.objects.get()
    assert not channel.enabled
    assert "Unknown Webhook" in channel.disabled_reason


def test_a_rate_limit_is_waited_for(internal, server):
    body = '{"message": "You are being rate limited.", "retry_after": 64.57, "global": false}'
    server.answer = Response(body, 429, headers={"Retry-After": "65"})
    send(internal, alert())
    sending.deliveries_send()
    delivery, attempt = Delivery.objects.get(), Attempt.objects.get()
    assert attempt.outcome == "temporary"
    assert (delivery.next_attempt_at - attempt.started_at).total_seconds() > 60
    server.answer = None
    Delivery.objects.update(next_attempt_at=timezone.now())
    sending.deliveries_send()
    assert len(server.messages) == 1


def test_a_broken_message_is_not_held_against_the_channel(internal, server):
    server.answer = Response('{"message": "Invalid Form Body"}', 400)
    send(internal, alert())
    sending.deliveries_send()
    assert Notification.objects.get().enabled


def test_a_private_address_is_never_reached(internal, server, settings):
    settings.ALLOW_PRIVATE_TARGETS = False
    send(internal, alert())
    sending.deliveries_send()
    assert server.messages == []
    assert "not a public address" in Attempt.objects.order_by("id")[0].answer


@pytest.mark.parametrize(
    "url",
    ["https://discord.com/channels/1/2", "https://discord.com/api/webhooks/x/token", "ftp://discord.com/api/webhooks/1/t",
     "https://discord.com/api/webhooks/1/", "https://u@discord.com/api/webhooks/1/t", "", 7],
)  # fmt: skip
def test_what_is_no_webhook_is_refused_at_saving(owner, known_users, url):
    body = {"name": "d", "kind": "discord", "settings": {"webhook_url": url}}
    assert_error(owner.post("/api/notifications", body, format="json"), 400)


@pytest.mark.parametrize(
    "url", [f"https://discord.com{PATH}", "https://canary.discord.com/api/v10/webhooks/1/t?thread_id=5"]
)
def test_a_webhook_is_kept_secret(owner, known_users, url):
    body = {"name": "d", "kind": "discord", "settings": {"webhook_url": url}}
    response = owner.post("/api/notifications", body, format="json")
    assert response.status_code == 201
    made = response.json()
    assert made["settings"] == {"webhook_url": "••••••"}
    assert Notification.objects.get(id=made["id"]).settings == {"webhook_url": url}


def test_a_thread_is_kept_in_the_address():
    assert (
        discord.waiting("https://d/api/webhooks/1/t?thread_id=5&wait=false")
        == "https://d/api/webhooks/1/t?thread_id=5&wait=true"
    )
