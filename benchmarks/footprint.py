"""Memory of the whole idle fleet on one machine (PSS, shared pages counted once)."""

import statistics
import time

from benchmarks.frame import Result, progress, run
from deploy.local.running import running_fleet

SAMPLES = 5
TARGET_MB = 1000
"""What issue 2 promises: the whole idle fleet within 1 GB."""


def measure(*, quick: bool) -> Result:
    """Start a fleet, let it idle (beat ticks, nobody calls), and take the median of some readings of `pongpong status`."""
    pause = 2 if quick else 12
    samples = []
    progress("starting a fleet")
    with running_fleet() as fleet:
        for number in range(1, SAMPLES + 1):
            time.sleep(pause)
            samples.append({part["name"]: part["memory_bytes"] / 1e6 for part in fleet.status()["parts"]})
            progress(f"  reading {number} of {SAMPLES}: {sum(samples[-1].values()):.0f} MB")
    parts = {name: round(statistics.median(sample[name] for sample in samples), 1) for name in samples[0]}
    totals = [sum(sample.values()) for sample in samples]
    return Result(statistics.median(totals), {"idle_seconds": pause * SAMPLES, "parts_mb": parts})


if __name__ == "__main__":
    run(measure, name="footprint", unit="MB", target=TARGET_MB, better="lower")
