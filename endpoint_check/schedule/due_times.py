"""When a monitor is due: on a grid of its own, so that a thousand monitors made at once are checked one after another.

A monitor's slots are the moments t with (t - 1970) modulo interval = phase. The phase comes from the endpoint's id by
the golden ratio, which spreads any run of ids evenly over the interval; so nothing has to be stored or balanced.
"""

from datetime import UTC, datetime, timedelta

CONFIRM_AFTER = 5.0
"""Seconds from a contrary result to the re-check that confirms it (design, "Defaults")."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_GOLDEN = 0x9E3779B97F4A7C15
_MICROSECOND = timedelta(microseconds=1)


def phase_of(endpoint_id: int, interval: int) -> int:
    """The phase within `interval`, both in us."""
    return ((endpoint_id * _GOLDEN) % 2**64) * interval >> 64


def next_slot(endpoint_id: int, interval: float, after: datetime) -> datetime:
    """The first slot of the grid later than `after`; `interval` in s."""
    length = int(interval * 1_000_000)
    phase = phase_of(endpoint_id, length)
    passed = (after - _EPOCH) // _MICROSECOND
    return _EPOCH + ((passed - phase) // length * length + length + phase) * _MICROSECOND


def next_check(endpoint_id: int, interval: float, *, slot: datetime, now: datetime, confirming: bool) -> datetime:
    """When to check again after the check of `slot` ended at `now`; always later than `slot`."""
    regular = next_slot(endpoint_id, interval, max(slot, now))
    if not confirming:
        return regular
    return min(regular, max(slot + timedelta(seconds=min(CONFIRM_AFTER, interval)), now))
