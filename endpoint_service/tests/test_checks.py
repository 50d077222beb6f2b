"""Checks at once, against a server in endpoint_check's place."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.db import connection
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from common.contracts.fields import MASK
from common.limits.slots import Slots
from common.models import Owner
from common.security.crypto import decrypt
from common.testing.cast import client_for
from common.testing.contracts import assert_error, assert_ok
from endpoint_service.checks.services import NOT_PUBLIC
from endpoint_service.errors import ChecksBusy

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
        ("assertions", [{"kind": "body_contains", "value": "x"}]),
        ("assertions", [{"kind": "response_time", "value": 100}]),
        ("headers", {"Accept": "*/*"}),
        ("body", "x"),
        ("timeout", 11),
        ("options", {"auth": {"kind": "bearer", "token": "t"}}),
        ("options", {"max_body_kib": 5000}),
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


def test_who_is_gone_checks_nothing(owner, make, checker) -> None:
    made = make()
    Owner.objects.create(id=1, deleted=True)
    assert_error(owner.post("/api/checks", {"url": "a.example"}), 401, "NOT_LOGGED_IN")
    assert_error(owner.post(f"/api/endpoints/{made['id']}/check"), 401, "NOT_LOGGED_IN")
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


@pytest.mark.parametrize("most", [1, 2, 3, 4, 8, 12])
def test_two_callers_never_hold_all_slots_unless_there_are_two(most) -> None:
    slots = Slots(lambda: most, ChecksBusy)
    with ExitStack() as held:
        granted = [caller for caller in ("a", "b") for _ in range(most) if entered(held, slots, caller)]
        assert granted.count("a") <= 2
        assert granted.count("b") <= 2
        assert len(granted) < most or most <= 2
        if most > 2:
            assert entered(held, slots, "c")
    assert not slots._held
    assert not slots._groups


def test_a_group_holds_half_of_the_slots() -> None:
    slots = Slots(lambda: 6, ChecksBusy)
    with ExitStack() as held:
        assert [entered(held, slots, f"visitor {n}", "visitors") for n in range(4)] == [True, True, True, False]
        assert entered(held, slots, "a", "host")
        assert entered(held, slots, "b", "host")
        assert entered(held, slots, "c")
        assert not entered(held, slots, "d")
    assert not slots._groups


def entered(held: ExitStack, slots: Slots, caller: str, *groups: str) -> bool:
    try:
        held.enter_context(slots.one(caller, groups=groups))
    except ChecksBusy:
        return False
    return True


def test_a_hanging_check_is_answered_busy_only_for_its_own_user(checker, settings) -> None:
    settings.CHECKS_AT_ONCE = 2
    entered, leave = threading.Event(), threading.Event()

    def hang(_request: Request) -> Response:
        entered.set()
        leave.wait(20)
        return Response('{"status": "ok", "result": {}}', mimetype="application/json")

    checker.expect_oneshot_request("/checks").respond_with_handler(hang)
    first = asking(7, {"url": "a.example"})
    first.start()
    assert entered.wait(20)
    assert_error(client_for(7).post("/api/checks", {"url": "a.example"}), 429, "CHECKS_BUSY")
    leave.set()
    first.join()


@pytest.fixture
def patient_checker(settings: Any) -> Iterator[HTTPServer]:
    """A server in endpoint_check's place that answers others while one waits."""
    with HTTPServer(threaded=True) as server:
        settings.SERVICE_URLS = {**settings.SERVICE_URLS, "endpoint_check": server.url_for("").rstrip("/")}
        yield server


def test_hanging_checks_of_two_accounts_leave_room_for_a_third_and_for_visitors(patient_checker, settings) -> None:
    settings.CHECKS_AT_ONCE = 8
    leave, hanging = threading.Event(), []

    def handle(request: Request) -> Response:
        if request.get_json()["spec"]["timeout"] == 60:
            hanging.append(request)
            leave.wait(30)
        return Response('{"status": "ok", "result": {}}', mimetype="application/json")

    patient_checker.expect_request("/checks").respond_with_handler(handle)
    slow = {"url": "slow.example", "timeout": 60}
    threads = [asking(user_id, slow) for user_id in (7, 8) for _ in range(5)]
    try:
        for thread in threads:
            thread.start()
        eventually(lambda: len(hanging) == 4)
        assert_ok(client_for(9).post("/api/checks", {"url": "a.example"}))
        assert_ok(client_for(None).post("/api/checks", {"url": "a.example"}))
    finally:
        leave.set()
        for thread in threads:
            thread.join()


def asking(user_id: int, spec: dict[str, Any]) -> threading.Thread:
    """A thread that asks for a check, and leaves no connection of its own."""

    def ask() -> None:
        try:
            client_for(user_id).post("/api/checks", spec)
        finally:
            connection.close()

    return threading.Thread(target=ask)


def eventually(condition: Any) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("kind", ["tcp", "tls", "dns", "ping"])
def test_nobody_checks_anything_but_the_web(anonymous, checker, kind) -> None:
    spec = {"url": "a.example:53" if kind in {"tcp", "tls"} else "a.example", "kind": kind}
    assert list(assert_error(anonymous.post("/api/checks", spec), 400)["errors"]) == ["kind"]
    assert checker.log == []


def test_all_visitors_together_ask_for_one_host_only_so_often(checker, settings) -> None:
    answering(checker)
    settings.ANONYMOUS_CHECKS_PER_MINUTE = 1
    client = client_for(None)
    codes = [
        client.post("/api/checks", {"url": "a.example"}, HTTP_X_FORWARDED_FOR=f"203.0.113.{n}").status_code
        for n in range(12)
    ]
    assert codes == [200] * 10 + [429] * 2
    assert_ok(client.post("/api/checks", {"url": "b.example"}, HTTP_X_FORWARDED_FOR="203.0.113.20"))


PRIVATE = {
    "id": None, "region": "default", "checked_at": "2030-01-01T00:00:00Z", "status": "down", "state": "pending",
    "http_status": 302, "total_ms": 12.5, "resolved_ip": "203.0.113.7", "phases": {"name_lookup_ms": 1.5},
}  # fmt: skip


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("blocked_address", "The address 10.1.2.3 may not be checked"),
        ("blocked_address", "The address fd00::7 may not be checked"),
        ("dns_failure", "The name vault.internal does not exist"),
        ("dns_failure", "The name could not be resolved: NXDOMAIN"),
    ],
)
def test_nobody_learns_what_is_not_public(owner, anonymous, checker, code, message) -> None:
    answering(checker, {"status": "ok", "result": PRIVATE | {"error_code": code, "message": message}})
    told = assert_ok(anonymous.post("/api/checks", {"url": "vault.internal"}))["result"]
    assert (told["status"], told["error_code"], told["message"]) == ("down", "dns_failure", NOT_PUBLIC)
    assert {told[name] for name in ("http_status", "total_ms", "resolved_ip", "phases")} == {None}
    assert assert_ok(owner.post("/api/checks", {"url": "vault.internal"}))["result"]["message"] == message
