"""Two regions on the same tables: each follows, claims, tells and repairs its own rows and no others."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from common.beat import queue_of
from endpoint_check.feeds.feed_sync import endpoints_apply, feeds_sync
from endpoint_check.models import FeedCursor, MaintenanceWindow, Monitor, ResultOutbox
from endpoint_check.outbox.delivery import outboxes_deliver
from endpoint_check.schedule import leases
from endpoint_check.schedule.maintenance import windows_load
from endpoint_check.tests.outboxes import waiting
from endpoint_check.tests.test_whole_way import endpoint, make_due, peers, run_checks

__all__ = ["peers"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def in_seoul(settings) -> None:
    settings.REGION = "seoul"


def window(window_id: int) -> dict[str, object]:
    """An item of endpoint_service's feed of maintenance windows."""
    return {"id": window_id, "user_id": 1, "starts_at": datetime.now(UTC).isoformat(), "duration": 600}


def test_each_region_checks_the_endpoint_and_tells_its_own_results(peers, httpserver, settings):
    httpserver.expect_request("/site").respond_with_data("hello")
    peers.endpoints, peers.windows = [endpoint(httpserver.url_for("/site"))], [window(3)]
    for region in ["default", "seoul"]:
        settings.REGION = region
        feeds_sync()
    assert Monitor.objects.count() == MaintenanceWindow.objects.count() == 2
    settings.REGION = "default"
    run_checks()
    assert Monitor.objects.get(region="seoul").last_checked_at is None
    assert [result["region"] for result in waiting(ResultOutbox)] == ["default"]
    settings.REGION = "seoul"
    assert outboxes_deliver() == 0, "what waits is another region's"
    settings.REGION = "default"
    assert outboxes_deliver() == 2
    assert [result["region"] for result in peers.results] == ["default"]


def test_a_change_that_one_region_follows_is_not_lost_to_the_other(peers, settings):
    peers.endpoints = [endpoint("http://127.0.0.1:9/")]
    feeds_sync()
    peers.endpoints.append(endpoint("http://127.0.0.1:9/", deleted=True))
    feeds_sync()
    assert not Monitor.objects.exists()
    peers.endpoints.append(endpoint("http://127.0.0.1:9/", endpoint_id=8))
    settings.REGION = "seoul"
    feeds_sync()
    assert list(Monitor.objects.values_list("region", "endpoint_id")) == [("seoul", 8)]


@pytest.mark.usefixtures("in_seoul")
def test_a_region_claims_its_own_monitors_and_knows_its_own_windows(settings):
    endpoints_apply([endpoint("http://127.0.0.1:9/", name="Seoul's")])
    settings.REGION = "default"
    endpoints_apply([endpoint("http://127.0.0.1:9/", name="Ours")])
    make_due()
    claimed, _ = leases.claim_due(region="default", limit=10, token=1)
    assert len(claimed) == 1
    seoul = Monitor.objects.get(region="seoul")
    assert seoul.claim is None
    assert windows_load(region="seoul").by_user == {}


def test_every_queue_of_ours_names_the_region():
    tasks = [f"endpoint_check.tasks.{name}" for name in ["dispatch", "check", "sync", "deliver"]]
    assert {queue_of(task, "seoul").rpartition(".")[2] for task in tasks} == {"seoul"}


def test_what_waits_before_the_upgrade_belongs_to_the_region_afterwards():
    executor = MigrationExecutor(connection)
    executor.migrate([("endpoint_check", "0004_monitor_statistics")])
    soon = datetime.now(UTC) + timedelta(hours=1)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO endpoint_check_monitor (endpoint_id, user_id, name, url, spec, version, enabled, tags, region,"
            " interval, timeout, next_check_at, condition, run_kind, run_count, cause, error_code, in_maintenance)"
            " VALUES (7, 1, 'Site', 'http://127.0.0.1:9/', '{}', 1, true, '{}', 'seoul', 60, 5, %s, 'up', '', 0, '', '',"
            " false)",
            [soon],
        )
        cursor.execute("INSERT INTO endpoint_check_alertoutbox (payload, count) VALUES ('{}', 1)")
        cursor.execute(
            "INSERT INTO endpoint_check_feedcursor (feed, cursor) VALUES ('endpoint_service/endpoints', 'x')"
        )
        cursor.execute(
            "INSERT INTO endpoint_check_maintenancewindow"
            " (id, user_id, endpoint_ids, tags, duration, cron, time_zone) VALUES (3, 1, '{}', '{}', 60, '', 'UTC')"
        )
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes("endpoint_check"))
    assert Monitor.objects.get(pk=(7, "seoul")).next_check_at == soon
    assert MaintenanceWindow.objects.get(pk=(3, "seoul")).user_id == 1
    assert FeedCursor.objects.get(feed="endpoint_service/endpoints@seoul").cursor == "x"
    with connection.cursor() as cursor:
        cursor.execute("SELECT region, payload FROM endpoint_check_alertoutbox")
        assert cursor.fetchall() == [("seoul", "{}")]
