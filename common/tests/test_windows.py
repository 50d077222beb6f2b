"""Windows, crons and quiet hours against the minute-by-minute model, in every zone and around every move of its clocks."""

import os
import time as clocks
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from common.clocks.cron import MalformedCron, NeverOpens, Recurrence, recurrence_of
from common.clocks.time_zones import shown, steady_stretches, time_zones
from common.clocks.windows import SEARCHED, Span, Window, covers, quiet_hours_end
from common.tests import windows_model as model
from common.tests.windows_model import MINUTE, utc

EXAMPLES = int(os.environ.get("WINDOW_EXAMPLES", "60"))
"""Of each property; thousands take minutes."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CRONS = [
    "30 1 * * *", "30 2 * * *", "0,30 0-3 * * *", "15 23 * * *", "59 23 * * 0", "*/15 * * * *", "* 2 * * *",
    "*/20 0-2 * * *", "7 * * * *", "0 */2 * * *", "45 0 */2 * 1-5", "0 3 1,15 * 1",
]  # fmt: skip
ODD = [
    ("Pacific/Apia", "2011-12-30T10:00Z"), ("Pacific/Kwajalein", "1993-08-21T12:00Z"),
    ("Antarctica/Casey", "2010-03-04T15:00Z"), ("Antarctica/Casey", "2020-10-03T16:01Z"),
    ("Antarctica/Vostok", "2023-12-17T19:00Z"), ("America/St_Johns", "2006-10-29T02:31Z"),
    ("Europe/Lisbon", "1996-03-31T01:00Z"), ("Asia/Pyongyang", "2018-05-04T15:00Z"),
    ("America/Caracas", "2016-05-01T07:00Z"), ("Asia/Kathmandu", "1985-12-31T18:30Z"),
]  # fmt: skip
"""Whole days that were left out, three hours and more either way, moves at midnight, by half an hour and by 15 minutes."""


@cache
def moves() -> list[tuple[str, datetime]]:
    """Moves of clocks from 2026 to 2028 in all zones, one of each hour and length, and the odd ones."""
    found: dict[object, tuple[str, datetime]] = {}
    for name in sorted(time_zones()):
        first = datetime(2026, 1, 1, tzinfo=UTC)
        for before, after in pairwise(steady_stretches(name, first, first + 3 * 365 * DAY)):
            found.setdefault(
                (shown(after.starts_at, before.offset).time(), after.offset - before.offset), (name, after.starts_at)
            )
    return [*found.values(), *((name, utc(at)) for name, at in ODD)]


def test_every_move_of_a_clock_is_found():
    for name in sorted(time_zones()):
        zone, first = ZoneInfo(name), datetime(2027, 1, 1, tzinfo=UTC)
        stretches = list(steady_stretches(name, first, first + 365 * DAY))
        assert all(before.ends_at == after.starts_at for before, after in pairwise(stretches))
        hours = [first + number * 7 * HOUR for number in range(365 * 24 // 7)]
        for stretch in stretches:
            offsets = {at.astimezone(zone).utcoffset() for at in hours if stretch.starts_at <= at < stretch.ends_at}
            assert offsets <= {stretch.offset}
            assert stretch.starts_at.astimezone(zone).utcoffset() == stretch.offset
            assert (stretch.starts_at - timedelta(seconds=1)).astimezone(zone).utcoffset() == stretch.before


@pytest.mark.parametrize("cron", CRONS)
def test_around_each_move_of_a_clock_cron_names_the_minutes_of_the_model(cron):
    for name, moved_at in moves():
        first, last = moved_at - 5 * HOUR, moved_at + 5 * HOUR
        expected = model.starts(cron, ZoneInfo(name), first, last)
        recurrence = recurrence_of(cron, name)
        assert list(recurrence.starts(first, last)) == expected, (name, moved_at)
        assert recurrence.latest_start(first, last) == max(expected, default=None), (name, moved_at)
        assert next(recurrence.starts(moved_at, last), None) == next((at for at in expected if at >= moved_at), None)


zones = st.sampled_from(sorted(time_zones()))
moments = st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001  it adds the zone
    lambda at: at.replace(second=0, microsecond=0)
)
numbers = {
    "minute": st.integers(0, 59),
    "hour": st.integers(0, 23),
    "day": st.integers(1, 31),
    "month": st.integers(1, 12),
}


def field(values):
    """One of cron's five: a star, a step, a range, a list."""
    ranges = st.tuples(values, values).map(lambda both: f"{min(both)}-{max(both)}")
    return st.one_of(
        st.just("*"),
        st.integers(1, 40).map("*/{}".format),
        values.map(str),
        ranges,
        st.tuples(ranges, st.integers(1, 9)).map(lambda pair: f"{pair[0]}/{pair[1]}"),
        st.lists(values, min_size=1, max_size=4).map(lambda some: ",".join(map(str, some))),
    )


