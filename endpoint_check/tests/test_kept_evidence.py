"""Which failing results show the site's answer: few bytes, the first of an outage, and then those that differ."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from werkzeug import Response

from endpoint_check.check_loop import evidence, loop
from endpoint_check.check_loop.evidence import (
    FIRST,
    MAX_BODY_BYTES,
    MAX_COMMIT_BYTES,
    MAX_HEADERS_BYTES,
    MAX_OWNER_BYTES,
    Evidence,
)
from endpoint_check.engine.outcome import Outcome
from endpoint_check.feeds.feed_sync import endpoints_apply
from endpoint_check.models import ResultOutbox
from endpoint_check.schedule.leases import Lease
from endpoint_check.state.monitor_state import MonitorState
from endpoint_check.tests.outboxes import waiting
from endpoint_check.tests.test_whole_way import endpoint, make_due, run_checks

START = datetime(2026, 11, 27, 12, tzinfo=UTC)
SECRETS = {"Content-Type": "text/html", "Date": "Fri, 27 Nov 2026 12:00:00 GMT", "X-Request-Id": "5f3a"}


class Outage:
    """One endpoint that fails, under a clock of its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, kept: Evidence, endpoint_id: int = 7, user_id: int = 1) -> None:
        self.kept, self.endpoint_id, self.user_id, self.now = kept, endpoint_id, user_id, 1000.0
        self.status = MonitorState(condition="up")
        monkeypatch.setattr(time, "monotonic", lambda: self.now)

    def fails(self, body: str = "out of order", *, code: int = 503, after: float = 5, **headers: str) -> bool:
        """Whether the answer is kept."""
        self.now += after
        slot = START + timedelta(seconds=self.now)
        claim = Lease(self.endpoint_id, self.user_id, "{}", 1, [], 60, slot, self.status)
        if self.status.run_started_at is None and self.status.incident_started_at is None:
            self.status = MonitorState(condition="up", run_kind="down", run_count=1, run_started_at=slot)
        outcome = Outcome(
            status="down", http_status=code, error_code="unexpected_status",
            response_headers=SECRETS | headers, response_body=body,
        )  # fmt: skip
        self.kept.judge(claim, outcome, held=False)
        assert (outcome.response_body is None) == (outcome.response_headers is None)
        return outcome.response_body is not None

    def opens(self) -> None:
        """The incident is confirmed."""
        began = self.status.run_started_at
        self.status = MonitorState(condition="down", incident_id="x", incident_started_at=began)


@pytest.fixture
def outage(monkeypatch: pytest.MonkeyPatch) -> Outage:
    return Outage(monkeypatch, Evidence())


def test_the_first_failures_are_kept_and_then_what_differs(outage: Outage):
    assert [outage.fails() for _ in range(FIRST)] == [True] * FIRST
    outage.opens()
    assert [outage.fails(after=60) for _ in range(20)] == [False] * 20
    assert outage.fails("database away", after=61)
    assert not outage.fails("database away", after=61)
    assert outage.fails(code=500, after=61)
    assert outage.fails(after=61, Location="/elsewhere")


def test_times_and_ids_are_no_difference(outage: Outage):
    for number in range(FIRST):
        outage.fails(f"request {number} at 12:00:0{number}")
    for number in range(100, 120):
        assert not outage.fails(f"request {number} at 12:{number % 60:02}:00", after=61, Date=f"{number}")


def test_a_site_that_never_answers_the_same_twice_is_kept_once_a_minute(outage: Outage):
    words = [chr(0xAC00 + number) * 8 for number in range(600)]
    kept = sum(outage.fails(word, after=1) for word in words)
    assert kept <= FIRST + 600 / 60 + 1


def test_the_next_outage_begins_anew(outage: Outage):
    for _ in range(2 * FIRST):
        outage.fails()
    outage.status = MonitorState(condition="up")
    assert outage.fails()


def test_in_maintenance_a_failing_site_is_kept_as_in_an_outage(outage: Outage):
    maintenance = MonitorState(condition="up", in_maintenance=True)
    kept = []
    for _ in range(10):
        outage.status = maintenance
        kept.append(outage.fails())
    assert sum(kept) == FIRST


def test_while_the_region_is_held_no_answer_is_kept(outage: Outage):
    outcome = Outcome(status="down", response_body="out of order", response_headers={})
    outage.kept.judge(Lease(7, 1, "{}", 1, [], 60, START, outage.status), outcome, held=True)
    assert (outcome.response_body, outcome.response_headers) == (None, None)


@given(
    st.dictionaries(st.text(st.characters(), max_size=200), st.text(st.characters(), max_size=3000), max_size=60),
    st.text(st.characters(), max_size=5000),
)
def test_what_is_kept_of_one_answer_is_bounded_and_can_be_stored(headers: dict[str, str], body: str):
    outcome = Outcome(status="down", http_status=500, response_headers=headers, response_body=body)
    Evidence().judge(Lease(7, 1, "{}", 1, [], 60, START, MonitorState()), outcome, held=False)
    assert outcome.response_headers is not None
    assert outcome.response_body is not None
    assert len(outcome.response_body.encode()) <= MAX_BODY_BYTES
    assert (
        sum(len(name.encode()) + len(value.encode()) for name, value in outcome.response_headers.items())
        <= MAX_HEADERS_BYTES
    )
    assert "\x00" not in json.dumps(outcome.response_body, ensure_ascii=False)


def test_of_one_commit_everybody_has_a_share_and_all_together_are_bounded(monkeypatch: pytest.MonkeyPatch):
    kept = Evidence()

    def fail(user_id: int, count: int) -> int:
        outages = [Outage(monkeypatch, kept, user_id * 10_000 + n, user_id) for n in range(count)]
        return sum(outage.fails("x" * MAX_BODY_BYTES) for outage in outages)

    assert fail(1, 1000) * MAX_BODY_BYTES <= MAX_OWNER_BYTES
    assert fail(2, 1) == 1
    total = sum(fail(user_id, 1000) for user_id in range(3, 40)) * MAX_BODY_BYTES
    assert total <= MAX_COMMIT_BYTES
    kept.committed()
    assert fail(50, 1) == 1


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(evidence, "REMEMBERED", 10)
    kept = Evidence()
    for number in range(100):
        Outage(monkeypatch, kept, number).fails()
    assert len(kept._known) == 10


@pytest.mark.django_db(transaction=True)
def test_over_a_long_outage_few_answers_are_sent(httpserver: HTTPServer, settings: Any):
    settings.ALLOW_PRIVATE_TARGETS = True
    loop._evidence.cache_clear()
    httpserver.expect_request("/site").respond_with_handler(lambda _: Response("out of order " * 500, status=500))
    endpoints_apply([endpoint(httpserver.url_for("/site"))])
    for _ in range(FIRST + 3):
        make_due()
        run_checks()
    results = waiting(ResultOutbox)
    assert [("response_body" in result) for result in results] == [True] * FIRST + [False] * 3
    assert {result["http_status"] for result in results} == {500}
