"""A region that lost its own network holds its verdicts, and only then."""

import logging
import re
from collections import Counter
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from rest_framework.test import APIClient
from werkzeug import Response

from endpoint_check.check_loop.loop import CheckLoop
from endpoint_check.feeds.feed_sync import endpoints_apply
from endpoint_check.models import AlertOutbox, Monitor, RegionHold, ResultOutbox, StateOutbox
from endpoint_check.region import region_hold
from endpoint_check.region.network_loss import (
    LEAST_ENDPOINTS,
    LEAST_HOSTS,
    WITHIN,
    Second,
    Tally,
    host_of,
    most_fail,
    suspicion_of,
)
from endpoint_check.region.sentinels import sentinels_of
from endpoint_check.schedule.dispatch import Watch, region_held
from endpoint_check.tests.outboxes import waiting
from endpoint_check.tests.test_whole_way import endpoint, make_due

NOBODY = "127.0.0.1:9"
HOSTS = 25

seconds = st.lists(
    st.builds(
        lambda good, failed: Second(0, checked=good + len(failed), failed=failed),
        st.integers(0, 30),
        st.dictionaries(st.integers(1, 60), st.sampled_from([f"host{n}" for n in range(8)]), max_size=15),
    ),
    max_size=WITHIN,
)


@given(seconds)
def test_what_is_suspected_is_true_of_the_last_seconds(latest: list[Second]):
    suspicion = suspicion_of(latest)
    candidates = []
    for length in range(1, len(latest) + 1):
        failed: dict[int, str] = {}
        for second in latest[:length]:
            failed |= second.failed
        checked = sum(second.checked for second in latest[:length])
        enough = len(failed) >= LEAST_ENDPOINTS and len(set(failed.values())) >= LEAST_HOSTS
        if enough and len(failed) * 2 > checked:
            candidates.append((checked, len(failed), len(set(failed.values()))))
    found = None if suspicion is None else (suspicion.checked, suspicion.failed, suspicion.hosts)
    assert found == (candidates[0] if candidates else None)


@given(seconds, st.integers(0, WITHIN - 1))
def test_good_checks_never_raise_a_suspicion(latest: list[Second], place: int):
    if suspicion_of(latest) is None and latest:
        latest[place % len(latest)].checked += 5
        assert suspicion_of(latest) is None


@given(st.lists(st.booleans()))
def test_most_is_over_half_and_of_none_it_is_none(failures: list[bool]):
    assert most_fail(failures) == (bool(failures) and Counter(failures)[True] > Counter(failures)[False])


def test_failures_older_than_thirty_seconds_are_forgotten():
    tally = Tally()
    tally.add(100.2, checked=20, failed={number: f"host{number}" for number in range(20)})
    assert tally.suspicion(120) is not None
    assert tally.suspicion(130) is None


@pytest.mark.parametrize(
    ("url", "host"),
    [("https://a.example:8/x?y", "a.example"), ("a.example:5432", "a.example"), ("[::1]:5", "::1"), ("10.0.0.1", "10.0.0.1")],
)  # fmt: skip
def test_a_host_is_that_of_the_address(url: str, host: str):
    assert host_of(url) == host


@pytest.mark.parametrize("text", ["example.com", "host:", ":5", "host:99999", "ftp://x"])
def test_a_sentinel_that_cannot_be_asked_stops_the_start(text: str):
    with pytest.raises(ImproperlyConfigured, match="REGION_SENTINELS"):
        sentinels_of([text])


@pytest.fixture
def many(httpserver: HTTPServer, settings: Any) -> dict[str, int]:
    """Endpoints on as many hosts, all up; what they answer is in `status`."""
    settings.ALLOW_PRIVATE_TARGETS = True
    region_hold._tallies.clear()
    answers = {"status": 200}
    httpserver.expect_request("/site").respond_with_handler(lambda _: Response(status=answers["status"]))
    # Hosts of their own to the rule, one server to the network.
    urls = [f"http://host{number}.localhost:{httpserver.port}/site" for number in range(HOSTS)]
    endpoints_apply(
        [
            endpoint(url, endpoint_id=number, user_id=1 + number % 2, interval=1_000_000)
            for number, url in enumerate(urls, 1)
        ]
    )
    check(0.5)
    assert set(Monitor.objects.values_list("condition", flat=True)) == {"up"}
    ResultOutbox.objects.all().delete()
    region_hold._tallies.clear()
    return answers


def check(seconds: float) -> None:
    make_due()
    CheckLoop(region="default", stopping=lambda: False, on_news=lambda: None).run(seconds)


