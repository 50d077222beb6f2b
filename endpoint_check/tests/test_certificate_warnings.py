"""When a certificate is warned of: thresholds by its lifetime or its endpoint's own, each certificate at each one once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from endpoint_check.engine.certificates import WARN_DAYS, Certificate, due, threshold_crossed, warning
from endpoint_check.state.certificate_warnings import MOST, REMEMBERED
from endpoint_check.state.monitor_state import MonitorEvent, MonitorState, Observation, Rules
from endpoint_check.state.state_machine import advance, is_steady

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def certificate(ends: datetime | None, *, name: str = "a", lifetime: timedelta | None = 90 * DAY, **fields: Any):
    begins = None if ends is None or lifetime is None else ends - lifetime
    names = {"fingerprint": name * 64, "subject": f"CN = {name}", "issuer": "CN = i", "name": name}
    return Certificate(**(names | {"begins_at": begins, "expires_at": ends} | fields))


def looked_at(at: datetime, *certificates: Certificate, in_maintenance: bool = False) -> Observation:
    ends = min((one.expires_at for one in certificates if one.expires_at), default=None)
    seen = Observation("up", at, certificate_expires_at=ends, in_maintenance=in_maintenance)
    return replace(seen, certificates=due(certificates, at, None))


def told(
    observations: list[Observation], status: MonitorState | None = None
) -> tuple[MonitorState, list[MonitorEvent]]:
    """The last status and the warnings on the way."""
    status, warnings = status or MonitorState(condition="up"), list[MonitorEvent]()
    for observation in observations:
        step = advance(status, observation, Rules())
        status = step.status
        warnings += [event for event in step.events if event.name == "certificate"]
        assert is_steady(status, observation)
    return status, warnings


@pytest.mark.parametrize(
    ("lifetime", "left", "crossed"),
    [
        (398 * DAY, 31 * DAY, None),
        (398 * DAY, 30 * DAY, 30),
        (90 * DAY, 29 * DAY, 30),
        (90 * DAY, 14 * DAY, 14),
        (90 * DAY, 6 * DAY, 7),
        (90 * DAY, 23 * HOUR, 1),
        (90 * DAY, -3 * DAY, 1),
        (None, 29 * DAY, 30),
        (47 * DAY, 16 * DAY, None),
        (47 * DAY, 15 * DAY, 47 / 3),
        (6 * DAY, 3 * DAY, None),
        (6 * DAY, 47 * HOUR, 2),
        (6 * DAY, 23 * HOUR, 1),
        (6 * DAY, 11 * HOUR, 0.5),
        (6 * DAY, 2 * HOUR, 0.125),
        (DAY, 9 * HOUR, None),
        (DAY, 8 * HOUR, 1 / 3),
        (DAY, HOUR / 2, 1 / 48),
        (-DAY, 20 * DAY, 30),
    ],
)
def test_thresholds_are_days_but_never_before_the_last_third_of_a_lifetime(lifetime, left, crossed):
    assert threshold_crossed(certificate(START + left, lifetime=lifetime), START, None) == crossed


@pytest.mark.parametrize(
    ("days", "left", "crossed"),
    [([], 0, None), ([60], 59, 60), ([60, 3], 3, 3), ([3, 60], 3, 3), ([0.5], 1, None), ([0], -0.1, 0)],
)
def test_an_endpoints_own_thresholds_are_taken_as_they_are(days, left, crossed):
    for lifetime in (6 * DAY, 900 * DAY):
        assert threshold_crossed(certificate(START + left * DAY, lifetime=lifetime), START, days) == crossed


def test_a_certificate_without_a_defined_end_is_never_warned_of():
    assert threshold_crossed(certificate(None), START, [3650]) is None


@given(st.lists(st.integers(0, 70 * 24), min_size=1, max_size=200).map(sorted))
def test_each_threshold_of_a_certificate_is_told_at_most_once(hours):
    one = certificate(START + 60 * DAY)
    status, warnings = told([looked_at(START + hour * HOUR, one) for hour in hours])
    assert len(warnings) == len({threshold_crossed(one, START + hour * HOUR, None) for hour in hours} - {None})
    assert len(warnings) <= len(WARN_DAYS)
    assert len({event.incident_id for event in warnings}) == len(warnings)
    assert status.certificate_expires_at == one.expires_at


def test_nodes_with_different_certificates_are_told_of_once_each_and_not_at_each_change():
    nodes = [certificate(START + (4 + number) * DAY, name=name) for number, name in enumerate("abc")]
    status, warnings = told(
        [looked_at(START + number * timedelta(seconds=5), nodes[number % 3]) for number in range(60)]
    )
    assert len(warnings) == 3
    assert len(told([looked_at(START + 2 * DAY, *nodes)], status)[1]) == 0
    assert len(told([looked_at(START + 3.5 * DAY, *nodes)], status)[1]) == 1


def test_a_new_certificate_at_every_connection_is_told_of_a_few_times_a_day():
    status, warnings = told([looked_at(START, certificate(START + DAY, name=chr(97 + number))) for number in range(26)])
    assert len(warnings) == MOST
    week = [
        looked_at(START + day * DAY, certificate(START + 8 * DAY, name=chr(500 + 9 * day + number)))
        for day in range(7)
        for number in range(9)
    ]
    status, warnings = told(week)
    assert len(warnings) == 7 * MOST
    assert len(status.certificates_warned) < REMEMBERED * 100


def test_a_renewed_certificate_is_warned_of_anew():
    old, new = certificate(START + 6 * DAY), certificate(START + 20 * DAY, name="b")
    status, warnings = told([looked_at(START, old), looked_at(START, new)])
    assert len(warnings) == 2
    assert status.certificate_warned == 30


def test_all_that_end_soon_are_told_the_first_to_end_first():
    leaf = certificate(START + 20 * DAY)
    other = certificate(START + 3 * DAY, name="R1", intermediate=True, host="there.test", hop=1)
    _, warnings = told([looked_at(START, leaf, other)])
    assert [event.cause for event in warnings] == [
        "The intermediate certificate R1 of there.test expires in 3 days, on 2026-01-04",
        "The certificate expires in 20 days, on 2026-01-21",
    ]


@pytest.mark.parametrize(
    ("left", "sentence"),
    [
        (29.5 * DAY, "The certificate expires in 29 days, on 2026-01-30"),
        (2 * DAY, "The certificate expires in 2 days, on 2026-01-03"),
        (47.5 * HOUR, "The certificate expires in 47 hours, on 2026-01-02"),
        (timedelta(minutes=90), "The certificate expires in 90 minutes, on 2026-01-01"),
        (timedelta(minutes=1), "The certificate expires in 1 minute, on 2026-01-01"),
        (-10 * DAY, "The certificate expired 10 days ago, on 2025-12-22"),
        (-5 * HOUR, "The certificate expired 5 hours ago, on 2025-12-31"),
    ],
)
def test_the_sentence_says_how_long_it_is_or_was(left, sentence):
    assert str(warning(certificate(START + left), START)) == sentence


def test_what_the_version_before_has_told_is_not_told_again():
    one = certificate(START + 6 * DAY)
    status = MonitorState(condition="up", certificate_expires_at=one.expires_at, certificate_warned=7)
    assert told([looked_at(START, one)], status)[1] == []
    assert len(told([looked_at(START + 5.5 * DAY, one)], status)[1]) == 1


def test_in_maintenance_nothing_is_told_and_it_is_told_after_it():
    one = certificate(START + 6 * DAY)
    first = advance(MonitorState(condition="up"), looked_at(START, one, in_maintenance=True), Rules())
    assert first.events == ()
    assert len(told([looked_at(START, one)], first.status)[1]) == 1
