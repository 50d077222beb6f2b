"""The routes inside of the fleet."""

import threading
import time
from typing import Any

import pytest
from django.db import connection
from pytest_httpserver import HTTPServer
from rest_framework.test import APIClient

from common.testing.contracts import assert_error, assert_ok, assert_page
from endpoint_check import services
from endpoint_check.feeds.feed_sync import endpoints_apply
from endpoint_check.models import ResultOutbox
from endpoint_check.tests.outboxes import waiting
from endpoint_check.tests.sites import Site
from endpoint_check.tests.test_whole_way import endpoint

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/checks", "/monitors", "/monitors/7"])
def test_without_the_token_no_route_exists(path: str):
    assert_error(APIClient().get(path), 404, "NOT_FOUND")
    assert_error(APIClient().post(path), 404, "NOT_FOUND")


def test_an_unsaved_spec_is_checked_at_once(internal: APIClient, httpserver: HTTPServer, settings):
    settings.ALLOW_PRIVATE_TARGETS = True
    httpserver.expect_request("/site").respond_with_data("hello")
    answer = internal.post("/checks", {"spec": {"url": httpserver.url_for("/site")}, "user_id": 1})
    result = assert_ok(answer)["result"]
    assert result["status"] == "up"
    assert result["http_status"] == 200
    assert result["manual"] is True
    assert len(waiting(ResultOutbox)) == 0


def test_an_anonymous_check_never_reaches_private_addresses(internal: APIClient, httpserver: HTTPServer, settings):
    settings.ALLOW_PRIVATE_TARGETS = True
    answer = internal.post("/checks", {"spec": {"url": httpserver.url_for("/site")}, "user_id": None})
    result = assert_ok(answer)["result"]
    assert result["error_code"] == "blocked_address"
    assert httpserver.log == []


def test_a_saved_endpoint_is_checked_and_the_result_stored_as_manual(
    internal: APIClient, httpserver: HTTPServer, settings
):
    settings.ALLOW_PRIVATE_TARGETS = True
    httpserver.expect_request("/site").respond_with_data("no", status=503, headers={"Set-Cookie": "id=1"})
    endpoints_apply([endpoint(httpserver.url_for("/site"))])
    result = assert_ok(internal.post("/checks", {"endpoint_id": 7}))["result"]
    assert result["status"] == "down"
    assert result["state"] == "pending"
    assert result["response_body"] == "no"
    assert result["response_headers"]["Set-Cookie"] == "(redacted)"
    stored = ResultOutbox.objects.get().payload
    assert '"manual":true' in stored
    assert '"response_body":"no"' in stored


def test_an_endpoint_that_is_not_known_yet_can_be_checked_with_its_spec(
    internal: APIClient, httpserver: HTTPServer, settings
):
    settings.ALLOW_PRIVATE_TARGETS = True
    httpserver.expect_request("/site").respond_with_data("hello")
    body: dict[str, Any] = {"endpoint_id": 8, "user_id": 1, "spec": {"url": httpserver.url_for("/site")}}
    assert assert_ok(internal.post("/checks", body))["result"]["endpoint_id"] == 8
    assert_error(internal.post("/checks", {"endpoint_id": 8}), 404, "MONITOR_NOT_FOUND")


@pytest.mark.parametrize(
    "spec",
    [
        {"url": "gopher://x/"},
        {"url": "http://x/", "headers": {"X-Consumer-Custom-ID": "1"}},
        {"url": "http://x/", "headers": {"x_internal_token": "1"}},
        {"url": "http://x/", "headers": {"Host": "y"}},
        {"url": "http://x/", "headers": {"A": "b\r\nHost: y"}},
        {"url": "http://x/", "kind": "nothing"},
        {"url": 7},
    ],
)
def test_a_spec_that_cannot_be_probed_says_why(internal: APIClient, spec: dict[str, Any]):
    answer = internal.post("/checks", {"spec": spec, "user_id": 1}).json()
    assert answer["status"] == "fail"
    assert answer["code"] == "INVALID_SPEC"
    assert answer["message"]


