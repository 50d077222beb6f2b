"""Checks at once, against a server in endpoint_check's place."""

import json
import threading
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from common.crypto import MASK, decrypt
from common.testing.cast import client_for
from common.testing.contracts import assert_error, assert_ok
from endpoint_service.errors import ChecksBusy
from endpoint_service.limits import Slots, network_of

pytestmark = pytest.mark.django_db
RESULT = {"status": "up", "total_ms": 12.5}


def answering(checker: HTTPServer, body: Any = None, status: int = 200) -> list[Any]:
    """Make the checker answer so; returns the list of what it was asked."""
    asked: list[Any] = []

    def handle(request: Request) -> Response:
        assert request.headers["X-Internal-Token"]
        asked.append(request.get_json())
        return Response(json.dumps(body or {"status": "ok", "result": RESULT}), status, mimetype="application/json")

    checker.expect_request("/checks", method="POST").respond_with_handler(handle)
    return asked


def test_an_endpoint_is_checked_with_its_secrets(owner, make, checker) -> None:
    asked = answering(checker)
    made = make("https://a.example", headers={"X-Token": "s"}, interval=30)
    assert assert_ok(owner.post(f"/api/endpoints/{made['id']}/check")) == {"status": "ok", "result": RESULT}
    [call] = asked
    assert (call["endpoint_id"], call["user_id"]) == (made["id"], 1)
    assert (call["spec"]["url"], call["spec"]["interval"], call["spec"]["version"]) == ("https://a.example", 30, 1)
    assert call["spec"]["headers"] == {"X-Token": MASK}
    assert decrypt(call["spec"]["secrets"]) == {"headers": {"X-Token": "s"}, "auth": None}


def test_a_spec_is_checked_without_being_stored(owner, checker) -> None:
    asked = answering(checker)
    assert_ok(owner.post("/api/checks", {"url": "a.example:22", "kind": "tcp"}))
    assert asked[0].keys() == {"spec", "user_id"}
    assert (asked[0]["spec"]["url"], asked[0]["spec"]["kind"], asked[0]["user_id"]) == ("a.example:22", "tcp", 1)
    assert owner.get("/api/endpoints").json()["page"]["total_count"] == 0


def test_nobody_may_check_too(anonymous, checker) -> None:
    asked = answering(checker)
    assert_ok(anonymous.post("/api/checks", {"url": "a.example"}))
    assert asked[0]["user_id"] is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("method", "POST"),
        ("headers", {"Accept": "*/*"}),
        ("body", "x"),
        ("timeout", 11),
        ("options", {"auth": {"kind": "bearer", "token": "t"}}),
    ],
)
def test_nobody_may_not_send_just_anything(anonymous, field, value) -> None:
    body = assert_error(anonymous.post("/api/checks", {"url": "a.example", field: value}), 400, "VALIDATION_FAILED")
    assert list(body["errors"]) == [field]


def test_a_probe_that_cannot_run_is_a_fail(owner, checker) -> None:
    answering(checker, {"status": "fail", "code": "NO_PERMISSION", "message": "No raw sockets here."})
    response = owner.post("/api/checks", {"url": "a.example"})
    assert response.status_code == 200
    assert response.json() == {"status": "fail", "code": "NO_PERMISSION", "message": "No raw sockets here."}


def test_a_spec_that_the_checker_refuses_is_a_fail(owner, checker) -> None:
    answering(checker, {"code": "VALIDATION_FAILED", "message": "No."}, status=400)
    assert owner.post("/api/checks", {"url": "a.example"}).json() == {
        "status": "fail",
        "code": "VALIDATION_FAILED",
        "message": "No.",
    }


def test_a_checker_that_does_not_answer_is_503(owner, make) -> None:
    assert_error(owner.post(f"/api/endpoints/{make()['id']}/check"), 503, "UNAVAILABLE")


def test_a_malformed_spec_is_never_sent(owner, checker) -> None:
    assert_error(owner.post("/api/checks", {"url": "ftp://a.example"}), 400, "VALIDATION_FAILED")
    assert checker.log == []


def test_a_users_checks_are_limited(owner, outsider, checker, settings) -> None:
    answering(checker)
    settings.CHECKS_PER_MINUTE = 2
    for _ in range(2):
        assert_ok(owner.post("/api/checks", {"url": "a.example"}))
    response = owner.post("/api/checks", {"url": "a.example"})
    assert_error(response, 429, "TOO_MANY_REQUESTS")
    assert 1 <= int(response.headers["Retry-After"]) <= 30
    assert_ok(outsider.post("/api/checks", {"url": "a.example"}))


def test_nobodys_checks_are_limited_by_address(checker, settings) -> None:
    answering(checker)
    settings.ANONYMOUS_CHECKS_PER_MINUTE = 1
    client = client_for(None)
    for address in ("203.0.113.1", "203.0.113.2", "2001:db8::1", "2001:db8:0:1::1"):
        assert_ok(client.post("/api/checks", {"url": "a.example"}, HTTP_X_FORWARDED_FOR=address))
    for address in ("203.0.113.1", "::ffff:203.0.113.2", "2001:db8::2"):
        assert_error(client.post("/api/checks", {"url": "a.example"}, HTTP_X_FORWARDED_FOR=address), 429)


def test_without_valkey_users_check_on_and_nobody_does_not(owner, anonymous, checker, settings) -> None:
    answering(checker)
    settings.BROKER_URL = "redis://127.0.0.1:9/0"
    assert_ok(owner.post("/api/checks", {"url": "a.example"}))
    assert_error(anonymous.post("/api/checks", {"url": "a.example"}), 503, "UNAVAILABLE")


def test_slow_checks_leave_threads_for_everything_else(settings) -> None:
    settings.CHECKS_AT_ONCE = 4
    slots = Slots()
    with slots.one("a"), slots.one("a"):
        with pytest.raises(ChecksBusy), slots.one("a"):
            pass
        with slots.one("b"), slots.one("b"), pytest.raises(ChecksBusy), slots.one("c"):
            pass
        with slots.one("c"):
            pass
    assert not slots._held


def test_a_hanging_check_is_answered_busy_only_for_its_own_user(checker, settings) -> None:
    settings.CHECKS_AT_ONCE = 2
    entered, leave = threading.Event(), threading.Event()

    def hang(_request: Request) -> Response:
        entered.set()
        leave.wait(20)
        return Response('{"status": "ok", "result": {}}', mimetype="application/json")

    checker.expect_oneshot_request("/checks").respond_with_handler(hang)
    first = threading.Thread(target=lambda: client_for(7).post("/api/checks", {"url": "a.example"}))
    first.start()
    assert entered.wait(20)
    assert_error(client_for(7).post("/api/checks", {"url": "a.example"}), 429, "CHECKS_BUSY")
    leave.set()
    first.join()


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", "unknown"),
    ],
)
def test_an_ipv6_network_is_one_visitor(address, network) -> None:
    assert network_of(address) == network