@pytest.mark.django_db(transaction=True)
def test_while_its_sentinels_fail_too_no_state_moves_and_each_user_is_told_once(
    many: dict[str, int], settings: Any, caplog: pytest.LogCaptureFixture, internal: APIClient
):
    settings.REGION_SENTINELS = sentinels_of([NOBODY, f"http://{NOBODY}/", f"http://{NOBODY}/2"])
    many["status"] = 500
    states = len(waiting(StateOutbox))
    with caplog.at_level(logging.ERROR):
        check(1.5)
        check(1.5)
    assert "holds its verdicts" in caplog.text
    assert set(Monitor.objects.values_list("condition", flat=True)) == {"up"}
    assert len(waiting(StateOutbox)) == states
    results = waiting(ResultOutbox)
    assert len(results) == 2 * HOSTS
    held = [result for result in results if result["error_code"] == "region_offline"]
    assert len(held) == 2 * HOSTS, "the failures that raised the suspicion waited for the sentinels' answer"
    assert {(result["status"], result["state"], result["covers_ms"]) for result in held} == {("down", "up", 0)}
    assert "does not reach the network" in held[0]["message"]
    assert "500" in held[0]["message"]
    alerts = waiting(AlertOutbox)
    assert sorted(alert["user_id"] for alert in alerts) == [1, 2]
    assert {(alert["event"], alert["endpoint_id"], alert["url"]) for alert in alerts} == {("region_held", None, "")}
    assert len({alert["incident_id"] for alert in alerts}) == 2
    hold = RegionHold.objects.get()
    assert (hold.failed, hold.hosts, hold.held_until) == (HOSTS, HOSTS, None)
    assert sorted(hold.sentinels) == [NOBODY, f"http://{NOBODY}/", f"http://{NOBODY}/2"]
    Watch().look()
    assert region_held.labels("default")._value.get() == 1
    for shown in (internal.get("/monitors/1").json(), internal.get("/monitors").json()["items"][0]):
        assert shown["region_held_from"] is not None


@pytest.mark.django_db(transaction=True)
def test_when_the_sentinels_answer_again_verdicts_move(
    many: dict[str, int], settings: Any, httpserver: HTTPServer, internal: APIClient
):
    settings.REGION_SENTINELS = sentinels_of([NOBODY])
    many["status"] = 500
    check(1.5)
    assert RegionHold.objects.get().held_until is None
    httpserver.expect_request("/sentinel").respond_with_data("not here", status=404)
    settings.REGION_SENTINELS = sentinels_of([httpserver.url_for("/sentinel")])
    check(1.5)
    assert RegionHold.objects.get().held_until is not None
    assert internal.get("/monitors/1").json()["region_held_from"] is None
    check(1.5)
    assert set(Monitor.objects.values_list("condition", flat=True)) == {"down"}
    alerts = waiting(AlertOutbox)
    assert Counter(alert["event"] for alert in alerts) == {"region_held": 2, "region_back": 2, "down": HOSTS}
    for user_id in (1, 2):
        held, back = (alert for alert in alerts if alert["endpoint_id"] is None and alert["user_id"] == user_id)
        assert (held["event"], back["event"]) == ("region_held", "region_back")
        assert held["incident_id"] == back["incident_id"]
        assert held["started_at"] == back["started_at"] < back["occurred_at"]
        assert back["duration_ms"] > 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("sentinels", [[], ["/a"], ["/a", "/b", NOBODY], ["/a", NOBODY]])
def test_an_outage_of_the_sites_themselves_is_no_outage_of_ours(
    many: dict[str, int], settings: Any, httpserver: HTTPServer, sentinels: list[str]
):
    httpserver.expect_request(re.compile("/[ab]")).respond_with_data("hello")
    urls = [text if text == NOBODY else httpserver.url_for(text) for text in sentinels]
    settings.REGION_SENTINELS = sentinels_of(urls)
    many["status"] = 500
    check(1.5)
    assert not RegionHold.objects.exists()
    assert set(Monitor.objects.values_list("condition", flat=True)) == {"down"}
    assert {result["error_code"] for result in waiting(ResultOutbox)} == {"unexpected_status"}


@pytest.mark.django_db(transaction=True)
def test_a_few_failing_sites_ask_no_sentinel(many: dict[str, int], settings: Any):
    settings.REGION_SENTINELS = sentinels_of([NOBODY])
    Monitor.objects.filter(endpoint_id__gt=LEAST_ENDPOINTS - 1).update(next_check_at=None)
    Monitor.objects.filter(endpoint_id__gt=LEAST_ENDPOINTS - 1).delete()
    many["status"] = 500
    check(1.5)
    assert not RegionHold.objects.exists()
    assert set(Monitor.objects.values_list("condition", flat=True)) == {"down"}


@pytest.mark.django_db(transaction=True)
def test_two_workers_record_one_hold_and_without_sentinels_it_ends(many: dict[str, int], settings: Any):
    suspicion = suspicion_of([Second(0, 20, {number: f"host{number}" for number in range(20)})])
    assert suspicion is not None
    assert region_hold.hold_open(region="default", suspicion=suspicion, failing=[NOBODY])
    assert not region_hold.hold_open(region="default", suspicion=suspicion, failing=[NOBODY])
    assert len(waiting(AlertOutbox)) == 2
    settings.REGION_SENTINELS = ()
    Watch().look()
    assert RegionHold.objects.get().held_until is not None
    Watch().look()
    assert len(waiting(AlertOutbox)) == 4, "that it is over is told once, whoever looks"
