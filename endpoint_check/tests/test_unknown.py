"""What is our own fault is `unknown`: it counts for nothing, tells nobody, and is told as ours."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from common.contracts.causes import because
from common.contracts.results import OURS, ErrorCode
from common.models import DeadLetter
from endpoint_check.engine.multi import Engine
from endpoint_check.engine.outcome import Outcome, failed
from endpoint_check.feeds.feed_sync import feeds_sync
from endpoint_check.models import Monitor
from endpoint_check.outbox.delivery import outboxes_deliver
from endpoint_check.schedule.dispatch import Watch
from endpoint_check.state.state_machine import advance, hold
from endpoint_check.tests.test_state import founds, played, rules, runs, seen
from endpoint_check.tests.test_whole_way import FOR_EVER, Peers, make_due, peers, run_checks
from endpoint_check.tests.test_whole_way import endpoint as any_endpoint

__all__ = ["peers"]


@pytest.mark.parametrize("code", ErrorCode)
def test_a_failure_is_unknown_exactly_where_the_fault_is_ours(code: ErrorCode):
    wanted = "unknown" if code in {"internal_error", "not_permitted", "invalid_spec"} else "down"
    assert failed(code, because("closed")).status == Outcome(status="up").fail(code, because("closed")).status == wanted
    assert (code in OURS) == (wanted == "unknown")


@given(runs, rules, st.booleans())
def test_nothing_is_counted_told_or_recovered_by_a_fault_of_ours(results, rule, held):
    before, _, _ = played(results, rule)
    step = hold(before, seen("unknown", 99)) if held else advance(before, seen("unknown", 99), rule)
    assert step.events == ()
    expected = replace(before, unknown=True, in_maintenance=False, changed_at=step.status.changed_at)
    if held:
        expected = replace(expected, run_kind="", run_count=0, run_started_at=None)
    assert step.status == expected
    assert step.status.wire == (before.condition if before.condition in {"down", "degraded"} else "unknown")


@given(runs, rules, st.integers(1, 5), st.lists(st.tuples(founds, st.just(False)), min_size=1, max_size=6))
def test_what_was_true_before_goes_on_after_it(results, rule, faults, after):
    before, _, _ = played(results, rule)
    doubted = before
    for number in range(faults):
        doubted = advance(doubted, seen("unknown", 100 + number), rule).status
    for number, (found, _) in enumerate(after):
        plain, told = (
            advance(before, seen(found, 200 + number), rule),
            advance(doubted, seen(found, 200 + number), rule),
        )
        assert [event.name for event in told.events] == [event.name for event in plain.events]
        before, doubted = plain.status, told.status
        assert (doubted.condition, doubted.run_count) == (before.condition, before.run_count)


def endpoint(url: str, **fields: Any) -> dict[str, Any]:
    return any_endpoint(url, interval=FOR_EVER, **fields)


def total(code: str) -> float:
    return REGISTRY.get_sample_value("pongpong_unknown_checks_total", {"error_code": code}) or 0


def checked() -> None:
    feeds_sync()
    make_due()
    run_checks()
    outboxes_deliver()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "spec", [{"kind": "telepathy"}, {"expected_status": "often"}, {"options": {"http_version": "9"}}]
)
def test_a_spec_that_the_checker_cannot_do_is_unknown_until_it_can(
    peers: Peers, httpserver: HTTPServer, spec: dict[str, Any]
):
    httpserver.expect_request("/site").respond_with_data("hello")
    url, before = httpserver.url_for("/site"), total("invalid_spec")
    peers.endpoints = [endpoint(url, **spec)]
    checked()
    checked()
    assert [(one["status"], one["state"], one["covers_ms"]) for one in peers.results] == [("unknown", "unknown", 0)] * 2
    assert {one["error_code"] for one in peers.results} == {"invalid_spec"}
    assert [one["state"] for one in peers.states] == ["unknown"]
    assert total("invalid_spec") == before + 2
    peers.endpoints.append(endpoint(url, version=2))
    checked()
    assert peers.results[-1]["status"] == peers.results[-1]["state"] == peers.states[-1]["state"] == "up"
    assert peers.alerts == []


@pytest.mark.django_db(transaction=True)
def test_an_open_incident_stays_open_and_the_outage_goes_on(
    peers: Peers, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
):
    httpserver.expect_request("/site").respond_with_data("", status=500)
    peers.endpoints = [endpoint(httpserver.url_for("/site"))]
    checked()
    with monkeypatch.context() as patched:
        patched.setattr(Engine, "add", lambda *_, **__: 1 / 0)
        checked()
    assert [one["event"] for one in peers.alerts] == ["down"]
    fault = peers.results[-1]
    assert (fault["status"], fault["error_code"], fault["covers_ms"]) == ("unknown", "internal_error", 0)
    assert (fault["state"], fault["incident_id"]) == ("down", peers.results[0]["incident_id"])
    assert [one["state"] for one in peers.states] == ["down"]
    monitor = Monitor.objects.get()
    assert (monitor.state, monitor.unknown) == ("down", True)
    assert monitor.last_good_at is None


@pytest.mark.django_db(transaction=True)
def test_the_state_is_told_again_and_measured_as_the_result_has_it(peers: Peers, httpserver: HTTPServer):
    peers.endpoints = [endpoint(httpserver.url_for("/"), kind="telepathy")]
    checked()
    Watch().look()
    outboxes_deliver()
    assert [one["state"] for one in peers.states] == ["unknown", "unknown"]
    assert REGISTRY.get_sample_value("pongpong_monitor_states", {"state": "unknown"}) == 1
    assert Monitor.objects.get().state == "unknown"


@pytest.mark.django_db(transaction=True)
def test_a_run_that_waits_for_its_confirmation_is_not_asked_for_every_few_seconds(
    peers: Peers, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
):
    httpserver.expect_request("/site").respond_with_data("", status=500)
    peers.endpoints = [endpoint(httpserver.url_for("/site"), failure_threshold=3)]
    checked()
    monkeypatch.setattr(Engine, "add", lambda *_, **__: 1 / 0)
    waits = []
    for _ in range(3):
        checked()
        monitor = Monitor.objects.get()
        assert monitor.last_checked_at is not None
        assert monitor.next_check_at is not None
        waits.append((monitor.next_check_at - monitor.last_checked_at).total_seconds() > 60)
        assert monitor.run_count == 1
    assert waits == [False, True, True]


class OlderPeers(Peers):
    """With a report_service of the version before."""

    def _reports(self, request: Request) -> Response:
        rows = request.get_json()
        known = [row for row in rows if row["status"] in {"up", "degraded", "down", "maintenance"}]
        self.results += known
        refused = [
            {"index": index, "code": "INVALID", "message": "Invalid enum value 'unknown' - at `$.status`"}
            for index, row in enumerate(rows)
            if row not in known
        ]
        return Response(json.dumps({"status": "ok", "accepted": 0, "duplicates": 0, "refused": refused}), status=201)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("peers")
def test_a_report_service_of_the_version_before_is_told_in_its_own_words(httpserver: HTTPServer):
    httpserver.clear_all_handlers()
    peers = OlderPeers(httpserver)
    peers.endpoints = [endpoint(httpserver.url_for("/"), kind="telepathy")]
    checked()
    outboxes_deliver()
    (result,) = peers.results
    assert (result["status"], result["error_code"], result["covers_ms"]) == ("down", "invalid_spec", 0)
    assert "transition" not in result
    assert not DeadLetter.objects.exists()
