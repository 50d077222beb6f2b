"""How late checks of 20,000 endpoints at 60 s begin (99 %), as the watched site sees it; none missed, none doubled."""

import statistics
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.frame import Result, cpu, progress, run
from benchmarks.load import ids_by_number, latenesses, loaded_fleet, reports
from benchmarks.sites import Site
from deploy.local.running import RunningFleet
from endpoint_check.schedule.due_times import next_slot

TARGET_S = 2.0
RATE = 200
"""Checks a second while the cost of a check is compared: the same however many endpoints make them."""

LEAST_SHOWN = 0.02
"""The share of a check's cost from which on a part is named."""


def measure(*, quick: bool) -> Result:
    """Ten minutes of 20,000 endpoints; then, for the details, what a check costs with few endpoints and with many."""
    late, details = lateness(2_000, 10, 15) if quick else lateness(20_000, 60, 600)
    costs = {} if quick else {str(count): _cost(count) for count in (1_000, 5_000, 20_000)}
    return Result(statistics.quantiles(late, n=100)[98], {**details, "us_cpu_per_check": costs})


def lateness(endpoints: int, interval: int, seconds: int) -> tuple[list[float], dict[str, Any]]:
    """How late every check began (s), and what it took; raises `RuntimeError` where one was missed or doubled."""
    progress("starting a fleet")
    with Site() as site, loaded_fleet({site.url: endpoints}, interval=interval) as fleet:
        time.sleep(1 if seconds < interval * 2 else 30)
        start = datetime.now(UTC)
        with cpu(fleet.pids(), own=False) as used:
            _pass(seconds)
        end = datetime.now(UTC)
        time.sleep(5)  # whatever was due before the end is stored by now
        ids = ids_by_number(fleet, site.url)
        visits = [(ids[number], at) for number, at in site.visits()]
        stored = _stored(fleet, start, end)
    expected = Counter(slot for endpoint in ids.values() for slot in _slots(endpoint, interval, start, end))
    visited = Counter(
        (endpoint, _slot(endpoint, interval, datetime.fromtimestamp(at, UTC)))
        for endpoint, at in visits
        if at >= start.timestamp()
    )
    faults = {
        "missed": (expected - stored).total(),
        "doubled": (stored - expected).total(),
        "requested_twice": sum(visited[slot] > 1 for slot in expected),
    }
    progress(f"  {expected.total()} slots: {faults}")
    if any(faults.values()):
        raise RuntimeError(f"Not every slot was checked once: {faults}")
    late = latenesses(visits, interval=interval, start=start, end=end)
    return late, {
        "endpoints": endpoints,
        "interval": interval,
        "slots": expected.total(),
        **faults,
        "median_s": round(statistics.median(late), 3),
        "latest_s": round(max(late), 3),
        "cores": round(used.total / used.wall, 3),
    }


def _pass(seconds: float) -> None:
    for left in range(int(seconds), 0, -30):
        progress(f"  {left} s left")
        time.sleep(min(30, left))


def _slots(endpoint: int, interval: int, start: datetime, end: datetime) -> list[tuple[int, datetime]]:
    """Every slot within the time."""
    slot, found = next_slot(endpoint, interval, start), []
    while slot < end:
        found.append((endpoint, slot))
        slot += timedelta(seconds=interval)
    return found


def _slot(endpoint: int, interval: int, at: datetime) -> datetime:
    return next_slot(endpoint, interval, at) - timedelta(seconds=interval)


def _stored(fleet: RunningFleet, start: datetime, end: datetime) -> Counter[tuple[int, datetime]]:
    connection = fleet.connect("report_service")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT endpoint_id, checked_at FROM report WHERE checked_at > %s AND checked_at < %s", [start, end]
        )
        rows = cursor.fetchall()
    connection.close()
    return Counter(rows)


def _cost(endpoints: int) -> dict[str, float]:
    """CPU of the fleet per check (us), whole and by part, where so many endpoints are checked RATE times a second."""
    interval = endpoints // RATE
    with Site() as site, loaded_fleet({site.url: endpoints}, interval=interval) as fleet:
        time.sleep(20)
        before = reports(fleet)
        with cpu(fleet.pids(), own=False) as used:
            time.sleep(40)
        checks = reports(fleet) - before
    costs = {name: round(seconds / checks * 1e6, 1) for name, seconds in {"all": used.total, **used.cpu}.items()}
    progress(f"  {endpoints} endpoints: {costs['all']:.0f} us of CPU a check")
    return {name: cost for name, cost in costs.items() if cost >= LEAST_SHOWN * costs["all"]}


if __name__ == "__main__":
    run(measure, name="schedule", unit="s", target=TARGET_S, better="lower")
