"""When monitors are due, and when a maintenance window is open."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from endpoint_check.maintenance import Window
from endpoint_check.schedule import next_check, next_slot

ids = st.integers(1, 2**63 - 1)
intervals = st.integers(5, 86_400)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  the zone is beside


@given(ids, intervals, moments)
def test_slots_lie_on_a_grid_of_the_interval(endpoint_id, interval, after):
    slot = next_slot(endpoint_id, interval, after)
    assert after < slot <= after + timedelta(seconds=interval)
    assert next_slot(endpoint_id, interval, slot) == slot + timedelta(seconds=interval)


def test_a_thousand_monitors_made_at_once_are_spread_over_their_interval():
    now = datetime(2026, 1, 1, tzinfo=UTC)
    seconds = Counter(int((next_slot(number, 60, now) - now).total_seconds()) for number in range(1, 1001))
    assert max(seconds.values()) <= 18


@given(ids, intervals, moments, st.integers(0, 100_000), st.booleans())
def test_the_next_check_is_later_than_its_slot_and_within_an_interval(endpoint_id, interval, slot, took_ms, confirming):
    now = slot + timedelta(milliseconds=took_ms)
    due = next_check(endpoint_id, interval, slot=slot, now=now, confirming=confirming)
    assert slot < due
    assert due <= now + timedelta(seconds=interval)
    if confirming:
        assert due <= max(now, slot + timedelta(seconds=5))


def test_a_single_window_is_open_from_its_start_for_its_duration():
    start = datetime(2026, 5, 1, 12, tzinfo=UTC)
    window = Window(user_id=1, duration=3600, starts_at=start)
    assert not window.is_open(start - timedelta(microseconds=1))
    assert window.is_open(start)
    assert not window.is_open(start + timedelta(hours=1))


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        # Berlin: 02:30 is 01:30 UTC in winter and 00:30 UTC in summer.
        ("2026-01-15T01:29:00+00:00", False),
        ("2026-01-15T01:30:00+00:00", True),
        ("2026-01-15T02:29:59+00:00", True),
        ("2026-01-15T02:30:00+00:00", False),
        ("2026-07-15T00:30:00+00:00", True),
        ("2026-07-15T01:30:00+00:00", False),
        # On 29 March 2026 the clocks skip from 02:00 to 03:00; 02:30 is taken an hour later, 01:30 UTC.
        ("2026-03-29T01:30:00+00:00", True),
        ("2026-03-29T02:30:00+00:00", False),
        # On 25 October 2026 02:30 comes twice; the window opens the first time, 00:30 UTC.
        ("2026-10-25T00:30:00+00:00", True),
        ("2026-10-25T01:30:00+00:00", False),
    ],
)
def test_a_recurring_window_keeps_to_the_clocks_of_its_zone(at: str, is_open: bool):
    window = Window(user_id=1, duration=3600, cron="30 2 * * *", time_zone="Europe/Berlin")
    assert window.is_open(datetime.fromisoformat(at)) is is_open


def test_a_window_covers_what_it_names_or_everything():
    assert Window(user_id=1, duration=1).covers(7, [])
    assert Window(user_id=1, duration=1, endpoint_ids=frozenset({7})).covers(7, [])
    assert not Window(user_id=1, duration=1, endpoint_ids=frozenset({8})).covers(7, ["web"])
    assert Window(user_id=1, duration=1, tags=frozenset({"web"})).covers(7, ["web"])
