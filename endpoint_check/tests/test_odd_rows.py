"""In every batch of the checker what cannot be handled fails alone: its neighbours' rows survive, and itself goes on."""

import math
import time
from datetime import UTC, timedelta, timezone
from typing import Any

import pytest
from django.db import connection
from django.utils.timezone import now as wall_clock
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TransactionTestCase
from pytest_httpserver import HTTPServer

from common.models import DeadLetter
from endpoint_check.check_loop import commits, loop
from endpoint_check.check_loop.loop import CheckLoop
from endpoint_check.engine.outcome import Outcome, Phases
from endpoint_check.feeds.feed_sync import endpoints_apply
from endpoint_check.models import Monitor, ResultOutbox, StateOutbox
from endpoint_check.schedule import leases
from endpoint_check.schedule.dispatch import Watch
from endpoint_check.schedule.leases import Lease
from endpoint_check.schedule.maintenance import OwnersWindows, Windows
from endpoint_check.state.monitor_state import MonitorState
from endpoint_check.tests.outboxes import waiting
from endpoint_check.tests.test_whole_way import FOR_EVER, endpoint, make_due

NEIGHBOURS = 6
ODD = 3
"""The odd one's id: in the middle of its neighbours."""

texts = st.text(st.characters(), max_size=60) | st.sampled_from(["\ud800", "a\x00b", "\udfff" * 3000, "한국", "\u202e"])
numbers = st.floats() | st.sampled_from([1e308, -1.0])
moments = st.datetimes(
    timezones=st.sampled_from([None, UTC, timezone(timedelta(hours=14)), timezone(-timedelta(hours=12))])
)
outcomes = st.builds(
    Outcome,
    status=st.sampled_from(["up", "degraded", "down"]),
    error_code=st.none() | texts,
    message=texts,
    http_status=st.none() | st.integers(),
    total_ms=st.none() | numbers,
    phases=st.none() | st.builds(Phases, connect_ms=numbers, tls_ms=numbers),
    resolved_ip=st.none() | texts,
    certificate_expires_at=st.none() | moments,
    certificate_issuer=st.none() | texts,
    response_headers=st.none() | st.dictionaries(texts, texts, max_size=5),
    response_body=st.none() | texts,
)


@pytest.fixture
def site(httpserver: HTTPServer, settings) -> str:
    settings.ALLOW_PRIVATE_TARGETS = True
    httpserver.expect_request("/site").respond_with_data("hello")
    return httpserver.url_for("/site")


def monitors(url: str = "http://127.0.0.1:9/", **fields: Any) -> None:
    """So many, due, in maintenance never."""
    endpoints_apply([endpoint(url, endpoint_id=n, interval=FOR_EVER, **fields) for n in range(1, NEIGHBOURS + 1)])
    Monitor.objects.update(next_check_at=wall_clock() - timedelta(seconds=1))


def claimed() -> tuple[CheckLoop, dict[int, Lease]]:
    """A loop that has claimed them all."""
    made = CheckLoop(region="default", stopping=lambda: False, on_news=lambda: None)
    found, _ = leases.claim_due(region="default", limit=100, token=made._token)
    assert len(found) == NEIGHBOURS
    return made, {claim.endpoint_id: claim for claim in found}


def end(made: CheckLoop, taken: dict[int, Lease], odd: Outcome) -> None:
    """Finish all of them, the odd one among the others, and commit."""
    for endpoint_id, claim in taken.items():
        made._take(claim, odd if endpoint_id == ODD else Outcome(status="up", http_status=200))
    made._commit()
    made._engine.close()


def assert_moved_on(taken: dict[int, Lease]) -> None:
    """Every neighbour has its result; and the odd one is not left as it was."""
    found = {result["endpoint_id"]: result for result in waiting(ResultOutbox)}
    assert {n: found[n]["status"] for n in taken if n != ODD} == {n: "up" for n in taken if n != ODD}
    monitor = Monitor.objects.get(endpoint_id=ODD)
    assert monitor.claim is None
    assert monitor.slot_at is None
    assert monitor.next_check_at is not None
    assert monitor.next_check_at > wall_clock()
    assert ODD in found or monitor.changed_at is not None


class OddOutcomes(TransactionTestCase):
    @settings(max_examples=40, deadline=None)
    @given(outcomes)
    def test_whatever_a_probe_found_its_state_moves_and_its_neighbours_are_stored(self, odd: Outcome) -> None:
        Monitor.objects.all().delete()
        ResultOutbox.objects.all().delete()
        monitors()
        made, taken = claimed()
        expected = odd.status
        end(made, taken, odd)
        assert_moved_on(taken)
        (result,) = [one for one in waiting(ResultOutbox) if one["endpoint_id"] == ODD]
        assert result["status"] == expected, "what was found is told, whatever the site's words are"
        assert (Monitor.objects.get(endpoint_id=ODD).condition == "down") == (expected == "down")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "odd", [{"message": "a\ud800b\x00"}, {"response_body": "\udcff"}, {"response_headers": {"\ud800": "\x00"}}]
)
def test_text_that_cannot_be_stored_costs_nobody_time(odd: dict[str, Any]):
    monitors()
    made, taken = claimed()
    end(made, taken, Outcome(status="down", http_status=500, **odd))
    assert_moved_on(taken)
    assert not DeadLetter.objects.exists(), "it is made storable, which no neighbour notices"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "status",
    [
        {"certificates_warned": "no JSON"},
        {"moves": ["yesterday"]},
        {"run_count": "many"},
        {"incident_id": "no id", "condition": "down"},
        {"condition": "x" * 50},
        {"last_good_at": "never"},
    ],
    ids=str,
)
def test_a_state_that_nobody_can_handle_begins_anew(status: dict[str, Any]):
    monitors()
    made, taken = claimed()
    known = taken[ODD].status
    taken[ODD].status = MonitorState(**{name: getattr(known, name) for name in MonitorState.__slots__} | status)
    end(made, taken, Outcome(status="down", http_status=500, message="odd"))
    assert_moved_on(taken)


