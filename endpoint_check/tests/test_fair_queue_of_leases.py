"""Claims take turns by owner, and the loop asks one host at its rate."""

import time
from collections import Counter
from datetime import datetime

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from endpoint_check.check_loop import loop
from endpoint_check.check_loop.loop import CheckLoop
from endpoint_check.feeds.feed_sync import endpoints_apply
from endpoint_check.models import Monitor, ResultOutbox
from endpoint_check.schedule import fair_queue
from endpoint_check.schedule.fair_queue import BURST
from endpoint_check.tests.outboxes import waiting
from endpoint_check.tests.sites import Site
from endpoint_check.tests.test_whole_way import FOR_EVER, endpoint


@pytest.mark.django_db(transaction=True)
def test_the_loop_asks_one_host_at_its_rate_and_loses_no_check(httpserver: HTTPServer, settings, monkeypatch):
    settings.ALLOW_PRIVATE_TARGETS, settings.CHECKS_PER_SECOND_TO_A_HOST = True, 20
    loop._targets.cache_clear()
    monkeypatch.setattr(fair_queue, "PATIENCE", 1.0)
    asked: list[float] = []

    def answer(_request) -> Response:
        asked.append(time.monotonic())
        return Response("hello")

    httpserver.expect_request("/site").respond_with_handler(answer)
    url = httpserver.url_for("/site")
    count = 100
    endpoints_apply([endpoint(url, endpoint_id=n, interval=FOR_EVER) for n in range(1, count + 1)])
    slots = dict(Monitor.objects.values_list("endpoint_id", "next_check_at"))
    ends = time.monotonic() + 60
    while len(waiting(ResultOutbox)) < count and time.monotonic() < ends:
        CheckLoop(region="default", stopping=lambda: False, on_news=lambda: None).run(0.5)
    results = waiting(ResultOutbox)
    assert Counter(result["status"] for result in results) == {"up": count}
    assert {r["endpoint_id"]: datetime.fromisoformat(r["checked_at"]) for r in results} == slots
    assert max(sum(start <= moment < start + 1 for moment in asked) for start in asked) <= 20 * (1 + BURST) + 2
    assert len(asked) == count


@pytest.mark.django_db(transaction=True)
def test_hanging_checks_of_one_owner_leave_slots_to_another(httpserver: HTTPServer, settings):
    settings.ALLOW_PRIVATE_TARGETS, settings.CHECK_SLOTS = True, 40
    httpserver.expect_request("/site").respond_with_data("hello")
    with Site() as silent:
        hanging = [
            endpoint(f"http://127.0.0.1:{silent.port}/", endpoint_id=n, user_id=1, timeout=60, interval=FOR_EVER)
            for n in range(1, 101)
        ]
        endpoints_apply(hanging)
        ends = time.monotonic() + 30
        made = CheckLoop(
            region="default",
            stopping=lambda: len(waiting(ResultOutbox)) >= 5 or time.monotonic() > ends,
            on_news=lambda: None,
        )
        others = [
            endpoint(httpserver.url_for("/site"), endpoint_id=n, user_id=2, interval=FOR_EVER) for n in range(200, 205)
        ]
        made._claim()
        assert made._engine.free > 0
        endpoints_apply(others)
        made.run(60)
    assert {result["endpoint_id"] for result in waiting(ResultOutbox)} == set(range(200, 205))
    assert not Monitor.objects.exclude(claim=None).exists(), "and what hung is given back at the end"
