"""Seconds from the end of the failing probe to the message accepted by SMTP server and Slack, p95 of single incidents."""

import statistics
import time

from benchmarks.alerting import INTERVAL, alerted_fleet, seconds_until_told, wait_until
from benchmarks.frame import Result, progress, run

EVERY = 0.5
"""Seconds between two incidents."""
TARGET_SECONDS = 1
"""What issue 6 promises."""


def measure(*, quick: bool) -> Result:
    """One endpoint after the other goes down, each of another user, so that nothing is grouped."""
    users = 20 if quick else 200
    with alerted_fleet(users=users, endpoints=1) as (fleet, world):
        progress(f"{users} incidents, one every {EVERY:g} s")
        time.sleep(INTERVAL)
        for number in range(users):
            world.down.add(number)
            time.sleep(EVERY)
        wait_until(lambda: len(seconds_until_told(fleet, world)) == 2 * users, "the last message")
        taken = sorted(seconds_until_told(fleet, world))
    quantiles = statistics.quantiles(taken, n=100)
    details = {
        "incidents": users, "messages": len(taken), "p50": round(quantiles[49], 3), "p99": round(quantiles[98], 3),
        "slowest": round(taken[-1], 3),
    }  # fmt: skip
    return Result(quantiles[94], details)


if __name__ == "__main__":
    run(measure, name="alerts", unit="s", target=TARGET_SECONDS, better="lower")