def test_a_check_needs_an_endpoint_or_a_spec(internal: APIClient):
    assert_error(internal.post("/checks", {}), 400, "VALIDATION_FAILED")


def test_monitors_are_listed_by_page_and_read_one_by_one(internal: APIClient):
    endpoints_apply([endpoint("http://example.com/", endpoint_id=number) for number in (3, 5, 9)])
    items = assert_page(internal.get("/monitors?per_page=2"), total=3)
    assert [item["endpoint_id"] for item in items] == [3, 5]
    one = internal.get("/monitors/9").json()
    assert one["state"] == "pending"
    assert one["confirming"] is False
    assert "spec" not in one
    assert_error(internal.get("/monitors/4"), 404)


class Held:
    """Checks now that run in threads of their own while a site says nothing."""

    def __init__(self, url: str) -> None:
        self.url, self.threads, self.answers = url, list[threading.Thread](), list[services.CheckNow]()

    def check(self, user_id: int | None, host: str = "127.0.0.1") -> None:
        def run() -> None:
            spec = {"url": self.url.replace("127.0.0.1", host), "timeout": 3}
            try:
                self.answers.append(services.check_now(endpoint_id=None, spec=spec, user_id=user_id))
            finally:
                connection.close()

        held = services._slots._held.total()
        self.threads.append(threading.Thread(target=run))
        self.threads[-1].start()
        ends = time.monotonic() + 2
        while time.monotonic() < ends and services._slots._held.total() == held and self.threads[-1].is_alive():
            time.sleep(0.01)

    def busy(self) -> int:
        return sum(answer.code == "CHECKS_BUSY" for answer in self.answers)


def test_checks_now_leave_threads_to_everything_else_and_are_shared_by_owner_and_host(settings):
    settings.ALLOW_PRIVATE_TARGETS, settings.HTTP_THREADS = True, 8
    with Site() as silent:
        held = Held(f"http://127.0.0.1:{silent.port}/")
        for _ in range(5):
            held.check(1)
        assert held.busy() == 3, "one owner holds two at most"
        held.check(2)
        assert held.busy() == 3
        held.check(3)
        assert held.busy() == 4, "one host is asked by half of them at most"
        held.check(4, "localhost")
        held.check(5, "127.1")
        held.check(6, "2130706433")
        assert services._slots._held.total() == 6
        held.check(7, "127.0.1")
        assert held.busy() == 5, "two threads are nobody's"
        for thread in held.threads:
            thread.join()
    assert services._slots._held.total() == 0


def test_a_check_on_request_with_a_hostile_condition_ends_with_a_sentence(
    internal: APIClient, httpserver: HTTPServer, settings
):
    settings.ALLOW_PRIVATE_TARGETS = True
    httpserver.expect_request("/site").respond_with_data(b"ab" * (1 << 19))
    conditions = [{"kind": "body_regex", "value": "(?:(?:a|b)?){450}z"}] * 10
    answer = internal.post(
        "/checks", {"spec": {"url": httpserver.url_for("/site"), "assertions": conditions}, "user_id": 1}
    )
    assert answer.data["status"] == "fail"
    assert answer.data["code"] == "INVALID_SPEC"
    assert "took more than 2 s of computing" in answer.data["message"]


@pytest.mark.parametrize(
    "spec",
    [
        {"url": "https://example.com/", "assertions": [{"kind": "body_contains", "value": "a"}]},
        {"url": "intranet.example.com", "kind": "dns"},
        {"url": "example.com:25", "kind": "tcp"},
    ],
)
def test_an_anonymous_visitor_sends_no_conditions_and_asks_for_nothing_but_pages(internal: APIClient, spec):
    answer = internal.post("/checks", {"spec": spec, "user_id": None})
    assert answer.data["status"] == "fail"
    assert answer.data["code"] == "INVALID_SPEC"
    assert answer.data["message"].startswith("Log in to check ")
