"""Whatever is killed, and whenever: each claimed check ends as one result, each change of state as one alert."""

import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from werkzeug import Response

from endpoint_check.check_loop.loop import CheckLoop
from endpoint_check.engine.outcome import Outcome
from endpoint_check.feeds.feed_sync import endpoints_apply
from endpoint_check.models import AlertOutbox, Monitor, ResultOutbox, StateOutbox
from endpoint_check.schedule import leases
from endpoint_check.tests.outboxes import waiting
from endpoint_check.tests.sites import Site
from endpoint_check.tests.test_whole_way import FOR_EVER, endpoint

pytestmark = pytest.mark.django_db(transaction=True)
MONITORS = 80


def start_loop() -> subprocess.Popen[bytes]:
    """A check loop on this test's database, in a process that can be killed."""
    name = connection.settings_dict["NAME"]
    url = os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{name}"
    environment = {**os.environ, "DATABASE_URL": url, "ALLOW_PRIVATE_TARGETS": "true", "CHECK_SLOTS": "20"}
    return subprocess.Popen([sys.executable, "-m", "endpoint_check.tests.check_until_killed"], env=environment)


def end_leases() -> None:
    """What the time does after a worker's death: its leases run out."""
    Monitor.objects.filter(claim__isnull=False).update(next_check_at=datetime.now(UTC))


@pytest.mark.slow
def test_sigkill_between_any_two_steps_neither_loses_nor_doubles_a_check(httpserver, settings):
    settings.ALLOW_PRIVATE_TARGETS = True
    chance = random.Random(7)

    def answer(_request):
        time.sleep(chance.random() / 100)
        return Response(status=500)

    httpserver.expect_request("/site").respond_with_handler(answer)
    url = httpserver.url_for("/site")
    endpoints_apply([endpoint(url, endpoint_id=number, interval=FOR_EVER) for number in range(1, MONITORS + 1)])
    slots = dict(Monitor.objects.values_list("endpoint_id", "next_check_at"))
    killed, left = 0, Monitor.objects.filter(last_checked_at__isnull=True)
    while left.exists():
        dead = set(left.exclude(claim=None).values_list("claim", flat=True))
        process = start_loop()
        try:
            ends = time.monotonic() + 20
            while left.exists() and time.monotonic() < ends:
                if left.exclude(claim=None).exclude(claim__in=dead).exists():
                    break
                time.sleep(0.01)
            time.sleep(chance.random() * (1.5 if killed else 0.2))
        finally:
            process.kill()
            process.wait()
        killed += 1
        end_leases()
    assert killed >= 2
    results = waiting(ResultOutbox)
    assert len(results) == MONITORS
    assert {r["endpoint_id"]: datetime.fromisoformat(r["checked_at"]) for r in results} == slots
    alerts = waiting(AlertOutbox)
    assert Counter(alert["endpoint_id"] for alert in alerts) == dict.fromkeys(slots, 1)
    assert len(waiting(StateOutbox)) == MONITORS


def test_two_loops_at_once_check_each_slot_once(httpserver, settings):
    settings.ALLOW_PRIVATE_TARGETS = True
    httpserver.expect_request("/site").respond_with_data("hello")
    url = httpserver.url_for("/site")
    endpoints_apply([endpoint(url, endpoint_id=number, interval=FOR_EVER) for number in range(1, MONITORS + 1)])

    def run():
        try:
            CheckLoop(region="default", stopping=lambda: False, on_news=lambda: None).run(1)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(waiting(ResultOutbox)) == MONITORS
    assert len(httpserver.log) == MONITORS


def test_a_claim_whose_lease_ran_out_writes_nothing(httpserver, settings):
    settings.ALLOW_PRIVATE_TARGETS = True
    httpserver.expect_request("/site").respond_with_data("hello")
    endpoints_apply([endpoint(httpserver.url_for("/site"))])
    late, _ = leases.claim_due(region="default", limit=10, token=1)
    end_leases()
    second, _ = leases.claim_due(region="default", limit=10, token=2)
    assert second[0].slot == late[0].slot
    loop = CheckLoop(region="default", stopping=lambda: False, on_news=lambda: None)
    loop._token = 1
    loop._finish(late[0], _good())
    loop._commit()
    assert len(waiting(ResultOutbox)) == 0
    loop._token = 2
    loop._finish(second[0], _good())
    loop._commit()
    assert len(waiting(ResultOutbox)) == 1