@pytest.mark.django_db(transaction=True)
def test_a_window_that_cannot_be_asked_keeps_no_result_from_being_stored(monkeypatch: pytest.MonkeyPatch):
    def covers(*_: object) -> bool:
        raise ArithmeticError

    monkeypatch.setattr(OwnersWindows, "covers", covers)
    monitors()
    Monitor.objects.filter(endpoint_id=ODD).update(user_id=2)
    made, taken = claimed()
    made._windows = Windows({2: OwnersWindows([])})
    end(made, taken, Outcome(status="up", http_status=200))
    assert_moved_on(taken)
    assert {result["status"] for result in waiting(ResultOutbox)} == {"up"}
    assert DeadLetter.objects.get().queue == commits.QUEUE


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("count", [1, 40])
def test_results_that_cannot_be_handled_hold_the_loop_for_a_bounded_time(monkeypatch: pytest.MonkeyPatch, count: int):
    monkeypatch.setattr(loop, "MOST_ODD", 5)
    endpoints_apply([endpoint("http://127.0.0.1:9/", endpoint_id=n) for n in range(1, count + 1)])
    make_due()
    made = CheckLoop(region="default", stopping=lambda: False, on_news=lambda: None)
    found, _ = leases.claim_due(region="default", limit=100, token=made._token)
    for claim in found:
        made._odd.append((claim, Outcome(status="up"), ValueError("odd")))
    commits_needed = 0
    while made._odd:
        made._commit()
        commits_needed += 1
    made._engine.close()
    assert commits_needed == math.ceil(count / 5)
    assert len(waiting(ResultOutbox)) == DeadLetter.objects.count() == count


ODD_VALUES = {
    "interval": ["'NaN'", "'Infinity'", "0", "-1", "1e300", "1e-300"],
    "timeout": ["'NaN'", "'Infinity'", "-1e300", "1e300"],
    "next_check_at": ["'-infinity'", "'4713-01-01 BC'", "'0001-01-01 BC'"],
    "slot_at": ["'infinity'", "'-infinity'", "'20000-01-01'"],
    "run_started_at": ["'20000-01-01'", "'-infinity'", "'4713-01-01 BC'"],
    "incident_started_at": ["'20000-01-01'", "'infinity'"],
    "changed_at": ["'20000-01-01'", "'4713-01-01 BC'"],
    "last_good_at": ["'20000-01-01'"],
    "certificate_expires_at": ["'9999-12-31T23:59:59Z'", "'20000-01-01'", "'infinity'"],
    "moves": ["ARRAY['20000-01-01'::timestamptz]", "ARRAY['infinity'::timestamptz, NULL]", "'{}'"],
    "flapping_since": ["'20000-01-01'", "'infinity'"],
    "certificates_warned": ["'nonsense'", "'{\"a\": 1}'"],
    "spec": ["''", "'{'", "'[]'", "'null'", "repeat('[', 100000)", "'{\"url\": 7}'", "'\"x\"'", "'{}'"],
    "tags": ["'{}'", "ARRAY['a', '\"', '{', '\\']", "array_fill('x'::text, ARRAY[2000])", "'{{a},{b}}'"],
    "condition": ["''", "'odd'"],
    "run_kind": ["'odd'"],
    "run_count": ["-5", "2147483647"],
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("column", "value"), [(column, value) for column, values in ODD_VALUES.items() for value in values]
)
def test_a_row_that_cannot_be_read_or_claimed_delays_no_other_and_begins_anew(site: str, column: str, value: str):
    monitors(site)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE endpoint_check_monitor SET {column} = {value} WHERE endpoint_id = {ODD}")  # noqa: S608
    started, begun = time.monotonic(), wall_clock()
    CheckLoop(region="default", stopping=lambda: False, on_news=lambda: None).run(0.4)
    assert time.monotonic() - started < 30
    found = {result["endpoint_id"]: result["status"] for result in waiting(ResultOutbox)}
    assert {n for n, status in found.items() if status == "up"} >= set(range(1, NEIGHBOURS + 1)) - {ODD}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT claim, next_check_at > %s AND next_check_at < now() + interval '400 days'"
            " FROM endpoint_check_monitor WHERE endpoint_id = %s",
            [begun, ODD],
        )
        assert cursor.fetchone() == (None, True)
    assert ODD in found or DeadLetter.objects.filter(queue__startswith="endpoint_check.").exists()
    Watch().look()
    make_due()
    CheckLoop(region="default", stopping=lambda: False, on_news=lambda: None).run(0.4)
    assert ODD in {result["endpoint_id"] for result in waiting(ResultOutbox)}, "the next check is stored"


@pytest.mark.django_db(transaction=True)
def test_odd_rows_keep_the_watch_from_nothing(caplog: pytest.LogCaptureFixture):
    monitors()
    checked = wall_clock()
    Monitor.objects.update(changed_at=checked, last_checked_at=checked, next_check_at=checked + timedelta(minutes=1))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE endpoint_check_monitor SET interval = 'Infinity', timeout = 'NaN', changed_at = 'infinity'"
            " WHERE endpoint_id = %s",
            [ODD],
        )
    Watch().look()
    assert len(waiting(StateOutbox)) == NEIGHBOURS
    assert "failed at" not in caplog.text
