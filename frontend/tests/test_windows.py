"""Maintenance windows: once and recurring, in words and as cron."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from common.contracts.answers.endpoint_service import MaintenanceWindow, Occurrence
from frontend.forms.base import scope_from_api
from frontend.presenters.recurrence import (
    DAILY,
    MONTHLY,
    WEEKDAYS,
    WEEKLY,
    Recurrence,
    describe_recurrence,
    describe_window,
    recurrence_from_cron,
    recurrence_to_cron,
    weekdays_in_order,
)
from frontend.templatetags.sections import scope_words
from frontend.tests.fake import FakeGateway

WINDOWS = "/endpoint-service/maintenance-windows"
ONCE = {
    "name": "Upgrade", "repeats": "once", "starts_at": "2026-05-04T03:00", "minutes": "90", "scope": "some",
    "endpoint_ids": ["7"],
}  # fmt: skip
NOW = datetime(2026, 5, 4, 3, 0, tzinfo=UTC)
clocks = st.times().map(lambda time: f"{time:%H:%M}")
recurrences = st.one_of(
    st.builds(Recurrence, st.just(DAILY), clocks),
    st.builds(
        Recurrence,
        st.just(WEEKLY),
        clocks,
        st.lists(st.sampled_from(list(WEEKDAYS)), min_size=1).map(weekdays_in_order),
    ),
    st.builds(lambda at, day: Recurrence(MONTHLY, at, day=day), clocks, st.integers(1, 31)),
)


@given(recurrences)
def test_what_the_form_writes_as_cron_it_reads_back(recurrence: Recurrence):
    assert recurrence_from_cron(recurrence_to_cron(recurrence)) == recurrence


@given(st.text(max_size=30))
def test_any_cron_is_read_somehow_and_written_with_the_same_meaning(cron: str):
    found = recurrence_from_cron(cron)
    assert recurrence_from_cron(recurrence_to_cron(found)) == found


@pytest.mark.parametrize(
    ("cron", "english", "korean"),
    [
        ("0 3 * * *", "Every day at 03:00", "매일 03:00"),
        ("5 22 * * 0,6", "Every Saturday, Sunday at 22:05", "매주 토요일, 일요일 22:05"),
        ("0 3 1 * *", "On day 1 of each month at 03:00", "매월 1일 03:00"),
        ("*/15 * * * *", "*/15 * * * *", "*/15 * * * *"),
        ("0 3 1 * 1", "0 3 1 * 1", "0 3 1 * 1"),
    ],
)
def test_a_recurrence_is_told_in_words(cron: str, english: str, korean: str):
    for language, words in (("en", english), ("ko", korean)):
        with translation.override(language):
            assert describe_recurrence(cron) == words


@pytest.mark.parametrize(("ago", "state"), [(1, "open"), (-1, "planned"), (None, "over")])
def test_a_window_is_open_planned_or_over(ago: int | None, state: str):
    start = NOW - timedelta(minutes=ago or 0)
    times = [] if ago is None else [Occurrence(starts_at=start, ends_at=start + timedelta(hours=1))]
    window = MaintenanceWindow(id=1, name="Upgrade", duration=3600, occurrences=times)
    assert describe_window(window=window, now=NOW).state == state


def test_a_window_is_sent_in_seconds_and_the_visitors_zone(visitor: Client, gateway: FakeGateway):
    visitor.post("/maintenance/new", ONCE)
    sent = gateway.sent("POST", WINDOWS)
    assert sent["starts_at"] == "2026-05-04T03:00:00+09:00"
    assert (sent["duration"], sent["time_zone"], sent["endpoint_ids"]) == (5400, "Asia/Seoul", [7])
    assert sent["covers_all"] is False
    assert (sent["cron"], sent["ends_at"]) == ("", None)


def test_a_weekly_window_becomes_cron(visitor: Client, gateway: FakeGateway):
    weekly = {"repeats": "weekly", "weekdays": ["0", "6"], "at": "03:30", "starts_at": "", "scope": "all"}
    assert visitor.post("/maintenance/new", ONCE | weekly).status_code == 302
    sent = gateway.sent("POST", WINDOWS)
    assert (sent["cron"], sent["starts_at"], sent["endpoint_ids"]) == ("30 3 * * 6,0", None, [])
    assert sent["covers_all"] is True


@pytest.mark.parametrize(
    ("repeats", "field"),
    [("once", "starts_at"), ("daily", "at"), ("weekly", "weekdays"), ("monthly", "day"), ("cron", "cron")],
)
def test_each_way_of_repeating_needs_its_own_fields(visitor: Client, repeats: str, field: str):
    body = {"name": "x", "repeats": repeats, "minutes": "60", "scope": "all"}
    assert field in visitor.post("/maintenance/new", body).context["form"].errors


def test_an_unreadable_cron_is_told_at_its_field(visitor: Client, gateway: FakeGateway):
    gateway.refuse("POST", WINDOWS, 400, "VALIDATION_FAILED", "Not valid.", cron=["No such expression."])
    response = visitor.post("/maintenance/new", ONCE | {"repeats": "cron", "cron": "x", "scope": "all"})
    assert response.context["form"].errors["cron"] == ["No such expression."]


def test_a_recurring_window_opens_in_the_form_as_it_was_planned(visitor: Client):
    form = visitor.get("/maintenance/3").context["form"]
    assert form["repeats"].value() == "weekly"
    assert list(form["weekdays"].value()) == [6, 0]
    assert form["at"].value() == "03:00"


def test_the_list_tells_when_each_is_open_and_when_next(visitor: Client):
    text = visitor.get("/maintenance").text
    assert "Every Saturday, Sunday at 03:00" in text
    assert "Open now" in text
    assert "Over" in text
    assert "#web" in text


def test_a_window_that_nobody_understands_is_shown_as_broken_with_the_reason(visitor: Client, gateway: FakeGateway):
    items = gateway.answers["GET", WINDOWS][1]["items"]
    items[0] |= {"cron": "0 0 30 2 *", "occurrences": [], "problem": "This window never opens."}
    text = visitor.get("/maintenance").text
    assert "Broken" in text
    assert "This window never opens." in text


PREVIEW = f"{WINDOWS}/preview"


def test_the_form_tells_when_the_window_would_open_before_it_has_a_name(visitor: Client, gateway: FakeGateway):
    times = [{"starts_at": "2026-05-09T18:30:00Z", "ends_at": "2026-05-09T19:30:00Z"}]
    gateway.answers["POST", PREVIEW] = (200, {"status": "ok", "occurrences": times})
    weekly = {"repeats": "weekly", "weekdays": ["0"], "at": "03:30", "minutes": "60", "scope": "some"}
    assert "2026-05-10 (Sun) 03:30" in visitor.post("/maintenance/preview", weekly).text
    sent = gateway.sent("POST", PREVIEW)
    assert (sent["cron"], sent["duration"], sent["time_zone"]) == ("30 3 * * 0", 3600, "Asia/Seoul")
    assert "name" not in sent
    gateway.answers["POST", PREVIEW] = (200, {"status": "ok", "occurrences": []})
    assert "never opens again" in visitor.post("/maintenance/preview", weekly).text


def test_times_that_are_not_whole_are_not_asked_about(visitor: Client, gateway: FakeGateway):
    assert visitor.post("/maintenance/preview", {"repeats": "weekly", "minutes": "60"}).text.strip() == ""
    assert "POST" not in [method for method, path, _body in gateway.calls if path == PREVIEW]


def test_what_the_api_says_against_the_times_is_told(visitor: Client, gateway: FakeGateway):
    gateway.refuse("POST", PREVIEW, 400, "VALIDATION_FAILED", "Not valid.", cron=["No such expression."])
    body = {"repeats": "cron", "cron": "x", "minutes": "60"}
    assert "No such expression." in visitor.post("/maintenance/preview", body).text


def test_a_window_that_is_edited_keeps_its_zone_in_the_preview(visitor: Client, gateway: FakeGateway):
    gateway.answers["GET", f"{WINDOWS}/3"][1]["time_zone"] = "Europe/Berlin"
    gateway.answers["POST", PREVIEW] = (200, {"status": "ok", "occurrences": []})
    visitor.post("/maintenance/preview?window=3", {"repeats": "daily", "at": "03:00", "minutes": "60"})
    assert gateway.sent("POST", PREVIEW)["time_zone"] == "Europe/Berlin"


def test_nobody_and_no_outsider_gets_a_preview(nobody: Client, gateway: FakeGateway):
    assert nobody.post("/maintenance/preview").headers["Location"].startswith("/login")
    nobody.post("/login", {"email": "owner@example.com", "password": "correct horse"})
    gateway.refuse("GET", f"{WINDOWS}/3", 403, "FORBIDDEN", "This belongs to somebody else.")
    assert nobody.post("/maintenance/preview?window=3").status_code == 403


@pytest.mark.parametrize(
    ("stored", "scope", "words"),
    [
        ({"covers_all": True, "endpoint_ids": [], "tags": []}, "all", "all endpoints"),
        ({"covers_all": False, "endpoint_ids": [], "tags": []}, "some", "no endpoints"),
        ({"covers_all": False, "endpoint_ids": [7], "tags": ["db"]}, "some", "1 endpoint, #db"),
        ({"endpoint_ids": [], "tags": []}, "all", "all endpoints"),
        ({"endpoint_ids": [7], "tags": []}, "some", "1 endpoint"),
    ],
)
def test_what_is_for_all_and_what_is_for_none_are_told_apart(stored, scope, words):
    window = MaintenanceWindow(id=1, name="Upgrade", duration=60, **stored)
    assert scope_from_api(window)["scope"] == scope
    with translation.override("en"):
        assert scope_words(window) == words
