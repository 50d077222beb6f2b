"""What `dispatch` tells endpoint_service of everything that was checked, and the self-check of the schedule."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from pytest_httpserver import HTTPServer

from common.testing.metrics import samples
from endpoint_check.collectors import COLLECTORS
from endpoint_check.feeds.feed_sync import endpoints_apply
from endpoint_check.models import Monitor, StateOutbox
from endpoint_check.schedule.dispatch import Watch
from endpoint_check.tests.outboxes import waiting
from endpoint_check.tests.test_whole_way import endpoint, make_due, run_checks

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_time_of_the_last_check_is_told_though_no_state_moved(httpserver: HTTPServer, settings):
    settings.ALLOW_PRIVATE_TARGETS = True
    httpserver.expect_request("/site").respond_with_data("hello")
    endpoints_apply([endpoint(httpserver.url_for("/site"))])
    run_checks()
    (first,) = waiting(StateOutbox)
    make_due()
    run_checks()
    StateOutbox.objects.all().delete()
    watch = Watch()
    watch.look()
    watch.look()
    (again,) = waiting(StateOutbox)
    monitor = Monitor.objects.get()
    assert again["state"] == "up"
    assert datetime.fromisoformat(str(again["checked_at"])) == monitor.last_checked_at
    assert str(again["checked_at"]) > str(first["checked_at"])
    assert datetime.fromisoformat(str(again["changed_at"])) == datetime.fromisoformat(str(first["changed_at"]))


def test_of_a_paused_endpoint_and_of_one_never_checked_nothing_is_told():
    endpoints_apply([endpoint("http://127.0.0.1:9/"), endpoint("http://127.0.0.1:9/", endpoint_id=8)])
    now = datetime.now(UTC)
    Monitor.objects.filter(endpoint_id=8).update(changed_at=now, last_checked_at=now, enabled=False)
    Watch().look()
    assert waiting(StateOutbox) == []


def test_checks_later_than_their_interval_raise_the_gauge_and_an_error(caplog: pytest.LogCaptureFixture, settings):
    endpoints_apply([endpoint("http://127.0.0.1:9/", interval=60), endpoint("http://127.0.0.1:9/", endpoint_id=8)])
    Monitor.objects.filter(endpoint_id=8).update(next_check_at=datetime.now(UTC) - timedelta(seconds=90))
    with caplog.at_level(logging.ERROR):
        Watch().look()
    assert "1 checks are later than their interval, the oldest by 90 s" in caplog.text
    assert 90 <= samples(*COLLECTORS)["pongpong_oldest_due_check_seconds", settings.REGION] < 95
