"""The tasks: following the feeds, erasing what was deleted, keeping partitions."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from report_service import tasks
from report_service.feed_sync import erasure
from report_service.models import EndpointCopy, Incident, Report, UserCopy, WindowCopy
from report_service.results.partitions import DAYS_AHEAD, lock, partition_days, partitions_ensure
from report_service.rollups import monthly
from report_service.tests.samples import endpoint, incident, midday, result, send

pytestmark = pytest.mark.django_db


def _endpoint_item(**fields):
    return {
        "id": 10, "user_id": 1, "key": "k", "name": "site", "kind": "http", "url": "https://site.example", "enabled": True,
        "interval": 60, "tags": ["web"], "options": {}, "deleted": False,
    } | fields  # fmt: skip


def _user_item(**fields):
    return {
        "id": 1, "email": "a@b.example", "name": "A", "language": "ko", "time_zone": "Asia/Seoul", "deleted": False,
        "created_at": "2026-01-01T00:00:00.000000Z",
    } | fields  # fmt: skip


@pytest.fixture
def feeds(httpserver, settings):
    """Both feeds: call with what they hold."""
    address = httpserver.url_for("").rstrip("/")
    settings.SERVICE_URLS = {"user_service": address, "endpoint_service": address}

    def hold(users, endpoints, windows=()):
        httpserver.clear()
        for path, items in (("/users", users), ("/endpoints", endpoints), ("/maintenance-windows", list(windows))):
            httpserver.expect_request(path).respond_with_json({"items": items, "cursor": "abc"})

    return hold


def test_sync_copies_users_and_endpoints(feeds):
    feeds([_user_item()], [_endpoint_item()])
    tasks.sync()
    assert UserCopy.objects.get().time_zone == "Asia/Seoul"
    copy = EndpointCopy.objects.get()
    assert (copy.user_id, copy.key, copy.name, copy.tags, copy.enabled) == (1, "k", "site", ["web"], True)
    feeds([], [_endpoint_item(name="renamed", enabled=False)])
    tasks.sync()
    copy.refresh_from_db()
    assert (copy.name, copy.enabled) == ("renamed", False)


def _window_item(**fields):
    return {
        "id": 5, "user_id": 1, "name": "Secret move", "endpoint_ids": [10], "tags": [], "starts_at": None, "duration": 3600,
        "cron": "0 3 * * 0", "time_zone": "Asia/Seoul", "ends_at": None, "deleted": False,
    } | fields  # fmt: skip


def test_sync_follows_maintenance_windows_until_they_are_deleted(feeds):
    feeds([], [], [_window_item(), _window_item(id=6, starts_at="2026-01-01T00:00:00Z", cron="")])
    tasks.sync()
    assert WindowCopy.objects.get(id=5).cron == "0 3 * * 0"
    assert WindowCopy.objects.get(id=6).starts_at == datetime(2026, 1, 1, tzinfo=UTC)
    feeds([], [], [_window_item(duration=60), _window_item(id=6, deleted=True)])
    tasks.sync()
    assert [(row.id, row.duration) for row in WindowCopy.objects.all()] == [(5, 60)]


def test_what_is_erased_no_longer_counts_in_its_owners_list(owner):
    endpoint(10)
    send(result(), result(endpoint_id=11), result(checked_at=midday(3)))
    assert owner.get("/api/reports").json()["page"]["total_count"] == 3
    EndpointCopy.objects.update(deleted=True)
    erasure.erase_deleted()
    assert owner.get("/api/reports").json()["page"]["total_count"] == 1


def test_what_a_deleted_endpoint_left_is_erased(feeds):
    endpoint(10)
    send(result(), result(endpoint_id=11))
    incident()
    feeds([], [_endpoint_item(deleted=True)])
    tasks.sync()
    assert not Incident.objects.exists()
    assert [row.endpoint_id for row in Report.objects.all()] == [11]
    with connection.cursor() as cursor:
        for table in ("rollup_hour", "rollup_day", "latest_result"):
            cursor.execute(f"SELECT endpoint_id FROM {table}")  # noqa: S608
            assert cursor.fetchall() == [(11,)]
    assert EndpointCopy.objects.get(id=10).erased_at


def test_a_deleted_users_endpoints_are_erased_too(feeds):
    endpoint(10)
    endpoint(20, user_id=2)
    send(result(), result(endpoint_id=20, user_id=2))
    feeds([_user_item(deleted=True)], [])
    tasks.sync()
    assert [row.endpoint_id for row in Report.objects.all()] == [20]
    assert UserCopy.objects.get().name == ""


def test_an_erasure_that_was_cut_short_is_taken_up_again():
    endpoint(10)
    send(result(), result(checked_at=midday(3)))
    EndpointCopy.objects.update(deleted=True)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM report WHERE checked_at < %s", [midday(2)])
    assert erasure.erase_deleted() == 1
    assert not Report.objects.exists()
    assert erasure.erase_deleted() == 0


def test_partitions_are_made_ahead_and_dropped_after_the_retention():
    today = timezone.now().date()
    lock()
    partitions_ensure([today - timedelta(days=days) for days in (29, 30, 32, 40)])
    tasks.partitions()
    days = partition_days()
    assert [today + timedelta(days=ahead) for ahead in range(DAYS_AHEAD + 1)] == days[-DAYS_AHEAD - 1 :]
    assert today - timedelta(days=29) in days
    assert today - timedelta(days=30) in days
    assert today - timedelta(days=32) not in days
    assert today - timedelta(days=40) not in days


def test_rollups_outlive_the_results(settings):
    send(result(checked_at=midday(5)))
    settings.RAW_RETENTION_DAYS = 2
    tasks.partitions()
    assert midday(5).date() not in partition_days()
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(checks) FROM rollup_day")
        assert cursor.fetchone() == (1,)
    assert send(result(checked_at=midday(5)))["refused"][0]["code"] == "TOO_OLD"


def test_hours_go_after_their_own_retention_and_days_stay(settings):
    send(result(checked_at=midday(5)), result())
    settings.HOURLY_RETENTION_DAYS = 3
    tasks.partitions()
    with connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM rollup_hour), (SELECT count(*) FROM rollup_day)")
        assert cursor.fetchone() == (1, 2)


def _year(owner):
    return owner.get("/api/endpoints/10/summary?period=365d").json()


def test_months_say_what_their_days_say_and_are_made_anew_after_a_late_result(owner, settings):
    settings.RAW_RETENTION_DAYS = 200
    endpoint(10)
    moments = [midday(days) for days in (1, 33, 45, 70, 75, 100, 130)]
    for number, moment in enumerate(moments):
        send(
            result(checked_at=moment, total_ms=10 + number),
            result(checked_at=moment, region="seoul", status="down" if number % 3 == 1 else "up", total_ms=500),
        )
    before = _year(owner)
    settings.RAW_RETENTION_DAYS = 30
    assert monthly.months_roll_up() > 2
    assert monthly.months_roll_up() == 0
    assert _year(owner) | {"from": "", "to": ""} == before | {"from": "", "to": ""}
    settings.RAW_RETENTION_DAYS = 200
    send(result(checked_at=moments[-1] + timedelta(minutes=1)))
    assert _year(owner)["checks"]["total"] == before["checks"]["total"] + 1
    settings.RAW_RETENTION_DAYS = 30
    assert monthly.months_roll_up() == 2
    assert _year(owner)["checks"]["total"] == before["checks"]["total"] + 1


def test_months_go_with_their_endpoint(settings):
    settings.RAW_RETENTION_DAYS = 200
    endpoint(10)
    send(result(checked_at=midday(100)), result(endpoint_id=11, checked_at=midday(100)))
    settings.RAW_RETENTION_DAYS = 30
    tasks.partitions()
    EndpointCopy.objects.update(deleted=True)
    erasure.erase_deleted()
    with connection.cursor() as cursor:
        cursor.execute("SELECT endpoint_id FROM rollup_month")
        assert cursor.fetchall() == [(11,)]
