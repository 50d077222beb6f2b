"""Maintenance and certificate warnings, from the feed to what the other services are sent."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from endpoint_check.feeds.feed_sync import feeds_sync
from endpoint_check.outbox.delivery import outboxes_deliver
from endpoint_check.tests.sites import Site, certificate_into
from endpoint_check.tests.test_whole_way import Peers, endpoint, make_due, peers, run_checks

__all__ = ["peers"]
pytestmark = pytest.mark.django_db(transaction=True)


def window(**fields: Any) -> dict[str, Any]:
    """An item of endpoint_service's feed: a window that opened a minute ago, for an hour."""
    return {
        "id": 3, "user_id": 1, "name": "Upgrade", "endpoint_ids": [], "tags": [], "duration": 3600, "cron": "",
        "starts_at": (datetime.now(UTC) - timedelta(minutes=1)).isoformat(), "time_zone": "UTC", "ends_at": None,
        "deleted": False,
    } | fields  # fmt: skip


def check() -> None:
    """Follow the feeds, check once, deliver."""
    feeds_sync()
    make_due()
    run_checks()
    outboxes_deliver()


@pytest.mark.parametrize(
    "fields",
    [{}, {"endpoint_ids": [7]}, {"tags": ["web"]}, {"cron": "* * * * *", "starts_at": None, "duration": 120}],
    ids=["everything", "endpoint", "tag", "recurring"],
)
def test_in_maintenance_nobody_is_told_and_after_it_the_truth_comes_out(
    peers: Peers, httpserver: HTTPServer, fields: dict[str, Any]
):
    status = 200
    httpserver.expect_request("/site").respond_with_handler(lambda _: Response(status=status))
    peers.endpoints = [endpoint(httpserver.url_for("/site"), tags=["web"])]
    check()
    status = 500
    peers.windows = [window(**fields)]
    check()
    check()
    assert peers.alerts == []
    assert [result["status"] for result in peers.results] == ["up", "maintenance", "maintenance"]
    assert [result["state"] for result in peers.results] == ["up", "maintenance", "maintenance"]
    assert peers.results[-1]["error_code"] == "unexpected_status", "what was found is still kept"
    assert [state["state"] for state in peers.states] == ["up", "maintenance"]
    peers.windows.append(window(deleted=True))
    check()
    assert [alert["event"] for alert in peers.alerts] == ["down"]
    assert [state["state"] for state in peers.states] == ["up", "maintenance", "down"]


def test_a_site_that_came_through_its_maintenance_is_up_again_without_an_alert(peers: Peers, httpserver: HTTPServer):
    answers = iter([200, 500, 200])
    httpserver.expect_request("/site").respond_with_handler(lambda _: Response(status=next(answers)))
    peers.endpoints = [endpoint(httpserver.url_for("/site"))]
    check()
    peers.windows = [window()]
    check()
    peers.windows.append(window(deleted=True))
    check()
    assert [state["state"] for state in peers.states] == ["up", "maintenance", "up"]
    assert peers.alerts == []


def test_a_window_of_others_covers_nothing(peers: Peers, httpserver: HTTPServer):
    httpserver.expect_request("/site").respond_with_data("no", status=500)
    peers.endpoints = [endpoint(httpserver.url_for("/site"), tags=["web"])]
    peers.windows = [window(endpoint_ids=[8]), window(id=4, tags=["mail"]), window(id=5, user_id=2)]
    check()
    assert [alert["event"] for alert in peers.alerts] == ["down"]


@pytest.mark.parametrize("fields", [{"time_zone": "Nowhere/At_All"}, {"cron": "0 0 31 2 *"}, {"cron": "odd"}])
def test_a_window_that_cannot_be_understood_ends_no_checks(peers: Peers, httpserver: HTTPServer, fields, caplog):
    httpserver.expect_request("/site").respond_with_data("hello")
    peers.endpoints = [endpoint(httpserver.url_for("/site"))]
    peers.windows = [window(**({"cron": "* * * * *"} | fields))]
    check()
    assert [result["status"] for result in peers.results] == ["up"]
    assert "cannot be understood" in caplog.text


def test_a_certificate_near_its_end_is_warned_of_once_and_the_site_stays_up(peers: Peers, tmp_path, monkeypatch):
    certificate = certificate_into(tmp_path, days=6.5)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with Site(certificate) as site:
        peers.endpoints = [endpoint(f"https://localhost:{site.port}/")]
        check()
        check()
    assert [result["status"] for result in peers.results] == ["up", "up"]
    assert [state["state"] for state in peers.states] == ["up"]
    (alert,) = peers.alerts
    assert alert["event"] == "certificate"
    assert "expires in 6 days" in alert["cause"]
    assert alert["endpoint_name"] == "Site"
    assert peers.results[0]["certificate_expires_at"] is not None
    assert "transition" not in peers.results[0]
    assert "incident_id" not in peers.results[0]


def test_a_certificate_with_much_time_left_is_no_news(peers: Peers, tmp_path, monkeypatch):
    certificate = certificate_into(tmp_path, days=60)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with Site(certificate) as site:
        peers.endpoints = [endpoint(f"localhost:{site.port}", kind="tls")]
        check()
    assert peers.results[0]["status"] == "up"
    assert peers.alerts == []
