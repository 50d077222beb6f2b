"""Messages of a contract that is newer than this process: skipped, logged and counted; never `down`, never again and again."""

from typing import Any

import pytest
from prometheus_client import REGISTRY
from pytest_httpserver import HTTPServer

from common.between import feeds
from common.between.http import Peer
from common.contracts.messages import FEEDS, STATE
from common.models import DeadLetter
from endpoint_check.feeds.feed_sync import feeds_sync
from endpoint_check.models import FeedCursor, MaintenanceWindow, Monitor
from endpoint_check.outbox.delivery import outboxes_deliver
from endpoint_check.tests.test_whole_way import FOR_EVER, Peers, make_due, peers, run_checks
from endpoint_check.tests.test_whole_way import endpoint as any_endpoint

__all__ = ["peers"]

pytestmark = pytest.mark.django_db(transaction=True)


def endpoint(url: str, **fields: Any) -> dict[str, Any]:
    return any_endpoint(url, interval=FOR_EVER, **fields)


def skipped(name: str) -> float:
    return REGISTRY.get_sample_value("pongpong_messages_skipped_total", {"message": name}) or 0


def checked() -> None:
    feeds_sync()
    make_due()
    run_checks()
    outboxes_deliver()


@pytest.mark.parametrize("contract", [2, 99, 0, -1, "2", True, None, [1]])
def test_an_item_of_another_contract_is_skipped_and_the_others_are_taken(
    peers: Peers, httpserver: HTTPServer, contract: object
):
    httpserver.expect_request("/site").respond_with_data("hello")
    url, before = httpserver.url_for("/site"), skipped("endpoint_service/endpoints")
    newer = {"id": 8, "user_id": 1, "contract": contract, "target": {"of": "another shape"}}
    peers.endpoints = [endpoint(url, endpoint_id=7), newer, endpoint(url, endpoint_id=9, contract=1)]
    checked()
    found = {one["endpoint_id"]: one["status"] for one in peers.results}
    assert found == {7: "up", 8: "unknown", 9: "up"}
    assert peers.alerts == []
    assert skipped("endpoint_service/endpoints") == before + 1
    assert not DeadLetter.objects.exists()
    assert feeds_sync() == 0


def test_what_was_known_is_no_more_probed_as_it_was_until_it_is_understood(peers: Peers, httpserver: HTTPServer):
    httpserver.expect_request("/site").respond_with_data("", status=500)
    url = httpserver.url_for("/site")
    peers.endpoints = [endpoint(url)]
    checked()
    peers.endpoints.append({"id": 7, "user_id": 1, "contract": 2, "version": 2, "enabled": True})
    checked()
    assert [one["status"] for one in peers.results] == ["down", "unknown"]
    assert [one["event"] for one in peers.alerts] == ["down"]
    peers.endpoints.append(endpoint(url, version=3))
    checked()
    assert peers.results[-1]["status"] == "down"


def test_what_a_newer_process_has_understood_stays(peers: Peers, httpserver: HTTPServer):
    httpserver.expect_request("/site").respond_with_data("hello")
    peers.endpoints = [endpoint(httpserver.url_for("/site"), version=2)]
    feeds_sync()
    peers.endpoints.append({"id": 7, "user_id": 1, "contract": 2, "version": 2, "enabled": True})
    checked()
    assert [one["status"] for one in peers.results] == ["up"]


def test_a_deletion_is_one_in_every_contract(peers: Peers, httpserver: HTTPServer):
    httpserver.expect_request("/site").respond_with_data("", status=500)
    peers.endpoints = [endpoint(httpserver.url_for("/site"))]
    checked()
    peers.endpoints.append({"id": 7, "contract": 2, "deleted": True})
    checked()
    assert not Monitor.objects.exists()
    assert [one["event"] for one in peers.alerts] == ["down", "closed"]


def test_a_window_of_another_contract_hides_no_outage(peers: Peers):
    window = {"id": 3, "user_id": 1, "starts_at": "2026-01-01T00:00:00Z", "duration": 60}
    peers.windows = [window]
    feeds_sync()
    assert MaintenanceWindow.objects.count() == 1
    peers.windows.append(window | {"contract": 2})
    feeds_sync()
    assert not MaintenanceWindow.objects.exists()
    assert not DeadLetter.objects.exists()


def test_who_learns_a_new_contract_reads_what_was_skipped(
    peers: Peers, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
):
    httpserver.expect_request("/site").respond_with_data("hello")
    peers.endpoints = [endpoint(httpserver.url_for("/site"), contract=2)]
    checked()
    assert peers.results[-1]["status"] == "unknown"
    monkeypatch.setattr(feeds, "FEEDS", {path: contract + 1 for path, contract in FEEDS.items()})
    checked()
    assert peers.results[-1]["status"] == "up"
    assert {cursor.feed for cursor in FeedCursor.objects.all()} >= {
        "endpoint_service/endpoints@default", "endpoint_service/endpoints@default#2",
    }  # fmt: skip


def test_a_page_says_the_contract_of_its_items(peers: Peers, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch):
    httpserver.expect_request("/site").respond_with_data("hello")
    url = httpserver.url_for("/site")
    items = [endpoint(url), endpoint(url, endpoint_id=8, contract=1)]
    page = {"items": items, "cursor": "9", "contract": 2}
    monkeypatch.setattr(Peer, "get", lambda _, path, **__: page if path == "/endpoints" else page | {"items": []})
    feeds_sync()
    make_due()
    run_checks()
    outboxes_deliver()
    assert {one["endpoint_id"]: one["status"] for one in peers.results} == {7: "unknown", 8: "up"}


def test_states_carry_their_contract(peers: Peers, httpserver: HTTPServer):
    httpserver.expect_request("/site").respond_with_data("hello")
    peers.endpoints = [endpoint(httpserver.url_for("/site"))]
    checked()
    bodies = [request.get_json() for request, _ in httpserver.log if request.path == "/endpoints/states"]
    assert [body["contract"] for body in bodies] == [STATE]
