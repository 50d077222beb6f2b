"""The frame of every benchmark: its command line, its result, CPU accounting and repetition.

    \"\"\"Requests through the gateway, in CPU time against the same requests to the service directly.\"\"\"

    def measure(*, quick: bool) -> Result:
        progress("warming up")
        ...
        return Result(value=2.1, details={"requests": 1000})

    if __name__ == "__main__":
        run(measure, name="gateway", unit="times", target=3, better="lower")

The first line of the module's docstring stands in the table of README.md. A module with a `__main__` guard is a
benchmark, one without it a helper.
"""

import argparse
import json
import os
import signal
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import psutil

KEPT = "PONGPONG_BENCH_DIR"
"""The environment's word for `--keep`."""
QUICK_SECONDS = 60
"""`--quick` ends within this time."""


@dataclass(frozen=True)
class Result:
    """What a benchmark found: the number that its target speaks of, and whatever explains it (JSON values)."""

    value: float
    details: Mapping[str, Any] = field(default_factory=dict)


class Measure(Protocol):
    """A benchmark's own part."""

    def __call__(self, *, quick: bool) -> Result: ...


def run(measure: Measure, *, name: str, unit: str, target: float, better: Literal["higher", "lower"]) -> None:
    """The benchmark's command line: measure, then print the result as the last line."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}")
    parser.add_argument("--quick", action="store_true", help="within a minute, less exact")
    parser.add_argument("--keep", metavar="DIR", help="keep there what takes minutes to write, for the rest of the day")
    arguments = parser.parse_args()
    quick = arguments.quick
    if arguments.keep:
        os.environ[KEPT] = arguments.keep
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that what was started is stopped
    started = time.monotonic()
    result = measure(quick=quick)
    details = {**result.details, "quick": quick, "seconds": round(time.monotonic() - started, 1)}
    print(result_line(name, Result(result.value, details), unit=unit, target=target, better=better), flush=True)


def result_line(name: str, result: Result, *, unit: str, target: float, better: Literal["higher", "lower"]) -> str:
    """The JSON object that a benchmark prints last; `value` with four significant digits."""
    value = float(f"{result.value:.4g}")
    return json.dumps({
        "name": name,
        "value": value,
        "unit": unit,
        "target": target,
        "better": better,
        "pass": value >= target if better == "higher" else value <= target,
        "details": dict(result.details),
    })  # fmt: skip


def progress(text: str) -> None:
    """One line for whoever watches."""
    print(text, flush=True)


@dataclass
class Used:
    """What an interval took: wall-clock seconds, and CPU seconds (user and system) by group."""

    wall: float = 0
    cpu: dict[str, float] = field(default_factory=dict)

    @property
    def total(self) -> float:
        """CPU seconds of all groups."""
        return sum(self.cpu.values())


OWN = "benchmark"
"""The group of this process itself."""


def cpu_seconds(pid: int) -> float:
    """CPU that the process and everything below it used so far, its children that ended included.

    From the operating system's own accounting, in its resolution (10 ms on Linux). A process that is gone counts 0.
    """
    total = 0.0
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for member in [process, *process.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                times = member.cpu_times()
                total += times.user + times.system + times.children_user + times.children_system
    return total


@contextmanager
def cpu(pids: Mapping[str, int], *, own: bool = True) -> Iterator[Used]:
    """Measure the CPU of process trees (by group, each named by its root's pid) within the block.

    With `own` the benchmark's own threads count too, as the group `benchmark`.
    """

    def read() -> dict[str, float]:
        groups = {name: cpu_seconds(pid) for name, pid in pids.items()}
        return groups | ({OWN: time.process_time()} if own else {})

    used, before, started = Used(), read(), time.perf_counter()
    yield used
    used.wall = time.perf_counter() - started
    after = read()
    lost = [name for name in before if after[name] < before[name]]
    if lost:
        raise RuntimeError(f"{', '.join(lost)} ended or restarted while it was measured")
    used.cpu = {name: after[name] - before[name] for name in before}


@dataclass(frozen=True)
class Repeated:
    """Several runs of one measurement."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def noise(self) -> float:
        """Half the distance between the extremes, as a share of the median."""
        return (max(self.values) - min(self.values)) / 2 / self.median if self.median else 0.0

    def as_details(self) -> dict[str, Any]:
        """For a result's details."""
        return {
            "median": float(f"{self.median:.4g}"),
            "noise_percent": round(self.noise * 100, 1),
            "values": [float(f"{value:.4g}") for value in self.values],
        }


def repeat(once: Callable[[], float], times: int) -> Repeated:
    """Run a measurement `times` times and say each value."""
    values = []
    for number in range(1, times + 1):
        values.append(once())
        progress(f"  run {number} of {times}: {values[-1]:.4g}")
    return Repeated(tuple(values))
