"""The state machine's rules, for any run of results."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from endpoint_check.engine.certificates import Certificate, Due, due
from endpoint_check.state.monitor_state import Found, MonitorEvent, MonitorState, Observation, Rules
from endpoint_check.state.state_machine import advance, is_steady

START = datetime(2026, 1, 1, tzinfo=UTC)
founds = st.sampled_from(get_args(Found))
rules = st.builds(Rules, st.integers(1, 4), st.integers(1, 4))
runs = st.lists(st.tuples(founds, st.booleans()), max_size=40)


def seen(found: Any, number: int, **fields: Any) -> Observation:
    return Observation(found, START + timedelta(minutes=number), cause=f"cause {number}", **fields)


def dues(expires: datetime | None) -> tuple[Due, ...]:
    """What a probe at START says of a certificate."""
    certificate = Certificate(fingerprint="f", subject="s", issuer="i", name="n", begins_at=None, expires_at=expires)
    return due([certificate], START, None)


def played(results: list[tuple[Any, bool]], rule: Rules) -> tuple[MonitorState, list[MonitorEvent], list[MonitorState]]:
    """The last status, every event, and every status on the way."""
    status, events, on_the_way = MonitorState(), list[MonitorEvent](), list[MonitorState]()
    for number, (found, maintenance) in enumerate(results):
        step = advance(status, seen(found, number, in_maintenance=maintenance), rule)
        status = step.status
        events += step.events
        on_the_way.append(status)
    return status, events, on_the_way


@given(runs, rules)
def test_events_come_in_pairs_of_one_incident(results, rule):
    _, events, _ = played(results, rule)
    open_incident: MonitorEvent | None = None
    for event in (one for one in events if one.moves):
        if event.name in {"up", "recovered"}:
            assert open_incident is not None
            assert event.incident_id == open_incident.incident_id
            assert event.started_at == open_incident.started_at
            assert event.ended_at is not None
            assert event.ended_at >= event.started_at
            open_incident = None
        else:
            # A site may go down while it is degraded; two downs without an up there are not.
            assert open_incident is None or {open_incident.name, event.name} == {"degraded", "down"}
            open_incident = event


@given(runs, rules)
def test_an_incident_is_open_exactly_while_the_condition_is_bad(results, rule):
    for status in played(results, rule)[2]:
        assert (status.incident_id is not None) == (status.condition in {"down", "degraded"})
        assert (status.incident_started_at is not None) == (status.incident_id is not None)


@given(runs, rules)
def test_a_run_is_never_as_long_as_its_threshold(results, rule):
    for status in played(results, rule)[2]:
        needed = rule.recovery_threshold if status.run_kind == "up" else rule.failure_threshold
        assert 0 <= status.run_count < needed
        assert (status.run_started_at is None) == (status.run_count == 0)


@given(st.integers(1, 5))
def test_down_comes_with_the_last_failure_it_takes_and_began_with_the_first(threshold):
    results = [("up", False)] + [("down", False)] * threshold
    status, events, on_the_way = played(results, Rules(threshold, 2))
    assert [s.condition for s in on_the_way[:-1]] == ["up"] * threshold
    assert status.condition == "down"
    assert [event.name for event in events] == ["down"]
    assert events[0].started_at == START + timedelta(minutes=1)


def test_one_good_result_breaks_a_run_of_failures():
    results = [(found, False) for found in ("up", "down", "down", "up", "down", "down")]
    status, events, _ = played(results, Rules(3, 2))
    assert status.condition == "up"
    assert status.confirming
    assert events == []


def test_the_first_good_result_needs_no_confirmation_and_tells_nobody():
    status, events, _ = played([("up", False)], Rules())
    assert status.condition == "up"
    assert status.changed_at == START
    assert events == []


def test_a_slow_site_counts_as_recovered_from_an_outage():
    results = [("up", False), ("down", False), ("degraded", False), ("degraded", False)]
    status, events, _ = played(results, Rules(1, 2))
    assert [event.name for event in events] == ["down", "up"]
    assert events[1].ended_at == START + timedelta(minutes=2)
    assert status.condition == "up"


@given(runs, rules, st.lists(founds, min_size=1, max_size=10))
def test_maintenance_counts_and_tells_nothing(results, rule, during):
    before, _, _ = played(results, rule)
    status = before
    for number, found in enumerate(during):
        step = advance(status, seen(found, 100 + number, in_maintenance=True), rule)
        assert step.events == ()
        assert step.status.wire == "maintenance"
        status = step.status
    assert status.condition == before.condition
    assert status.incident_id == before.incident_id


@given(runs, rules)
def test_the_change_is_stamped_exactly_when_others_see_another_state(results, rule):
    before = MonitorState()
    for number, status in enumerate(played(results, rule)[2]):
        moved = status.wire != before.wire
        assert (status.changed_at == START + timedelta(minutes=number)) == moved
        before = status


@given(runs, rules, founds, st.one_of(st.none(), st.integers(-5, 60)), st.booleans())
def test_a_steady_result_changes_nothing_but_the_last_good_time(results, rule, found, days, warned):
    status, _, _ = played(results, rule)
    expires = None if days is None else START + timedelta(days=days)
    observation = seen(found, 50, certificate_expires_at=expires, certificates=dues(expires))
    status = replace(status, certificate_expires_at=expires)
    if warned:
        status = advance(status, observation, rule).status
    if is_steady(status, observation):
        step = advance(status, observation, rule)
        assert step.events == ()
        assert step.status == replace(status, last_good_at=observation.at)
