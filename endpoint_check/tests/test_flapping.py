"""Flapping: told once, kept quiet until calm, and no outage that people know of is left without its end."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from endpoint_check.state.flapping import CALM, MOVES, SPAN
from endpoint_check.state.monitor_state import BAD, MonitorEvent, MonitorState, Observation, Rules
from endpoint_check.state.state_machine import advance

START = datetime(2026, 1, 1, tzinfo=UTC)
AT_ONCE = Rules(1, 1)
found = st.sampled_from(["up", "degraded", "down"])
runs = st.lists(st.tuples(found, st.integers(1, 40)), max_size=60)
"""What probes find, each so many minutes after the one before."""


def played(
    run: list[tuple[str, int]], status: MonitorState | None = None
) -> list[tuple[MonitorState, MonitorState, tuple[MonitorEvent, ...]]]:
    """Before, after and events of every result."""
    status, at, steps = status or MonitorState(), START, []
    for found, minutes in run:
        at += timedelta(minutes=minutes)
        step = advance(status, Observation(found, at, cause=f"cause at {at}"), AT_ONCE)  # type: ignore[arg-type]
        steps.append((status, step.status, step.events))
        status = step.status
    return steps


def told(run: list[tuple[str, int]]) -> list[str]:
    return [event.name for *_, events in played(run) for event in events if event.tells]


FLAPS = [("up", 1), ("down", 1), ("up", 1), ("down", 1), ("up", 1), ("down", 1)]


def test_the_fifth_change_within_an_hour_is_flapping_and_the_known_outage_still_ends():
    assert told(FLAPS) == ["down", "up", "down", "up", "down", "flapping"]
    assert told([*FLAPS, ("up", 1), ("down", 1), ("up", 1)]) == ["down", "up", "down", "up", "down", "flapping", "up"]


def test_reports_and_incidents_go_on_while_it_flaps():
    steps = played([*FLAPS, ("up", 1), ("down", 1), ("up", 1)])
    assert [event.name for *_, events in steps[-3:] for event in events if event.moves] == ["up", "down", "up"]


def test_slow_changes_are_no_flapping():
    assert "flapping" not in told([("up", 1), *[("down", 16), ("up", 16)] * 20])


def test_after_an_hour_of_calm_alerts_go_out_again():
    run = [*FLAPS, ("up", 1), ("up", 61), ("down", 1), ("up", 1)]
    assert told(run)[-3:] == ["up", "down", "up"]
    assert played(run)[-1][1].flapping_since is None


def test_an_outage_that_began_while_it_flapped_is_told_when_it_lasts():
    run = [*FLAPS, ("up", 1), ("down", 1), ("down", 30), ("down", 31)]
    *_, (_, after, events) = played(run)
    assert told(run)[-3:] == ["flapping", "up", "down"]
    assert [(event.name, event.moves, event.incident_id) for event in events] == [("down", False, after.incident_id)]
    assert told([*run, ("up", 1)])[-2:] == ["down", "up"]


@given(runs)
def test_who_was_told_of_an_outage_is_told_of_its_end_and_of_nothing_else(run):
    known: str | None = None
    for before, after, events in played(run):
        for event in events:
            if event.name == "flapping" or not event.tells:
                continue
            if event.name in BAD:
                # A slow site that goes down has one end: that of the outage.
                assert known is None or before.incident_id == known
                known = event.incident_id
            else:
                assert event.incident_id == known
                known = None
        if after.incident_id is None:
            assert known is None
        else:
            assert after.incident_told == (known == after.incident_id)


@given(runs)
def test_flapping_is_told_when_it_begins_and_ends_with_an_hour_of_calm(run):
    at = START
    for (before, after, events), (_, minutes) in zip(played(run), run, strict=True):
        at += timedelta(minutes=minutes)
        moves = [move for move in after.moves or () if at - move < SPAN]
        assert len(moves) == len(after.moves or ())
        begins = before.flapping_since is None and after.flapping_since is not None
        assert begins == ("flapping" in [event.name for event in events])
        if after.flapping_since is None:
            assert len(moves) < MOVES
        else:
            assert len(moves) > CALM


@given(runs)
def test_no_two_changes_are_told_twice_under_one_identity(run):
    identities = [(event.incident_id, event.name) for *_, events in played(run) for event in events if event.tells]
    assert len(identities) == len(set(identities))
