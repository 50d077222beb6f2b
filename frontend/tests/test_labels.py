"""Times, amounts and pictures."""

import re
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from common.contracts.answers.report_service import Phases, Report, Series
from common.contracts.results import REASONS, ErrorCode
from frontend.pictures import geometry
from frontend.presenters import labels, uptime

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize("code", ErrorCode)
def test_every_error_code_has_a_word(code: ErrorCode):
    with translation.override("en"):
        assert labels.error(code).casefold() == REASONS[code].word.casefold()
        assert labels.error(code)[0].isupper()
    with translation.override("ko"):
        assert not labels.error(code).isascii()


def test_a_code_that_is_new_to_us_is_shown_as_it_is():
    assert (labels.error("brand_new"), labels.advice("brand_new")) == ("brand_new", "")


@pytest.mark.parametrize(
    ("seconds", "english", "korean"),
    [(0, "just now", "방금"), (12, "12 s ago", "12초 전"), (250, "4 min ago", "4분 전"), (90000, "1 day ago", "1일 전"),
     (-90, "in 1 min", "1분 후")],
)  # fmt: skip
def test_relative_times_have_one_unit(seconds: int, english: str, korean: str):
    when = NOW - timedelta(seconds=seconds)
    with translation.override("en"):
        assert labels.relative(when, NOW) == english
    with translation.override("ko"):
        assert labels.relative(when, NOW) == korean


@pytest.mark.parametrize(
    ("seconds", "english", "korean"),
    [
        (0.085, "85 ms", "85 ms"),
        (252, "4 min 12 s", "4분 12초"),
        (3600, "1 h", "1시간"),
        (180061, "2 days 2 h", "2일 2시간"),
    ],
)
def test_durations_have_two_units(seconds: float, english: str, korean: str):
    with translation.override("en"):
        assert labels.duration(seconds) == english
    with translation.override("ko"):
        assert labels.duration(seconds) == korean


@given(st.floats(min_value=0, max_value=100))
def test_uptime_shows_100_only_when_there_was_no_downtime(value: float):
    with translation.override("en"):
        assert (labels.percent(value) == "100 %") == (value == 100)


SHARES = st.lists(st.one_of(st.none(), st.just(100.0), st.floats(min_value=0, max_value=100)), max_size=200)


@given(SHARES)
def test_bars_stay_inside_of_their_picture(days: list[float | None]):
    picture = geometry.bars(days, unit=geometry.DAYS, now=NOW)
    for mark in picture.marks:
        assert 0 <= mark.x <= picture.width - geometry.BAR
        assert 0 <= mark.filled == geometry.HEIGHT - mark.top <= geometry.HEIGHT


@given(SHARES)
def test_every_bar_is_drawn_once_and_has_its_kind(days: list[float | None]):
    picture = geometry.bars(days, unit=geometry.DAYS, now=NOW)
    runs = {kind: re.findall(r"h(\d+)", path) for kind, path in (("u", picture.up), ("n", picture.none))}
    drawn = {kind: sum((int(run) + 1) // 5 for run in found) for kind, found in runs.items()}
    assert drawn | {"d": len(picture.marks)} == {kind: picture.kinds.count(kind) for kind in "und"}
    assert len(picture.kinds) == 90


def test_a_bar_says_the_downtime_that_was_measured_and_invents_none():
    """10 s down of 28 s watched are 10 s, not a share of the day that nobody watched."""
    with translation.override("en"):
        days = geometry.bars([100.0, 64.28, 50.0], unit=geometry.DAYS, now=NOW, down_ms=[0, 10_000, 5_460_000])
        hours = geometry.bars([99.0, None], unit=geometry.HOURS, now=NOW, down_ms=[36_000, None])
        unknown = geometry.bars([99.0], unit=geometry.DAYS, now=NOW)
    assert [mark.title for mark in days.marks] == [
        "May 3: 64.28 %, down for 10 s",
        "May 4: 50.00 %, down for 1 h 31 min",
    ]
    assert hours.marks[0].title.endswith(": 99.00 %, down for 36 s")
    assert unknown.marks[0].title == "May 4: 99.00 %"


def test_the_days_of_a_series_are_what_was_watched():
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    points = [
        {"at": today.isoformat(), "uptime": 100.0, "down_ms": 0, "covered_ms": 18_000},
        {"at": (today + timedelta(hours=6)).isoformat(), "uptime": 0.0, "down_ms": 10_000, "covered_ms": 10_000},
    ]
    said = {"endpoint_id": 7, "from": points[0]["at"], "to": points[1]["at"], "step": 21_600, "points": points}
    series = msgspec.convert(said, Series)
    assert uptime.downtime_by_day(series=series)[-2:] == [None, 10_000]
    assert uptime.uptime_by_day(series=series)[-1] == pytest.approx(64.2857, abs=0.001)


@given(st.lists(st.one_of(st.none(), st.floats(min_value=0, max_value=1e5)), min_size=24, max_size=24))
def test_a_sparkline_stays_inside_of_its_picture(values: list[float | None]):
    picture = geometry.sparkline(values)
    if picture is None:
        assert sum(value is not None for value in values) < 2
        return
    for x, y in re.findall(r"[ML](\S+?) ([^ML]+)", picture.path):
        assert 0 <= float(x) <= picture.width
        assert 0 <= float(y) <= picture.height


@given(st.dictionaries(st.sampled_from(list(labels.PHASES)), st.floats(min_value=0, max_value=60000)))
def test_the_waterfall_stays_inside_of_its_track(phases: dict[str, float]):
    for row in geometry.waterfall(Report(checked_at=NOW, status="up", phases=Phases(**phases))):
        assert row.x >= geometry.TRACK_X
        assert row.x + row.width <= geometry.TRACK_X + geometry.TRACK + 0.2
