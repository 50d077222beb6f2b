"""The signed webhook against a real HTTP server, and the addresses that it never reaches."""

import hashlib
import hmac
import json
import re
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from common.contracts.fields import MASK
from common.testing.cast import OWNER_ID
from common.testing.contracts import assert_error, assert_ok
from notification_service.deliveries import sending
from notification_service.models import Attempt, Delivery, Notification
from notification_service.tests.conftest import alert, send

pytestmark = pytest.mark.usefixtures("known_users")
SECRET = "correct horse battery"


@pytest.fixture
def receiver(httpserver: HTTPServer, settings: Any) -> HTTPServer:
    settings.ALLOW_PRIVATE_TARGETS = True
    return httpserver


def channel(url: str) -> Notification:
    Notification.objects.all().delete()
    settings = {"url": url, "secret": SECRET}
    return Notification.objects.create(user_id=OWNER_ID, name="hook", kind="webhook", settings=settings)


def last_attempt() -> Attempt:
    return Attempt.objects.order_by("-id")[0]


def test_the_payload_is_signed_with_its_time_and_names_its_delivery(internal, receiver):
    seen: list[Request] = []

    def take(request: Request) -> Response:
        request.get_data()
        seen.append(request)
        return Response("thanks")

    receiver.expect_request("/hook", method="POST").respond_with_handler(take)
    channel(receiver.url_for("/hook"))
    down = alert()
    send(internal, down)
    sending.deliveries_send()
    (request,) = seen
    body = request.get_data()
    timestamp = request.headers["X-Pongpong-Timestamp"]
    expected = hmac.new(SECRET.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert request.headers["X-Pongpong-Signature"] == f"v1={expected}"
    assert abs(time.time() - int(timestamp)) < 5
    told = json.loads(body)
    delivery = Delivery.objects.get()
    assert told["id"] == request.headers["X-Pongpong-Delivery"] == f"delivery-{delivery.id}"
    assert told["type"] == "alert"
    (item,) = told["alerts"]
    assert item["incident_id"] == down["incident_id"]
    assert item["event"] == "down"
    assert item["cause"] == down["cause"]
    assert (delivery.state, last_attempt().answer) == ("delivered", "200 thanks")


def test_the_documented_check_takes_a_genuine_message_and_no_other(internal, receiver):
    receiver.expect_request("/hook").respond_with_data("thanks")
    channel(receiver.url_for("/hook"))
    send(internal, alert())
    sending.deliveries_send()
    page = (Path(__file__).parents[2] / "docs" / "notifications.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    documented: dict[str, Any] = {}
    exec(code, documented)  # noqa: S102  our own page
    is_genuine = documented["is_genuine"]
    (request, _response) = receiver.log[0]
    headers, body = dict(request.headers), request.get_data()
    (example,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    assert set(json.loads(example)["alerts"][0]) == set(json.loads(body)["alerts"][0])
    assert is_genuine(SECRET, headers, body)
    assert not is_genuine("another secret of theirs", headers, body)
    assert not is_genuine(SECRET, headers, body + b" ")
    assert not is_genuine(SECRET, headers | {"X-Pongpong-Timestamp": str(int(time.time()) - 301)}, body)


@pytest.mark.parametrize("status", [301, 400, 401, 404, 429, 500, 503])
def test_what_is_no_2xx_is_tried_again(internal, receiver, status):
    receiver.expect_request("/hook").respond_with_data("no", status=status, headers={"Location": "/other"})
    channel(receiver.url_for("/hook"))
    send(internal, alert())
    sending.deliveries_send()
    assert Delivery.objects.get().state == "pending"
    assert last_attempt().outcome == "temporary"
    assert last_attempt().answer == f"{status} no"
    assert len(receiver.log) == 1


def test_retry_after_is_honoured(internal, receiver):
    receiver.expect_request("/hook").respond_with_data("", status=429, headers={"Retry-After": "600"})
    channel(receiver.url_for("/hook"))
    send(internal, alert())
    sending.deliveries_send()
    delivery = Delivery.objects.get()
    assert (delivery.next_attempt_at - delivery.due_at).total_seconds() >= 600


def test_a_receiver_that_is_gone_switches_the_channel_off(internal, receiver):
    receiver.expect_request("/hook").respond_with_data("gone", status=410)
    hook = channel(receiver.url_for("/hook"))
    send(internal, alert())
    sending.deliveries_send()
    hook.refresh_from_db()
    assert (hook.enabled, hook.disabled_reason) == (False, "410 gone")


def test_a_receiver_that_drips_is_cut_off(internal, settings):
    settings.ALLOW_PRIVATE_TARGETS, settings.WEBHOOK_TIMEOUT_MS = True, 300
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                for _ in range(20):
                    try:
                        connection.sendall(b"H")
                    except OSError:
                        return
                    time.sleep(0.1)

        thread = threading.Thread(target=drip)
        thread.start()
        channel(f"http://127.0.0.1:{server.getsockname()[1]}/")
        send(internal, alert())
        started = time.monotonic()
        sending.deliveries_send()
        assert time.monotonic() - started < 1.5
        thread.join()
    assert last_attempt().outcome == "temporary"


def test_an_endless_answer_is_not_read_to_its_end(internal, receiver):
    receiver.expect_request("/hook").respond_with_data(b"x" * 1_000_000)
    channel(receiver.url_for("/hook"))
    send(internal, alert())
    sending.deliveries_send()
    assert Delivery.objects.get().state == "delivered"
    assert len(last_attempt().answer) <= 2000


@pytest.mark.parametrize("allowed", [False, True])
@pytest.mark.parametrize(
    "url",
    ["http://169.254.169.254/latest", "http://[fe80::1]/", "http://[::ffff:169.254.169.254]/", "http://0.0.0.0/"],
)
def test_link_local_and_metadata_addresses_are_never_called(internal, settings, url, allowed):
    settings.ALLOW_PRIVATE_TARGETS = allowed
    hook = channel(url)
    send(internal, alert())
    sending.deliveries_send()
    hook.refresh_from_db()
    assert not hook.enabled
    assert "not a public address" in hook.disabled_reason


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]"])
def test_private_addresses_are_not_called_without_leave(internal, httpserver, settings, host):
    settings.ALLOW_PRIVATE_TARGETS = False
    channel(f"http://{host}:{httpserver.port}/hook")
    send(internal, alert())
    sending.deliveries_send()
    assert Delivery.objects.exclude(channel=None).get().state == "failed"
    assert httpserver.log == []


def test_the_fleets_own_ports_are_not_called_even_with_leave(internal, receiver, settings):
    settings.FLEET_PORTS = frozenset({receiver.port})
    channel(receiver.url_for("/hook"))
    send(internal, alert())
    sending.deliveries_send()
    assert receiver.log == []


def test_the_secret_is_masked_and_kept(owner):
    settings = {"url": "https://example.com/hook", "secret": SECRET}
    made = owner.post("/api/notifications", {"name": "hook", "kind": "webhook", "settings": settings})
    assert made.status_code == 201
    shown = made.json()["settings"]
    assert shown == {"url": "https://example.com/hook", "secret": MASK}
    changed = owner.patch(
        f"/api/notifications/{made.json()['id']}", {"settings": shown | {"url": "https://b.example/"}}
    )
    assert changed.status_code == 200
    stored = Notification.objects.get(id=made.json()["id"]).settings
    assert stored == {"url": "https://b.example/", "secret": SECRET}


@pytest.mark.parametrize(
    "settings",
    [
        {"url": "https://example.com/"},
        {"url": "https://example.com/", "secret": "short"},
        {"url": "ftp://example.com/", "secret": SECRET},
        {"url": "file:///etc/passwd", "secret": SECRET},
        {"url": "https://user@example.com/", "secret": SECRET},
        {"url": "https://example.com:99999/", "secret": SECRET},
        {"url": "https://example.com/\r\nX: y", "secret": SECRET},
        {"url": "https:///path", "secret": SECRET},
    ],
)
def test_what_is_no_webhook_is_refused(owner, settings):
    body = {"name": "hook", "kind": "webhook", "settings": settings}
    assert_error(owner.post("/api/notifications", body), 400, "VALIDATION_FAILED")


def test_a_test_goes_to_the_webhook_too(owner, receiver):
    receiver.expect_request("/hook").respond_with_data("fine")
    assert_ok(owner.post(f"/api/notifications/{channel(receiver.url_for('/hook')).id}/test"))
    assert receiver.log[0][0].get_json()["type"] == "test"
