"""When a window opens next, across changes of the clocks too."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from endpoint_service.models import MaintenanceWindow
from endpoint_service.occurrences import next_occurrence, window_next_start, window_occurrences

ZONES = ["UTC", "Asia/Seoul", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"]
CRONS = ["0 3 * * *", "30 2 * * *", "*/15 * * * *", "0 0 1 * *", "59 23 * * sun", "0 12 29 2 *"]
moments = st.datetimes(datetime(2011, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  hypothesis adds the zone


def times(cron: str, zone: str, after: str, count: int) -> list[str]:
    found, moment = [], datetime.fromisoformat(after).astimezone(UTC)
    for _ in range(count):
        moment = next_occurrence(cron, zone, moment)
        found.append(moment.astimezone(ZoneInfo(zone)).isoformat())
    return found


def test_three_in_the_morning_is_so_in_summer_and_winter() -> None:
    assert times("0 3 * * *", "Europe/Berlin", "2026-03-27T12:00+01:00", 3) == [
        "2026-03-28T03:00:00+01:00",
        "2026-03-29T03:00:00+02:00",
        "2026-03-30T03:00:00+02:00",
    ]


def test_a_time_that_the_clocks_skip_comes_an_hour_later() -> None:
    assert times("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00+01:00", 2) == [
        "2026-03-29T03:30:00+02:00",
        "2026-03-30T02:30:00+02:00",
    ]


def test_a_time_that_comes_twice_counts_once() -> None:
    assert times("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00+02:00", 2) == [
        "2026-10-25T02:30:00+02:00",
        "2026-10-26T02:30:00+01:00",
    ]


@given(st.sampled_from(CRONS), st.sampled_from(ZONES), moments, st.floats(0, 1))
def test_nothing_is_skipped_between_a_moment_and_the_next_occurrence(cron, zone, after, part) -> None:
    found = next_occurrence(cron, zone, after)
    assert found > after
    between = after + (found - after) * part
    if between < found:
        assert next_occurrence(cron, zone, between) == found


@given(st.sampled_from(ZONES), moments)
def test_a_daily_window_shows_its_time_on_the_clock_unless_it_is_skipped(zone, after) -> None:
    found = next_occurrence("30 2 * * *", zone, after)
    local = found.astimezone(ZoneInfo(zone))
    skipped = local.replace(tzinfo=None) != datetime(local.year, local.month, local.day, 2, 30)  # noqa: DTZ001  a clock's
    day_before = (found - timedelta(hours=26)).astimezone(ZoneInfo(zone))
    assert not skipped or local.utcoffset() != day_before.utcoffset()
    assert not local.fold


def window(**fields: object) -> MaintenanceWindow:
    return MaintenanceWindow(**{"duration": 3600, "cron": "", "time_zone": "UTC", **fields})


NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


def test_a_window_that_comes_once_starts_no_more_afterwards() -> None:
    assert window_next_start(window(starts_at=NOON), NOON - timedelta(seconds=1)) == NOON
    assert window_next_start(window(starts_at=NOON), NOON) is None


def test_a_recurring_window_keeps_to_its_bounds() -> None:
    daily = {"cron": "0 12 * * *"}
    assert window_next_start(window(**daily), NOON) == NOON + timedelta(days=1)
    later = NOON + timedelta(days=5)
    assert window_next_start(window(**daily, starts_at=later), NOON) == later
    assert window_next_start(window(**daily, ends_at=NOON + timedelta(days=1)), NOON) is None


def test_the_occurrences_begin_with_the_one_that_is_open() -> None:
    hour, day = timedelta(hours=1), timedelta(days=1)
    daily = window(cron="0 12 * * *")
    assert window_occurrences(daily, NOON + hour / 2, most=2) == [(NOON, NOON + hour), (NOON + day, NOON + day + hour)]
    assert window_occurrences(daily, NOON + hour, most=1) == [(NOON + day, NOON + day + hour)]
    assert window_occurrences(window(starts_at=NOON), NOON + hour / 2, most=4) == [(NOON, NOON + hour)]
    assert window_occurrences(window(starts_at=NOON), NOON + hour, most=4) == []


@pytest.mark.django_db
def test_the_api_tells_the_next_start(owner) -> None:
    body = {"name": "w", "cron": "0 3 * * *", "time_zone": "Asia/Seoul", "duration": 600}
    made = owner.post("/api/maintenance-windows", body).json()
    starts = datetime.fromisoformat(made["next_starts_at"])
    assert (starts.hour, starts.minute) == (18, 0)
    assert 3 <= len(made["occurrences"]) <= 4
    assert made["occurrences"][-1]["ends_at"] > made["occurrences"][-1]["starts_at"] >= made["next_starts_at"]
    assert datetime.now(UTC) < starts < datetime.now(UTC) + timedelta(days=1)
    past = owner.post("/api/maintenance-windows", {"name": "w", "starts_at": "2020-01-01T00:00:00Z", "duration": 60})
    assert past.json()["next_starts_at"] is None
