"""The peers of notification_service as real HTTP servers on loopback, answering as docs/architecture.md says."""

import re
from datetime import UTC, datetime, timedelta
from json import dumps
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from common.testing.cast import OUTSIDER_ID, OWNER_ID
from notification_service.feeds import users
from notification_service.models import Delivery, Notification, OpenAlert


class Peers:
    """Stands for the four services that this one calls; keeps what it was sent, and answers what a test tells it to."""

    def __init__(self, server: HTTPServer) -> None:
        self.url = server.url_for("").rstrip("/")
        self.mails: list[dict[str, Any]] = []
        self.slacks: list[dict[str, Any]] = []
        self.users: dict[int, dict[str, Any]] = {}
        self.feeds: dict[str, list[dict[str, Any]]] = {"/users": [], "/endpoints": [], "/maintenance-windows": []}
        self.email_answers: list[dict[str, Any]] = []
        self.slack_answers: list[dict[str, Any]] = []
        server.expect_request("/emails", method="POST").respond_with_handler(self._email)
        server.expect_request("/messages", method="POST").respond_with_handler(self._slack)
        for path in self.feeds:
            server.expect_request(path).respond_with_handler(self._feed)
        server.expect_request(re.compile(r"/users/\d+")).respond_with_handler(self._user)
        server.expect_request(re.compile(r"/endpoints/\d+")).respond_with_response(json({"code": "NOT_FOUND"}, 404))

    def _email(self, request: Request) -> Response:
        self.mails.append(request.get_json())
        key = request.get_json()["idempotency_key"]
        answer = self.email_answers.pop(0) if self.email_answers else {"status": "ok", "message_id": f"<{key}@x>"}
        return json(answer)

    def _slack(self, request: Request) -> Response:
        self.slacks.append(request.get_json())
        return json(self.slack_answers.pop(0) if self.slack_answers else {"status": "ok", "message_id": "1.2"})

    def _user(self, request: Request) -> Response:
        user = self.users.get(int(request.path.rpartition("/")[2]))
        return json(user) if user else json({"message": "", "code": "NOT_FOUND"}, 404)

    def _feed(self, request: Request) -> Response:
        items = self.feeds[request.path]
        since = int(request.args["changed_since"] or 0)
        return json({"items": items[since:], "cursor": str(len(items))})


def json(body: Any, status: int = 200) -> Response:
    return Response(dumps(body), status=status, content_type="application/json")


@pytest.fixture
def peers(httpserver: HTTPServer, settings: Any) -> Peers:
    url = httpserver.url_for("").rstrip("/")
    settings.SERVICE_URLS = dict.fromkeys(settings.SERVICE_URLS, url)
    settings.PUBLIC_URL = "https://pongpong.example"
    return Peers(httpserver)


@pytest.fixture
def settings_allowing_private(settings: Any) -> Any:
    """Webhooks may go to loopback."""
    settings.ALLOW_PRIVATE_TARGETS = True
    return settings


def user_item(user_id: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": user_id,
        "email": f"user{user_id}@example.com",
        "name": "",
        "language": "en",
        "time_zone": "Asia/Seoul",
        "deleted": False,
        "created_at": "2026-11-01T00:00:00.000000Z",
    } | changes


def endpoint_item(endpoint_id: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": endpoint_id,
        "user_id": OWNER_ID,
        "name": "api.example.com",
        "url": "https://api.example.com/",
        "tags": [],
        "deleted": False,
    } | changes


@pytest.fixture
def known_users(db: None) -> None:
    """Owner and outsider, as the feed brought them, each with their first channel."""
    users.users_apply([user_item(OWNER_ID), user_item(OUTSIDER_ID)])


BEGAN = datetime(2026, 11, 23, 5, 0, 0, tzinfo=UTC)


def alert(event: str = "down", **changes: Any) -> dict[str, Any]:
    """An alert as the checker sends it."""
    if event == "region_held":
        changes = {"endpoint_id": None, "endpoint_name": "", "url": "", "error_code": "region_offline"} | changes
    lasted = timedelta(minutes=4, seconds=12)
    ended = event in {"up", "recovered"}
    return {
        "incident_id": str(uuid4()),
        "event": event,
        "endpoint_id": 7,
        "user_id": OWNER_ID,
        "endpoint_name": "api.example.com",
        "url": "https://api.example.com/",
        "region": "default",
        "cause": "Connection refused by 203.0.113.7:443 after 12 ms",
        "error_code": None if ended else "connection_refused",
        "started_at": BEGAN.isoformat(),
        "occurred_at": (BEGAN + lasted if ended else BEGAN).isoformat(),
        "duration_ms": int(lasted.total_seconds() * 1000) if ended else None,
        "last_good_at": (BEGAN - timedelta(minutes=1)).isoformat(),
    } | changes


def send(client: Any, *alerts: Any) -> Any:
    return client.post("/notifications/send", {"alerts": list(alerts)})


def make_due(**changes: Any) -> None:
    """Let the time pass that pending deliveries wait for, and reminders."""
    past = datetime(2020, 1, 1, tzinfo=UTC)
    waiting = Delivery.objects.filter(state="pending", **changes)
    waiting.update(next_attempt_at=past, claimed_until=None)
    waiting.filter(due_at__gt=timezone.now()).update(due_at=timezone.now())
    if not changes:
        OpenAlert.objects.exclude(look_at=None).update(look_at=past, reminded_at=past)


def slack_only(**changes: Any) -> Notification:
    """The owner's channels are one in Slack."""
    Notification.objects.all().delete()
    settings = {"domain": "acme", "channel": "#ops", "token": "xoxb-1"}
    return Notification.objects.create(user_id=OWNER_ID, name="ops", kind="slack", settings=settings, **changes)
