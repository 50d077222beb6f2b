"""When monitors are due."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from endpoint_check.schedule.due_times import next_check, next_slot

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
