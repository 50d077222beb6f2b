"""`make test`: every service's tests on one shared PostgreSQL and Valkey, then the fleet's and the browser's.

`make test ARGS="user_service"` runs what is named only. The last line counts everything.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

from common.fleet import fleet
from deploy.local.testing import SHARED, start_parts
from tests.browser import require_chromium

ROOT = Path(__file__).resolve().parents[1]
SUITES = ["common", *fleet().services, "pong_cli", "tests"]
FIRST = 2
"""Suites of one service that run at the same time."""
COUNT = re.compile(r"(\d+) (passed|failed|skipped|errors?)")


def main() -> None:
    """Run the suites; the fleet's own alone, since it measures times. Exit 1 where a test failed."""
    suites = sys.argv[1:] or [name for name in SUITES if any((ROOT / name).rglob("test_*.py"))]
    if {"tests", "frontend"} & set(suites):
        require_chromium()
    parts = start_parts()
    environment = os.environ | {SHARED: f"{parts.database_server} {parts.broker_url}"}
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    small = [suite for suite in suites if suite != "tests"]
    running: list[tuple[str, float, subprocess.Popen[str]]] = []
    while small or running:
        while small and len(running) < FIRST:
            suite = small.pop(0)
            running.append((suite, time.monotonic(), _start(suite, environment)))
        suite, started, process = running.pop(0)
        _finish(suite, started, process, counts)
    if "tests" in suites:
        _finish("tests", time.monotonic(), _start("tests", environment), counts)
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    sys.exit(1 if counts["failed"] else 0)


def _start(suite: str, environment: dict[str, str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "pytest", suite, "-q", "--color=no", "--tb=short"]
    if suite == "tests":
        # What takes long says where it is.
        command += ["-v", "--durations=10"]
        return subprocess.Popen(command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE)
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def _finish(suite: str, started: float, process: "subprocess.Popen[str]", counts: dict[str, int]) -> None:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if suite == "tests":
            print(line, end="", flush=True)
    code = process.wait()
    found = {name: int(number) for number, name in COUNT.findall(lines[-1] if lines else "")}
    for name in counts:
        counts[name] += found.get(name, 0)
    counts["failed"] += found.get("error", 0) + found.get("errors", 0)
    if code not in {0, 5} and not found.get("failed"):
        counts["failed"] += 1
    if code not in {0, 5} and suite != "tests":
        print("".join(lines), flush=True)
    print(f"{'ok' if code in {0, 5} else 'FAILED':6} {suite}: {lines[-1].strip() if lines else code}", flush=True)


if __name__ == "__main__":
    main()
