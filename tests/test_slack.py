"""Slack refusing in every way, with everything of ours in between: each is told again, or for good, as written."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import requests
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from deploy.local.running import RunningFleet
from tests.outside import User, eventually, mails, sign_up

RETRY_AFTER = 8
HANGS = 12
"""Seconds; slack_service gives up after ten."""
TAKEN = {"ok": True, "ts": "1.1"}


def hang(_: Request) -> Response:
    """Say nothing for longer than anybody waits."""
    time.sleep(HANGS)
    return Response("{}")


@pytest.fixture(scope="module")
def teller(pongpong: RunningFleet) -> User:
    return sign_up(pongpong)


@pytest.fixture(scope="module")
def channels(pongpong: RunningFleet, teller: User, slack: HTTPServer) -> dict[str, int]:
    """One Slack channel for each way to refuse, all told of the same outage at once; their ids."""
    ids = {}
    for name in ("limited", "broken", "hanging", "wrong"):
        token = f"xoxb-{name}-{uuid4().hex}"
        settings = {"domain": "acme", "channel": "#ops", "token": token}
        made = teller.post("/notification-service/notifications", {"name": name, "kind": "slack", "settings": settings})
        assert made.status_code == 201, made.text
        ids[name] = made.json()["id"]
        first, again = (
            slack.expect_oneshot_request("/api/chat.postMessage", headers={"Authorization": f"Bearer {token}"})
            for _ in range(2)
        )
        if name == "limited":
            first.respond_with_json({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": str(RETRY_AFTER)})
        elif name == "broken":
            first.respond_with_data("<h1>Oops</h1>", 500)
        elif name == "hanging":
            first.respond_with_handler(hang)
        else:
            first.respond_with_json({"ok": False, "error": "invalid_auth"})
        again.respond_with_json(TAKEN)
    now = datetime.now(UTC).isoformat()
    alert = {
        "incident_id": str(uuid4()), "event": "down", "endpoint_id": 1, "user_id": teller.id, "endpoint_name": "api",
        "url": "https://api.example.com/", "cause": "Connection refused", "started_at": now, "occurred_at": now,
    }  # fmt: skip
    url = f"{pongpong.service_url('notification_service')}/notifications/send"
    requests.post(url, json=alert, headers=pongpong.internal_headers, timeout=30).raise_for_status()
    return ids


def finished(teller: User, notification_id: int, within: float) -> dict[str, Any]:
    """The channel's one delivery, once it has ended."""

    def look() -> dict[str, Any] | None:
        (delivery,) = teller.get(f"/notification-service/notifications/{notification_id}/deliveries").json()["items"]
        return delivery if delivery["finished_at"] else None

    return eventually("the delivery ends", look, within=within, every=1)


def gap(delivery: dict[str, Any]) -> timedelta:
    """From the end of the first attempt to the beginning of the second."""
    first, second = delivery["attempts"]
    return datetime.fromisoformat(second["started_at"]) - datetime.fromisoformat(first["finished_at"])


@pytest.mark.parametrize(
    ("name", "answer", "pause"),
    [
        ("limited", "Slack: ratelimited", RETRY_AFTER),
        ("broken", "Slack: http_500", 5),
        ("hanging", "Slack: timeout", 5),
    ],
)
def test_what_passes_by_itself_is_sent_again_after_a_pause(teller, channels, name, answer, pause):
    delivery = finished(teller, channels[name], within=60)
    assert delivery["state"] == "delivered"
    assert [attempt["outcome"] for attempt in delivery["attempts"]] == ["temporary", "delivered"]
    assert delivery["attempts"][0]["answer"] == answer
    assert gap(delivery) >= timedelta(seconds=pause)


def test_a_wrong_token_is_tried_once_switches_the_channel_off_and_is_mailed_to_its_owner(pongpong, teller, channels):
    delivery = finished(teller, channels["wrong"], within=30)
    assert (delivery["state"], len(delivery["attempts"])) == ("failed", 1)
    channel = teller.get(f"/notification-service/notifications/{channels['wrong']}").json()
    assert (channel["enabled"], channel["disabled_reason"]) == (False, "Slack: invalid_auth")
    eventually(
        "the owner is told",
        lambda: [mail for mail in mails(pongpong, teller.email) if "wrong" in str(mail["Subject"])],
        within=30,
    )
