"""Seconds until the last of 1,000 endpoints of 100 users that go down at once is told by mail and by Slack."""

import statistics
import time
from collections.abc import Mapping

import psutil

from benchmarks.alerting import INTERVAL, Outside, alerted_fleet, seconds_until_told, wait_until
from benchmarks.frame import Result, cpu, progress, run
from deploy.local.running import RunningFleet

USERS, QUICK_USERS = 100, 20
ENDPOINTS = 10
STORMS, QUICK_STORMS = 2, 1
"""A third would count as flapping, of which nothing is told."""
TARGET_SECONDS = 15
"""What issue 6 promises."""
PARTS = ("endpoint_check_worker", "endpoint_check_dispatcher", "notification_service", "notification_service_worker",
         "email_service", "slack_service")  # fmt: skip


def measure(*, quick: bool) -> Result:
    """Some storms, one after the other; the slowest message of all counts, each from the end of its own failing probe."""
    users, storms = (QUICK_USERS, QUICK_STORMS) if quick else (USERS, STORMS)
    count = users * ENDPOINTS
    found = []
    with alerted_fleet(users=users, endpoints=ENDPOINTS) as (fleet, world):
        pids = fleet.pids(*PARTS, "postgres")
        memory = [_memory(pids)]
        for number in range(1, storms + 1):
            time.sleep(3 * INTERVAL)
            with cpu(pids) as used:
                taken = _storm(fleet, world, count)
            memory.append(_memory(pids))
            found.append(taken)
            progress(f"  storm {number} of {storms}: median {statistics.median(taken):.1f} s, last {taken[-1]:.1f} s")
    details = {
        "users": users, "endpoints": count, "storms": storms,
        "median": round(statistics.median(second for taken in found for second in taken), 2),
        "cpu_seconds_of_last": {name: round(seconds, 1) for name, seconds in used.cpu.items()},
        "memory_mb": {name: [reading[name] for reading in memory] for name in PARTS},
    }  # fmt: skip
    return Result(max(taken[-1] for taken in found), details)


def _storm(fleet: RunningFleet, world: Outside, count: int) -> list[float]:
    """All endpoints go down, everybody is told, all come back; the seconds, sorted."""
    world.down.update(range(count))
    wait_until(lambda: len(seconds_until_told(fleet, world)) == 2 * count, "the last message")
    taken = sorted(seconds_until_told(fleet, world))
    world.recover()
    return taken


def _memory(pids: Mapping[str, int]) -> dict[str, float]:
    """Megabytes that each part has for itself."""
    return {
        name: round(sum(process.memory_full_info().uss for process in _tree(pids[name])) / 1e6, 1) for name in PARTS
    }


def _tree(pid: int) -> list[psutil.Process]:
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


if __name__ == "__main__":
    run(measure, name="alert_storm", unit="s", target=TARGET_SECONDS, better="lower")
