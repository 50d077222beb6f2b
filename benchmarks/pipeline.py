"""Checks that are claimed, probed, judged, delivered and stored per CPU second of the whole fleet on one machine."""

import time

from benchmarks.frame import Repeated, Result, cpu, progress, run
from benchmarks.load import loaded_fleet, reports
from benchmarks.sites import Site

TARGET = 2_000
INTERVAL = 5
"""Seconds; the shortest that users may choose."""


def measure(*, quick: bool) -> Result:
    """Let the fleet run for some rounds; every process of it counts, and only results that report_service stored."""
    endpoints, rounds, seconds = (2_500, 2, 8) if quick else (5_000, 6, 30)
    progress("starting a fleet")
    with Site() as site, loaded_fleet({site.url: endpoints}, interval=INTERVAL) as fleet:
        time.sleep(2 if quick else 2 * INTERVAL)
        rates, costs = [], []
        for number in range(1, rounds + 1):
            before = reports(fleet)
            with cpu(fleet.pids(), own=False) as used:
                time.sleep(seconds)
            stored = reports(fleet) - before
            rates.append(stored / used.total)
            costs.append({name: spent / stored * 1e6 for name, spent in used.cpu.items()})
            progress(f"  round {number} of {rounds}: {stored / used.wall:.0f} checks/s, {rates[-1]:.0f} a CPU second")
    found = Repeated(tuple(rates))
    parts = {name: round(sum(cost[name] for cost in costs) / rounds, 1) for name in costs[0]}
    shown = {name: cost for name, cost in sorted(parts.items(), key=lambda item: -item[1]) if cost >= 1}
    return Result(
        found.median,
        {"endpoints": endpoints, "interval": INTERVAL, "rate": found.as_details(), "us_cpu_per_check": shown},
    )


if __name__ == "__main__":
    run(measure, name="pipeline", unit="checks per CPU second", target=TARGET, better="higher")
