"""`make test`: every service's tests and the chart's, two suites at a time, then the fleet's and the browser's.

`make test ARGS="user_service"` runs what is named only (`chart` is the Helm chart). The last line counts everything.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue

from common.fleet import fleet
from deploy.local.testing import SHARED, TestParts, start_parts
from tests.browser import require_chromium
from tests.chart.tools import helm, require_prometheus

ROOT = Path(__file__).resolve().parents[1]
CHART = "tests/chart"
"""The Helm chart, which needs no fleet."""
SILENCE = "tests/test_silence.py"
"""A fleet of its own whose parts are taken away: nearly all of its time it waits for an alert."""
LONG = ("endpoint_check", "frontend", CHART, "user_service")
SUITES = [*LONG, "common", "pong_cli", *(name for name in fleet().services if name not in LONG), SILENCE]
"""The longest first."""
FLEET = "tests"
"""Runs alone, since it measures times, and says where it is, since it takes long."""
LANES = 2
"""Suites at the same time, each lane with parts of its own: a change feed waits for every transaction of its cluster.

What waits has a further lane.
"""
NO_TESTS = 5
"""pytest's exit code where it found none."""
COUNT = re.compile(r"(\d+) (passed|failed|skipped|errors?)\b")


@dataclass(frozen=True)
class Outcome:
    """What one suite came to."""

    suite: str
    code: int
    output: list[str]

    @property
    def ok(self) -> bool:
        return self.code in {0, NO_TESTS}

    def count(self, *names: str) -> int:
        """A number of pytest's last line."""
        last = self.output[-1] if self.output else ""
        return sum(int(number) for number, name in COUNT.findall(last) if name in names)

    @property
    def failed(self) -> int:
        """Failures and errors; a run that ended otherwise counts as one."""
        return self.count("failed", "error", "errors") or int(not self.ok)


def main() -> None:
    """Run the suites. Exit 1 where a test failed."""
    named = [{"chart": CHART}.get(name, name) for name in sys.argv[1:]] or [*SUITES, FLEET]
    if {FLEET, "frontend"} & set(named):
        require_chromium()
    if {FLEET, CHART, SILENCE} & set(named):
        require_prometheus()
        helm()
    outcomes = list(run_in_lanes([suite for suite in named if suite != FLEET]))
    if FLEET in named:
        outcomes.append(run(FLEET, start_parts()))
        report(outcomes[-1])
    failed = sum(outcome.failed for outcome in outcomes)
    passed, skipped = (sum(outcome.count(name) for outcome in outcomes) for name in ("passed", "skipped"))
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed else 0)


def run_in_lanes(suites: list[str]) -> Iterator[Outcome]:
    """Every suite, reported as it ends."""
    queues: list[SimpleQueue[str]] = [SimpleQueue(), SimpleQueue()]
    done: SimpleQueue[Outcome] = SimpleQueue()
    for suite in suites:
        queues[suite == SILENCE].put(suite)
    lanes = [queues[0]] * min(LANES, queues[0].qsize()) + [queues[1]] * queues[1].qsize()
    parts = [start_parts(lane) for lane in range(len(lanes))]

    def work(queue: SimpleQueue[str], parts: TestParts) -> None:
        while True:
            try:
                suite = queue.get_nowait()
            except Empty:
                return
            done.put(run(suite, parts))

    with ThreadPoolExecutor(LANES + 1) as pool:
        for lane in zip(lanes, parts, strict=True):
            pool.submit(work, *lane)
        for _ in suites:
            outcome = done.get()
            report(outcome)
            yield outcome


def run(suite: str, parts: TestParts) -> Outcome:
    """One pytest."""
    command = [sys.executable, "-m", "pytest", suite, "-q", "--color=no", "--tb=short", "--durations=5"]
    if suite == FLEET:
        command += [f"--ignore={CHART}", f"--ignore={SILENCE}"]
    environment = os.environ | {SHARED: f"{parts.database_server} {parts.broker_url}"}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        assert process.stdout is not None
        output = []
        for line in process.stdout:
            output.append(line)
            if suite == FLEET:
                print(line, end="", flush=True)
    return Outcome(suite, process.returncode, output)


def report(outcome: Outcome) -> None:
    """One line, and everything of a suite that failed."""
    if not outcome.ok and outcome.suite != FLEET:
        print("".join(outcome.output), flush=True)
    last = outcome.output[-1].strip() if outcome.output else f"exit {outcome.code}"
    print(f"{'ok' if outcome.ok else 'FAILED':6} {outcome.suite}: {last}", flush=True)


if __name__ == "__main__":
    main()
