"""Incidents that end because their endpoint is paused or deleted, and what a resumed endpoint begins with."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from endpoint_check.feeds.feed_sync import endpoints_apply
from endpoint_check.models import AlertOutbox, Monitor, ResultOutbox, StateOutbox
from endpoint_check.outbox.delivery import outboxes_deliver
from endpoint_check.tests.outboxes import waiting
from endpoint_check.tests.test_whole_way import Peers, endpoint, make_due, peers, run_checks

__all__ = ["peers"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def down(httpserver: HTTPServer, settings) -> dict[str, Any]:
    """The item of an endpoint that is down; its alert and results are delivered and forgotten."""
    settings.ALLOW_PRIVATE_TARGETS = True
    httpserver.expect_request("/site").respond_with_handler(lambda _: Response(status=500))
    item = endpoint(httpserver.url_for("/site"), tags=["web", "한국"])
    endpoints_apply([item])
    run_checks()
    assert Monitor.objects.get().condition == "down"
    for outbox in (AlertOutbox, ResultOutbox, StateOutbox):
        outbox.objects.all().delete()
    return item


def test_alerts_tell_the_name_and_the_tags_of_their_moment(peers: Peers, httpserver: HTTPServer):
    httpserver.expect_request("/site").respond_with_handler(lambda _: Response(status=500))
    endpoints_apply([endpoint(httpserver.url_for("/site"), tags=["web", "shop"])])
    run_checks()
    outboxes_deliver()
    (alert,) = peers.alerts
    assert alert["event"] == "down"
    assert alert["tags"] == ["web", "shop"]
    assert alert["endpoint_name"] == "Site"
    assert alert["reason"] is None


@pytest.mark.parametrize(("change", "reason"), [({"enabled": False}, "paused"), ({"deleted": True}, "deleted")])
def test_an_incident_ends_with_the_pause_or_the_deletion_of_its_endpoint(down, change, reason):
    before = Monitor.objects.get()
    at = datetime.now(UTC)
    endpoints_apply([down | change | {"version": 2, "updated_at": at.isoformat()}])
    (alert,) = waiting(AlertOutbox)
    assert alert["event"] == "closed"
    assert alert["reason"] == reason
    assert alert["incident_id"] == str(before.incident_id)
    assert alert["tags"] == ["web", "한국"]
    assert alert["endpoint_name"] == "Site"
    assert datetime.fromisoformat(alert["occurred_at"]) == at
    assert before.incident_started_at is not None
    assert alert["duration_ms"] == (at - before.incident_started_at) // timedelta(milliseconds=1)
    (report,) = waiting(ResultOutbox)
    assert report["transition"]["event"] == "closed"
    assert report["transition"]["incident_id"] == str(before.incident_id)
    assert datetime.fromisoformat(report["transition"]["ended_at"]) == at
    assert report["covers_ms"] == 0


def test_an_incident_does_not_grow_by_the_time_in_which_the_pause_was_on_its_way(down):
    started = datetime.now(UTC) - timedelta(hours=2)
    Monitor.objects.update(incident_started_at=started)
    paused = started + timedelta(minutes=5)
    endpoints_apply([down | {"enabled": False, "version": 2, "updated_at": paused.isoformat()}])
    assert waiting(AlertOutbox)[0]["duration_ms"] == 5 * 60 * 1000


@pytest.mark.parametrize("updated_at", ["2001-01-01T00:00:00Z", "9998-01-01T00:00:00Z", "soon", None, 7])
def test_an_odd_moment_of_the_pause_is_bounded_by_the_incident_s_beginning_and_now(down, updated_at):
    began = Monitor.objects.get().incident_started_at
    assert began is not None
    endpoints_apply([down | {"enabled": False, "version": 2, "updated_at": updated_at}])
    (alert,) = waiting(AlertOutbox)
    assert began <= datetime.fromisoformat(alert["occurred_at"]) <= datetime.now(UTC)


def test_who_was_not_told_of_the_outage_is_not_told_of_its_end(down):
    Monitor.objects.update(incident_told=False)
    endpoints_apply([down | {"enabled": False, "version": 2}])
    assert waiting(AlertOutbox) == []
    assert len(waiting(ResultOutbox)) == 1, "the incident itself ends all the same"


def test_a_pause_of_what_is_up_tells_of_no_incident(httpserver: HTTPServer, settings):
    settings.ALLOW_PRIVATE_TARGETS = True
    httpserver.expect_request("/site").respond_with_data("hello")
    endpoints_apply([endpoint(httpserver.url_for("/site"))])
    run_checks()
    ResultOutbox.objects.all().delete()
    endpoints_apply([endpoint(httpserver.url_for("/site"), enabled=False, version=2)])
    assert waiting(AlertOutbox) == waiting(ResultOutbox) == []


def test_what_is_resumed_begins_anew(down):
    flapping = datetime.now(UTC)
    Monitor.objects.update(flapping_since=flapping, moves=[flapping] * 5, incident_told=True, in_maintenance=True)
    endpoints_apply([down | {"enabled": False, "version": 2}])
    endpoints_apply([down | {"enabled": True, "version": 3}])
    monitor = Monitor.objects.get()
    assert (monitor.condition, monitor.cause, monitor.error_code) == ("pending", "", "")
    assert (monitor.incident_id, monitor.flapping_since, monitor.moves) == (None, None, None)
    assert not monitor.in_maintenance
    assert [state["state"] for state in waiting(StateOutbox)] == ["paused", "pending"]
    assert [alert["event"] for alert in waiting(AlertOutbox)] == ["closed"]
    make_due()
    run_checks()
    closed, opened = waiting(AlertOutbox)
    assert opened["event"] == "down"
    assert opened["incident_id"] != closed["incident_id"]


def test_the_same_pause_again_tells_nothing(down):
    paused = down | {"enabled": False, "version": 2}
    endpoints_apply([paused])
    endpoints_apply([paused, paused])
    assert len(waiting(AlertOutbox)) == len(waiting(ResultOutbox)) == 1