crons = st.tuples(*(field(numbers[name]) for name in numbers), field(st.integers(0, 7))).map(" ".join)
near_a_move = st.integers(0, 10**6).map(lambda number: moves()[number % len(moves())])
places = st.one_of(st.tuples(zones, moments), near_a_move)


def parsed(cron, zone):
    """None for the few that name a day of no year."""
    try:
        return recurrence_of(cron, zone)
    except NeverOpens:
        return None


@settings(max_examples=EXAMPLES, deadline=None)
@given(crons, places)
def test_any_cron_names_the_minutes_of_the_model(cron, place):
    zone, at = place
    first, last = at - 8 * HOUR, at + 8 * HOUR
    expected = model.starts(cron, ZoneInfo(zone), first, last)
    recurrence = parsed(cron, zone)
    assert (list(recurrence.starts(first, last)) if recurrence else []) == expected
    assert recurrence is None or recurrence.latest_start(first, last) == max(expected, default=None)


bounds = st.none() | st.integers(-600, 600)


@settings(max_examples=EXAMPLES, deadline=None)
@given(crons, places, st.integers(1, 300), bounds, bounds)
@example("0 * * * *", ("America/New_York", utc("2027-11-07T06:00Z")), 30, 15, 45)
def test_a_window_is_open_in_the_minutes_of_the_model_and_cut_by_its_bounds(cron, place, length, start, end):
    zone, at = place
    first, last = at - 4 * HOUR, at + 4 * HOUR
    starts_at, ends_at = (None if bound is None else at + bound * MINUTE for bound in (start, end))
    begun = model.starts(cron, ZoneInfo(zone), first - length * MINUTE, last)
    expected = [
        any(start <= minute < start + length * MINUTE for start in begun)
        and (starts_at is None or starts_at <= minute)
        and (ends_at is None or minute < ends_at)
        for minute in model.minutes(first, last)
    ]
    if parsed(cron, zone) is None:
        assert not any(expected)
        return
    window = Window(length * 60, starts_at, ends_at, cron, zone)
    assert [window.is_open(minute) for minute in model.minutes(first, last)] == expected
    spans = list(window.spans(first, last))
    assert [any(span.starts_at <= at < span.ends_at for span in spans) for at in model.minutes(first, last)] == expected
    assert all(one.ends_at < other.starts_at for one, other in pairwise(spans))
    until = first
    while until < last:  # between two edges nothing changes
        is_open, edge = window.edge(until)
        stay = [expected[(at - first) // MINUTE] for at in model.minutes(until, min(edge, last))]
        assert set(stay) == {is_open}
        assert edge > until
        until = edge


clock = st.builds(time, st.integers(0, 23), st.integers(0, 59))


@settings(max_examples=EXAMPLES, deadline=None)
@given(places, clock, clock)
@example(("America/New_York", utc("2027-11-07T06:00Z")), time(22), time(1, 30))
@example(("America/New_York", utc("2027-03-14T07:00Z")), time(22), time(2, 30))
def test_quiet_hours_are_the_minutes_in_which_the_clocks_show_them(place, quiet_from, quiet_to):
    zone, at = place
    first, quiet = at - 3 * HOUR, model.quiet_clocks(quiet_from, quiet_to)
    loud = [
        minute
        for minute in model.minutes(first, first + 40 * HOUR)
        if minute.astimezone(ZoneInfo(zone)).time().replace(second=0) not in quiet
    ]
    for moment in [first + number * 11 * MINUTE for number in range(33)]:
        ends = quiet_hours_end(moment, quiet_from=quiet_from, quiet_to=quiet_to, time_zone=zone)
        assert ends == next(minute for minute in loud if minute >= moment)


def test_a_window_lasts_its_real_length_over_the_hour_that_comes_twice():
    window = Window(7200, cron="30 1 * * *", time_zone="America/New_York")
    starts, ends = utc("2027-11-07T05:30Z"), utc("2027-11-07T07:30Z")
    assert list(window.spans(utc("2027-11-07T04:00Z"), utc("2027-11-08T04:00Z"))) == [Span(starts, ends)]
    assert [window.is_open(minute) for minute in model.minutes(starts - HOUR, ends + HOUR)] == (
        [False] * 60 + [True] * 120 + [False] * 60
    )


def test_what_recurs_each_quarter_stays_open_through_the_hour_that_comes_twice():
    window = Window(900, cron="*/15 * * * *", time_zone="America/New_York")
    assert all(window.is_open(at) for at in model.minutes(utc("2027-11-07T04:00Z"), utc("2027-11-07T09:00Z")))


def test_a_time_that_the_clocks_skip_comes_when_they_have_skipped_it():
    window = Window(3600, cron="30 2 * * *", time_zone="America/New_York")
    night = list(window.spans(utc("2027-03-14T04:00Z"), utc("2027-03-15T04:00Z")))
    assert night == [Span(utc("2027-03-14T07:00Z"), utc("2027-03-14T08:00Z"))]  # 03:00, the first minute after 01:59


@pytest.mark.parametrize(
    ("cron", "like"),
    [
        ("0 0 * * fri-mon", "0 0 * * 5,6,0,1"),
        ("0 22-2 * * *", "0 22,23,0,1,2 * * *"),
        ("0 0 * nov-feb *", "0 0 * 11,12,1,2 *"),
        ("0 0 * * 7-2", "0 0 * * 0,1,2"),
        ("0 0 * * L5", "0 0 * * 5L"),
        ("0 0 l * *", "0 0 L * *"),
        ("0 0 * * mon/2", "0 0 * * 1,3,5"),
        ("50-10/5 * * * *", "50,55,0,5,10 * * * *"),
    ],
)
def test_spellings_that_windows_had_before_mean_what_they_meant(cron, like):
    first, last = utc("2026-11-01T00:00Z"), utc("2026-12-30T00:00Z")
    starts = list(Recurrence(cron, "UTC").starts(first, last))
    assert starts
    assert starts == list(Recurrence(like, "UTC").starts(first, last))


HOSTILE = [
    "0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 */31 * 5#5", "0 0 */31 * 5L", "* * */31 * 1#5,2#5,3#5,4#5,5#5,6#5,0#5",
    "0-59 0-23 */31 * 0#5,6#5", "*/1 * */30 2 mon#3", "0 0 */29 2 6#2", "0 0 30,31 feb *",
]  # fmt: skip


@pytest.mark.parametrize("cron", HOSTILE)
def test_a_cron_whose_day_is_in_no_year_never_opens(cron):
    with pytest.raises(NeverOpens):
        Window(60, cron=cron).check(utc("2026-11-27T00:00Z"))


@pytest.mark.parametrize("cron", ["", "x", "* * * *", "* * * * * *", "60 * * * *", "0 0 0 * *", "1/0 * * * *", "0 0 30 foo *",
                                  "5- * * * *", "* * * * 8", "0 0 * * #1", "²-3 * * * *", "9" * 90 + " * * * *", "0 0 * * *" + " " * 99])  # fmt: skip
def test_what_is_no_cron_is_malformed(cron):
    with pytest.raises(MalformedCron):
        Recurrence(cron, "UTC")


@settings(deadline=None)
@given(st.text("0123456789*,/-#lLWmonfrijafeb ", max_size=100) | crons)
def test_any_text_is_a_cron_or_is_none_and_opens_and_opened_if_it_ever_does(text):
    now = utc("2026-11-27T00:00Z")
    try:
        Window(60, cron=text).check(now)
    except (MalformedCron, NeverOpens):
        return
    if text:
        recurrence = recurrence_of(text, "Asia/Seoul")
        assert next(recurrence.starts(now, now + SEARCHED)) >= now
        latest = recurrence.latest_start(now - SEARCHED, now)
        assert latest is not None
        assert latest < now


RARE = ["0 0 29 2 */7", "0 0 * 2 mon#5", "* * 29 2 */7", "0 0 */31 1 5#5", *HOSTILE]


def test_a_look_at_a_hostile_window_costs_hardly_more_than_one_at_a_plain_window():
    def cost(crons: list[str]) -> float:
        """CPU seconds of the slowest look, each the first of its kind and in a zone that is known."""
        slowest = 0.0
        for cron in crons:
            recurrence_of.cache_clear()
            window, at = Window(30 * 86_400, cron=cron, time_zone="Europe/Berlin"), utc("2026-03-27T00:00Z")
            began = clocks.process_time()
            with suppress(NeverOpens):
                window.edge(at)
            slowest = max(slowest, clocks.process_time() - began)
        return slowest

    cost(["0 3 * * *"])
    assert min(cost(RARE) for _ in range(3)) < 0.02


def test_a_rare_window_is_found_within_a_bounded_search():
    began = clocks.process_time()
    now = utc("2026-11-27T00:00Z")
    found = [next(Recurrence(cron, "Europe/Berlin").starts(now, now + SEARCHED)) for cron in RARE[:3]]
    assert [at.year for at in found] == [2032, 2044, 2032]
    assert Recurrence("0 0 29 2 */7", "UTC").latest_start(utc("2099-01-01T00:00Z"), utc("2127-12-31T00:00Z")) is None
    assert clocks.process_time() - began < 1


def test_a_choice_is_for_what_it_names_or_for_everything():
    def chosen(*, ids=(), tags=()):
        return covers(endpoint_ids=ids, tags=tags, endpoint_id=7, endpoint_tags=["web"])

    assert chosen()
    assert chosen(ids={7})
    assert chosen(tags={"web"})
    assert chosen(ids={8}, tags={"web"})
    assert not chosen(ids={8})
    assert not chosen(ids={8}, tags={"db"})