def test_a_worker_that_shuts_down_gives_back_what_it_claimed(httpserver, settings):
    settings.ALLOW_PRIVATE_TARGETS = True
    release = threading.Event()
    httpserver.expect_request("/site").respond_with_handler(lambda _: Response(str(release.wait(5))))
    endpoints_apply([endpoint(httpserver.url_for("/site"))])
    due = Monitor.objects.get().next_check_at
    ends = time.monotonic() + 0.5
    CheckLoop(region="default", stopping=lambda: time.monotonic() > ends, on_news=lambda: None).run(60)
    release.set()
    monitor = Monitor.objects.get()
    assert monitor.next_check_at == due
    assert monitor.claim is None
    assert len(waiting(ResultOutbox)) == 0


def test_a_loop_whose_time_is_over_goes_on_claiming_while_a_site_hangs(httpserver, settings):
    settings.ALLOW_PRIVATE_TARGETS = True
    httpserver.expect_request("/site").respond_with_data("hello")
    with Site() as silent:
        endpoints_apply(
            [
                endpoint(f"http://127.0.0.1:{silent.port}/", endpoint_id=1, timeout=2, interval=FOR_EVER),
                endpoint(httpserver.url_for("/site"), endpoint_id=2, interval=FOR_EVER),
            ]
        )
        Monitor.objects.filter(endpoint_id=1).update(next_check_at=datetime.now(UTC))
        Monitor.objects.filter(endpoint_id=2).update(next_check_at=datetime.now(UTC) + timedelta(seconds=1))
        more = CheckLoop(region="default", stopping=lambda: False, on_news=lambda: None).run(0.3)
    assert more, "the time was over, so another loop has to look"
    assert [(result["endpoint_id"], result["status"]) for result in waiting(ResultOutbox)] == [(2, "up"), (1, "down")]


def test_a_result_of_an_older_spec_changes_no_state(httpserver, settings):
    httpserver.expect_request("/site").respond_with_data("hello")
    endpoints_apply([endpoint("http://127.0.0.1:9/")])
    (claim,), _ = leases.claim_due(region="default", limit=10, token=1)
    endpoints_apply([endpoint(httpserver.url_for("/site"), version=2)])
    loop = CheckLoop(region="default", stopping=lambda: False, on_news=lambda: None)
    loop._token = 1
    loop._finish(claim, _good())
    loop._commit()
    monitor = Monitor.objects.get()
    assert monitor.condition == "pending"
    assert len(waiting(ResultOutbox)) == 0
    assert monitor.slot_at == claim.slot, "the slot waits for the check of the new spec"


def test_a_paused_endpoint_is_not_checked_and_a_deleted_one_forgotten():
    endpoints_apply([endpoint("http://127.0.0.1:9/")])
    endpoints_apply([endpoint("http://127.0.0.1:9/", version=2, enabled=False)])
    assert Monitor.objects.get().state == "paused"
    assert leases.claim_due(region="default", limit=10, token=1)[0] == []
    assert waiting(StateOutbox)[0]["state"] == "paused"
    endpoints_apply([endpoint("http://127.0.0.1:9/", version=3, enabled=True)])
    assert len(leases.claim_due(region="default", limit=10, token=1)[0]) == 1
    endpoints_apply([endpoint("http://127.0.0.1:9/", version=4, deleted=True)])
    assert not Monitor.objects.exists()


def test_after_an_outage_of_ours_only_the_latest_slot_is_checked():
    endpoints_apply([endpoint("http://127.0.0.1:9/", interval=60)])
    long_ago = datetime.now(UTC) - timedelta(seconds=3605)
    Monitor.objects.update(next_check_at=long_ago)
    (claim,), now = leases.claim_due(region="default", limit=10, token=1)
    assert now is not None
    assert claim.slot == long_ago + timedelta(seconds=3600)
    assert now - claim.slot < timedelta(seconds=60)


def _good():
    return Outcome(status="up", http_status=200)
