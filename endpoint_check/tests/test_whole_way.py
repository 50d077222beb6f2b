"""The way of a check: from endpoint_service's feed to the results, states and alerts that the others are sent."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from prometheus_client import REGISTRY
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from endpoint_check.check_loop.loop import CheckLoop
from endpoint_check.feeds.feed_sync import feeds_sync
from endpoint_check.models import AlertOutbox, Monitor, ResultOutbox, StateOutbox
from endpoint_check.outbox.delivery import ROUTES, outboxes_deliver
from endpoint_check.schedule.dispatch import Watch
from endpoint_check.tests.outboxes import waiting

pytestmark = pytest.mark.django_db(transaction=True)
FOR_EVER = 10_000_000
"""An interval (s) so long that no monitor's regular slot falls into a test."""


class Peers:
    """The three services around us, as docs/architecture.md describes them."""

    def __init__(self, server: HTTPServer) -> None:
        self.endpoints: list[dict[str, Any]] = []
        self.windows: list[dict[str, Any]] = []
        self.results: list[dict[str, Any]] = []
        self.states: list[dict[str, Any]] = []
        self.alerts: list[dict[str, Any]] = []
        server.expect_request("/endpoints").respond_with_handler(lambda r: self._feed(r, self.endpoints))
        server.expect_request("/maintenance-windows").respond_with_handler(lambda r: self._feed(r, self.windows))
        server.expect_request("/reports").respond_with_handler(self._reports)
        server.expect_request("/endpoints/states").respond_with_handler(self._states)
        server.expect_request("/notifications/send").respond_with_handler(self._alerts)

    def _feed(self, request: Request, items: list[dict[str, Any]]) -> Response:
        start = int(request.args.get("changed_since") or 0)
        return Response(json.dumps({"items": items[start:], "cursor": str(len(items))}))

    def _reports(self, request: Request) -> Response:
        self.results += request.get_json()
        return Response(json.dumps({"status": "ok", "accepted": 1, "duplicates": 0, "refused": []}), status=201)

    def _states(self, request: Request) -> Response:
        self.states += request.get_json()["states"]
        return Response('{"status": "ok"}')

    def _alerts(self, request: Request) -> Response:
        self.alerts += request.get_json()["alerts"]
        return Response('{"status": "ok", "accepted": 1}')


@pytest.fixture
def peers(httpserver: HTTPServer, settings) -> Peers:
    url = httpserver.url_for("").rstrip("/")
    settings.SERVICE_URLS = dict.fromkeys(["endpoint_service", "report_service", "notification_service"], url)
    settings.ALLOW_PRIVATE_TARGETS = True
    for route in ROUTES:
        route.pause.answered()
    return Peers(httpserver)


def endpoint(url: str, endpoint_id: int = 7, **fields) -> dict[str, Any]:
    """An item of endpoint_service's feed."""
    return {
        "id": endpoint_id, "user_id": 1, "key": "site", "name": "Site", "kind": "http", "url": url, "method": "GET",
        "headers": {}, "body": "", "interval": 60, "timeout": 5, "expected_status": "200-299", "assertions": [],
        "failure_threshold": 1, "recovery_threshold": 1, "enabled": True, "tags": [], "options": {}, "version": 1,
        "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z", "deleted": False, "secrets": None,
    } | fields  # fmt: skip


def run_checks() -> None:
    """One run of the check loop over what is due now."""
    CheckLoop(region="default", stopping=lambda: False, on_news=lambda: None).run(0.5)


def make_due() -> None:
    Monitor.objects.update(next_check_at=datetime.now(UTC))


def test_a_new_endpoint_is_checked_and_its_result_delivered(peers: Peers, httpserver: HTTPServer):
    httpserver.expect_request("/site").respond_with_data("hello")
    peers.endpoints = [endpoint(httpserver.url_for("/site"))]
    feeds_sync()
    run_checks()
    assert outboxes_deliver() == 2
    (result,) = peers.results
    assert result["endpoint_id"] == 7
    assert result["status"] == result["state"] == "up"
    assert result["http_status"] == 200
    assert 0 < result["covers_ms"] <= 60_000
    assert result["phases"]["connect_ms"] > 0
    assert peers.states[0]["state"] == "up"
    assert peers.alerts == []
    assert len(waiting(ResultOutbox)) == len(waiting(StateOutbox)) == 0
    monitor = Monitor.objects.get()
    assert monitor.slot_at is None
    assert monitor.claim is None
    assert monitor.next_check_at is not None
    assert monitor.next_check_at > datetime.now(UTC)


def test_metrics_tell_of_checks_of_what_is_due_and_of_states(peers: Peers, httpserver: HTTPServer):
    def value(name: str, **labels: str) -> float:
        return REGISTRY.get_sample_value(name, labels) or 0

    checked = value("pongpong_checks_total", status="up")
    httpserver.expect_request("/site").respond_with_data("fine")
    peers.endpoints = [endpoint(httpserver.url_for("/site"))]
    feeds_sync()
    Watch().look()
    assert value("pongpong_due_checks") == value("pongpong_monitors") == 1
    assert value("pongpong_monitor_states", state="pending") == 1
    run_checks()
    Watch().look()
    assert value("pongpong_checks_total", status="up") == checked + 1
    assert value("pongpong_due_checks") == value("pongpong_monitor_states", state="pending") == 0
    assert value("pongpong_monitor_states", state="up") == 1
    assert value("pongpong_outbox_rows", outbox="results") == 1


def test_a_site_that_stops_and_comes_back_makes_one_alert_each(peers: Peers, httpserver: HTTPServer):
    answers = iter([200, 500, 500, 200, 200])
    httpserver.expect_request("/site").respond_with_handler(lambda _: Response(status=next(answers)))
    peers.endpoints = [endpoint(httpserver.url_for("/site"))]
    feeds_sync()
    for _ in range(5):
        make_due()
        run_checks()
    outboxes_deliver()
    assert [alert["event"] for alert in peers.alerts] == ["down", "up"]
    down, up = peers.alerts
    assert down["incident_id"] == up["incident_id"]
    assert down["endpoint_name"] == "Site"
    assert down["error_code"] == "unexpected_status"
    assert "500" in down["cause"]
    assert up["duration_ms"] > 0
    assert [state["state"] for state in peers.states] == ["up", "down", "up"]
    moved = [result["transition"]["event"] for result in peers.results if "transition" in result]
    assert moved == ["down", "up"]
    assert len(waiting(AlertOutbox)) == 0


def test_what_is_not_acknowledged_stays_and_is_sent_again(peers: Peers, httpserver: HTTPServer, settings):
    httpserver.expect_request("/site").respond_with_data("hello")
    peers.endpoints = [endpoint(httpserver.url_for("/site"))]
    feeds_sync()
    run_checks()
    urls = settings.SERVICE_URLS
    settings.SERVICE_URLS = dict.fromkeys(urls, "http://127.0.0.1:9")
    assert outboxes_deliver() == 0
    assert len(waiting(ResultOutbox)) == 1
    settings.SERVICE_URLS = urls
    assert outboxes_deliver() == 0, "a peer that did not answer is left alone for a moment"
    for route in ROUTES:
        route.pause.answered()
    assert outboxes_deliver() == 2
    assert len(peers.results) == 1
