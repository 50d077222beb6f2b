"""The checker's maintenance windows: whom they cover, and that hundreds of odd ones cost nobody's checks anything."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from common.clocks.cron import recurrence_of
from common.clocks.time_zones import time_zones
from endpoint_check.feeds.feed_sync import windows_apply
from endpoint_check.models import MaintenanceWindow
from endpoint_check.schedule import maintenance
from endpoint_check.schedule.maintenance import windows_load

pytestmark = pytest.mark.django_db
NOW = (datetime.now(UTC) + timedelta(hours=3)).replace(second=30, microsecond=0)
HOUR = timedelta(hours=1)
ODD = [
    "1 */30 7 */31 l5",
    "0 0 30 2 *",
    "* * * * *",
    "0 0 */31 * 5L",
    "0 0 29 2 */7",
    "nonsense",
    "*/2 */2 */2 */2 */2",
]


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """As after a start of the process."""
    monkeypatch.setattr(maintenance, "_loaded", {})


def window(number, **fields):
    row = {"user_id": 1, "region": "default", "duration": 3600, "time_zone": "UTC"} | fields
    return MaintenanceWindow.objects.create(window_id=number, **row)


def is_open(windows, *, at=NOW, user_id=1, endpoint_id=7, tags=()):
    return windows.is_open(user_id=user_id, endpoint_id=endpoint_id, tags=list(tags), at=at)


def test_a_window_is_open_from_its_start_for_its_duration():
    window(1, starts_at=NOW)
    windows = windows_load(region="default")
    asked = [NOW - timedelta(microseconds=1), NOW, NOW + HOUR - timedelta(microseconds=1), NOW + HOUR]
    assert [is_open(windows, at=at) for at in asked] == [False, True, True, False]


def test_a_window_is_for_what_it_names_or_for_everything():
    window(1, user_id=1, starts_at=NOW)
    window(2, user_id=2, starts_at=NOW, endpoint_ids=[7])
    window(3, user_id=2, starts_at=NOW + HOUR / 2, tags=["web"])
    window(4, user_id=4, starts_at=NOW, covers_all=False)
    window(5, user_id=5, starts_at=NOW, covers_all=True)
    windows = windows_load(region="default")
    assert is_open(windows, endpoint_id=99)
    assert not is_open(windows, user_id=3)
    assert not is_open(windows, user_id=4), "what it named is gone"
    assert is_open(windows, user_id=5)
    assert is_open(windows, user_id=2)
    assert not is_open(windows, user_id=2, endpoint_id=8, tags=["web"])
    assert is_open(windows, user_id=2, endpoint_id=8, tags=["web", "db"], at=NOW + HOUR / 2)
    assert not is_open(windows, user_id=2, endpoint_id=8, tags=["db"], at=NOW + HOUR / 2)


def test_the_feed_tells_whether_a_window_is_for_all():
    item = {"user_id": 1, "starts_at": NOW.isoformat(), "duration": 60, "endpoint_ids": [], "tags": []}
    windows_apply([item | {"id": 1, "covers_all": False}, item | {"id": 2, "covers_all": True, "user_id": 2}])
    windows_apply([item | {"id": 3, "user_id": 3}])
    windows = windows_load(region="default")
    assert [is_open(windows, user_id=user_id) for user_id in (1, 2, 3)] == [False, True, True]


def test_a_recurring_window_opens_and_closes_while_it_stays_in_memory():
    window(1, cron=f"{NOW.minute} * * * *", duration=600)
    windows = windows_load(region="default")
    minutes = [NOW.replace(second=0) + number * timedelta(minutes=1) for number in range(180)]
    assert [is_open(windows, at=at) for at in minutes] == ([True] * 10 + [False] * 50) * 3


def test_a_clock_that_was_set_back_finds_the_windows_of_then():
    window(1, cron=f"{NOW.minute} * * * *", duration=600)
    windows = windows_load(region="default")
    assert is_open(windows)
    assert not is_open(windows, at=NOW + 2 * HOUR + HOUR / 2)
    assert is_open(windows)


def test_a_window_is_cut_by_its_bounds_as_the_api_and_the_page_tell():
    window(1, cron=f"{NOW.minute} * * * *", duration=1800, starts_at=NOW + HOUR / 6, ends_at=NOW + HOUR / 3)
    windows = windows_load(region="default")
    asked = [NOW, NOW + HOUR / 6, NOW + HOUR / 4, NOW + HOUR / 3]
    assert [is_open(windows, at=at) for at in asked] == [False, True, True, False]


def test_a_window_that_cannot_be_understood_covers_nothing_and_ends_no_check():
    for number, cron in enumerate(ODD):
        window(number, user_id=1 if cron != "* * * * *" else 2, cron=cron, duration=60)
    window(50, user_id=1, cron="0 3 * * *", time_zone="Mars/Olympus")
    window(51, user_id=3, starts_at=NOW)
    windows = windows_load(region="default")
    assert not is_open(windows)
    assert is_open(windows, user_id=2)
    assert is_open(windows, user_id=3)


def test_windows_that_are_the_same_are_not_looked_at_again():
    window(1, cron="0 3 * * *")
    window(2, user_id=2, starts_at=NOW)
    first = windows_load(region="default")
    window(3, user_id=2, starts_at=NOW + HOUR)
    second = windows_load(region="default")
    assert second.by_user[1] is first.by_user[1]
    assert is_open(second, user_id=2, at=NOW + HOUR + HOUR / 2)


BUSY = 5
"""Readings of 10 ms each in which a starved process has surely looked at one window."""


def five_hundred(user_id):
    zones = sorted(time_zones())
    MaintenanceWindow.objects.bulk_create(
        MaintenanceWindow(
            window_id=user_id * 1000 + number, region="default", user_id=user_id, cron=ODD[number % len(ODD)],
            duration=30 * 86_400 if number % 2 else 60, time_zone=zones[number % len(zones)],
        )
        for number in range(500)
    )  # fmt: skip


def test_five_hundred_odd_windows_of_one_owner_are_looked_at_in_turns_and_hold_up_nobody_elses():
    window(1, user_id=1, starts_at=NOW - HOUR / 2)
    windows = windows_load(region="default")
    recurrence_of.cache_clear()
    five_hundred(2)
    window(2, user_id=3, starts_at=NOW - HOUR / 2)
    windows = windows_load(region="default")
    assert is_open(windows)
    readings = 1
    while not is_open(windows, user_id=3) and readings < BUSY:
        windows = windows_load(region="default")
        readings += 1
    assert is_open(windows, user_id=3), "who has few windows waits for nobody"
    while windows.pending:
        windows = windows_load(region="default")
        readings += 1
        assert readings < 500
    assert is_open(windows, user_id=2)


@pytest.mark.parametrize("seconds", [0, 0.01])
def test_a_new_window_is_in_force_with_the_next_reading_however_slow_the_database_is(monkeypatch, seconds):
    window(1, user_id=1, starts_at=NOW - HOUR / 2)
    windows_load(region="default")
    rows = maintenance._rows

    def slowly(*asked):
        found = rows(*asked)
        time.sleep(0.05)
        return found

    monkeypatch.setattr(maintenance, "_rows", slowly)
    monkeypatch.setattr(maintenance, "LOOK_SECONDS", seconds)
    window(2, user_id=2, starts_at=NOW - HOUR / 2)
    assert is_open(windows_load(region="default"), user_id=2)


def test_a_check_costs_the_same_however_many_windows_its_owner_has():
    def cost(user_id):
        """CPU seconds of a thousand checks within a minute, the best of three."""
        windows = windows_load(region="default")
        is_open(windows, user_id=user_id)
        times = []
        for _ in range(3):
            began = time.process_time()
            for number in range(1000):
                is_open(windows, user_id=user_id, endpoint_id=number, at=NOW + number * timedelta(milliseconds=20))
            times.append(time.process_time() - began)
        return min(times)

    window(1, user_id=1, cron="0 3 * * *")
    five_hundred(2)
    one, many = cost(1), cost(2)
    assert many < 20 * one + 0.05
