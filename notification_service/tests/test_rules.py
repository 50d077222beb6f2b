"""The arithmetic of who is told when, for any time and any zone."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from notification_service.rules import matching

MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001
CLOCKS = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))
ZONES = st.sampled_from(["Asia/Seoul", "UTC", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"]).map(ZoneInfo)


def quiet(moment: datetime, begin: time, end: time, zone: ZoneInfo) -> bool:
    clock = moment.astimezone(zone).time()
    return begin <= clock < end if begin < end else clock >= begin or clock < end


@given(MOMENTS, CLOCKS, CLOCKS, ZONES, st.integers(0, 86_400))
def test_nothing_goes_within_quiet_hours_nor_before_its_delay(now, begin, end, zone, delay):
    span = timedelta(seconds=delay)
    due = matching.earliest(now=now, delay=span, quiet_from=begin, quiet_to=end, zone=zone)
    assert due >= now + span
    assert due - now - span <= timedelta(hours=25)
    if begin != end and due != now + span:
        assert quiet(now + span, begin, end, zone)
        assert not quiet(due, begin, end, zone)


def test_an_end_that_the_clocks_skip_or_show_twice_is_when_they_show_it():
    new_york = ZoneInfo("America/New_York")

    def ends(now, begin, end):
        return matching.earliest(
            now=datetime.fromisoformat(now), delay=timedelta(), quiet_from=begin, quiet_to=end, zone=new_york
        )

    # 02:30 is skipped on 14 March 2027: at 07:00 UTC the clocks show 03:00.
    assert ends("2027-03-14T05:00Z", time(22), time(2, 30)) == datetime(2027, 3, 14, 7, tzinfo=UTC)
    # 01:30 comes twice on 7 November 2027; who is told at 01:10 the second time waits until 01:30 comes again.
    assert ends("2027-11-07T05:10Z", time(22), time(1, 30)) == datetime(2027, 11, 7, 5, 30, tzinfo=UTC)
    assert ends("2027-11-07T06:10Z", time(22), time(1, 30)) == datetime(2027, 11, 7, 6, 30, tzinfo=UTC)


def test_night_ends_in_the_morning_of_the_right_day():
    seoul = ZoneInfo("Asia/Seoul")
    for hour in (23, 3):
        now = datetime(2026, 11, 23, hour, 30, tzinfo=seoul).astimezone(UTC)
        due = matching.earliest(now=now, delay=timedelta(), quiet_from=time(22), quiet_to=time(7), zone=seoul)
        assert due == datetime(2026, 11, 24 if hour == 23 else 23, 7, tzinfo=seoul)


@given(st.integers(1, 1000), st.none() | st.floats(0, 1e9))
def test_pauses_grow_to_an_hour_and_never_undercut_what_the_receiver_asked_for(attempt, retry_after):
    pause = matching.pause(attempt=attempt, retry_after=retry_after)
    asked = min(timedelta(seconds=retry_after or 0), matching.GIVE_UP_AFTER)
    assert pause >= asked
    assert timedelta(seconds=5) <= pause <= max(timedelta(hours=1), asked) * 1.2


def test_a_day_holds_a_few_dozen_attempts():
    total, attempts = timedelta(), 0
    while total < matching.GIVE_UP_AFTER:
        attempts += 1
        total += matching.pause(attempt=attempts)
    assert 25 <= attempts <= 40


@given(MOMENTS, st.lists(st.floats(0, 20), max_size=30))
def test_messages_of_a_channel_are_five_seconds_apart_and_no_alert_waits_longer(start, gaps):
    moment, last = start, None
    messages: list[datetime] = []
    for gap in gaps:
        moment += timedelta(seconds=gap)
        pending = [due for due in messages if due >= moment and matching.joins(due_at=due, base=moment)]
        due = pending[0] if pending else matching.spaced(base=moment, last_due_at=last)
        assert timedelta() <= due - moment <= matching.GROUPED
        if not pending:
            messages.append(due)
            last = due
    assert all(later - earlier >= matching.GROUPED for earlier, later in pairwise(messages))


@given(st.sets(st.integers(1, 5)), st.sets(st.sampled_from("abc")), st.integers(1, 5), st.sets(st.sampled_from("abc")))
def test_empty_rules_mean_all_and_else_one_of_them_decides(endpoint_ids, tags, endpoint_id, endpoint_tags):
    wanted = matching.matches(
        events=["down"], endpoint_ids=endpoint_ids, tags=tags, event="down", endpoint_id=endpoint_id,
        endpoint_tags=endpoint_tags,
    )  # fmt: skip
    assert wanted == ((not endpoint_ids and not tags) or endpoint_id in endpoint_ids or bool(tags & endpoint_tags))
