"""Pictures at every width, and the dashboard at the sizes that people have."""

import io

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from common.contracts.answers.report_service import Glance
from pong_cli.errors import WrongUsage
from pong_cli.output import charts, marks, times
from pong_cli.output.dashboard import Dashboard


def glance(number=1, **fields):
    whole = {
        "endpoint_id": number, "name": f"site{number}.example.com", "url": f"https://site{number}.example.com/",
        "tags": [], "enabled": True, "state": "up", "open_incident": None, "bars": [100.0] * 90,
        "sparkline": [100.0] * 24, "uptime": {"24h": 100, "7d": 100, "30d": 100, "90d": 100},
        "last_result": {
            "region": "local", "http_status": 200, "error_code": None, "message": None, "total_ms": 123.0,
            "status": "up", "checked_at": "2026-01-01T00:00:00Z", "certificate_expires_at": None,
        },
    } | fields  # fmt: skip
    return msgspec.convert(whole, Glance)


def down(number=2, **fields):
    incident = {"id": "x", "cause": "Connection refused by 192.0.2.1:443 after 12 ms",
                "started_at": times.iso(times.now()), "acknowledged_at": None}  # fmt: skip
    return glance(number, state="down", open_incident=incident | fields)


def drawn(dashboard: Dashboard, width: int, height: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width, height=height, record=True, force_terminal=True)
    console.print(dashboard)
    return console.export_text().splitlines()


@pytest.mark.parametrize(("width", "height"), [(40, 12), (80, 24), (200, 50)])
@pytest.mark.parametrize("count", [0, 3, 100])
def test_the_dashboard_fits_the_terminal(width, height, count):
    dashboard = Dashboard()
    dashboard.update([*(glance(number) for number in range(count)), down(1000)])
    lines = drawn(dashboard, width, height)
    assert len(lines) <= height
    assert max(len(line) for line in lines) <= width
    assert f"1 of {count + 1} " in lines[0]
    assert "Down" in lines[3]


def test_the_dashboard_says_what_is_left_out_and_what_is_acknowledged():
    dashboard = Dashboard()
    dashboard.update([down(acknowledged_at="2026-01-01T00:00:00Z"), *(glance(number) for number in range(10, 40))])
    lines = drawn(dashboard, 200, 24)
    assert "and 12 more" in lines[-1]
    assert "(seen)" in lines[3]


def test_the_worst_come_first_and_numbers_count_as_numbers():
    dashboard = Dashboard()
    dashboard.update([glance(10), glance(2), glance(3, state="paused"), down(30), glance(4, state="degraded")])
    assert [one.endpoint_id for one in dashboard.items] == [30, 4, 2, 10, 3]


def test_trouble_with_the_api_stands_below_the_picture_that_stays():
    dashboard = Dashboard()
    dashboard.update([glance()])
    dashboard.trouble = "https://api cannot be reached."
    lines = drawn(dashboard, 80, 24)
    assert "Nothing of 1 is down." in lines[0]
    assert "cannot be reached" in lines[-1]


def test_before_the_first_answer_the_dashboard_says_that_it_asks():
    assert "Asking" in drawn(Dashboard(), 80, 24)[0]


@given(
    st.dictionaries(st.sampled_from(list(charts.PHASES)), st.none() | st.floats(0, 1e5), max_size=5),
    st.integers(30, 200),
)
def test_a_waterfall_never_breaks_a_line(phases, width):
    for line in charts.waterfall(phases, width=width):
        assert line.cell_len <= max(width, 40)


@given(st.lists(st.none() | st.floats(0, 1e6), max_size=200), st.integers(1, 100))
def test_levels_have_one_character_a_value_and_gaps_where_there_is_none(values, width):
    drawn = charts.levels(values, width=width)
    assert len(drawn) == min(len(values), width)
    assert all((mark == " ") for mark, value in zip(drawn, values[-width:], strict=True) if value is None)


def test_without_unicode_every_picture_is_ascii(monkeypatch):
    monkeypatch.setattr(charts, "can_unicode", lambda: False)
    monkeypatch.setattr(marks, "can_unicode", lambda: False)
    texts = [
        charts.levels([1, 2, 3], width=3), charts.day_bars([None, 100, 99.5, 3], width=4).plain,
        *(line.plain for line in charts.waterfall({"connect_ms": 3.0}, width=60)),
        *(marks.mark(state).plain for state in marks.MARKS),
    ]  # fmt: skip
    assert all(text.isascii() for text in texts)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("5m", 300), ("1h30m", 5400), ("2d", 172_800), ("1w", 604_800)]
)
def test_durations_are_read(text, seconds):
    assert times.seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "5x", "m", "-3s", "1.5h", "٣s"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(WrongUsage):
        times.seconds_of(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (100, "100 %"), (99.999, "99.99 %"), (0.0, "0.00 %"), (99.5, "99.50 %"), (1.15, "1.15 %")],
)
def test_what_is_not_whole_is_never_called_whole(value, text):
    assert times.percent(value) == text
