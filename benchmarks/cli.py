"""`pong apply` of 1,000 new endpoints, in wall-clock seconds; a second apply must change nothing.

The details have the CPU of the client's start-up too (`pong --version`, `pong ls --help`: at most 0.2 s).
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.frame import Result, progress, run
from deploy.local.running import ROOT, RunningFleet, running_fleet

ENDPOINTS = 1000
RUNS, QUICK_RUNS = 5, 2
STARTS = 10
TARGET_SECONDS = 10
"""What issue 8 promises."""


def measure(*, quick: bool) -> Result:
    """Apply, apply again, prune, and once more with another account's names; the median of the first applies."""
    progress("starting a fleet")
    with running_fleet() as fleet, tempfile.TemporaryDirectory() as folder:
        pong = _Pong(fleet, Path(folder))
        rounds = [pong.round(number) for number in range(QUICK_RUNS if quick else RUNS)]
        starts = {" ".join(words): pong.start_cpu(*words) for words in (("--version",), ("ls", "--help"))}
    first, second, changed = (round(statistics.median(times), 2) for times in zip(*rounds, strict=True))
    details = {
        "endpoints": ENDPOINTS, "runs": len(rounds), "second_apply_seconds": second, "change_all_seconds": changed,
        "start_cpu_seconds": starts, "load_average": round(os.getloadavg()[0], 1),
    }  # fmt: skip
    return Result(first, details)


class _Pong:
    """The client with a key of its own."""

    def __init__(self, fleet: RunningFleet, folder: Path) -> None:
        key = fleet.sign_up("bench@example.com")["key"]
        self.environment = os.environ | {
            "PONG_API_KEY": key, "PONG_HOST": fleet.gateway_url, "XDG_CONFIG_HOME": str(folder), "LC_ALL": "C.UTF-8",
        }  # fmt: skip
        self.file = folder / "pong.yaml"

    def round(self, number: int) -> tuple[float, float, float]:
        """Seconds of a first apply, of a second that changes nothing, and of one that changes all; then removes all."""
        first = self.apply(number, interval=60, changes=ENDPOINTS)
        second = self.apply(number, interval=60, changes=0)
        changed = self.apply(number, interval=90, changes=ENDPOINTS)
        self.file.write_text("endpoints: []\n")
        self("apply", "--prune", "--yes", "--file", str(self.file))
        progress(f"  run {number + 1}: {first:.2f} s, again {second:.2f} s, changing all {changed:.2f} s")
        return first, second, changed

    def apply(self, number: int, *, interval: int, changes: int) -> float:
        """Seconds of one apply, which must make exactly so many changes."""
        entries = [
            {"key": f"run{number}-{index}", "url": f"https://{index}.invalid/", "interval": interval, "enabled": False}
            for index in range(ENDPOINTS)
        ]
        self.file.write_text(json.dumps({"endpoints": entries}))  # JSON is YAML
        started = time.monotonic()
        done = json.loads(self("apply", "--file", str(self.file), "--output", "json"))
        taken = time.monotonic() - started
        if len(done) != changes:
            raise RuntimeError(f"{len(done)} changes instead of {changes}")
        return taken

    def start_cpu(self, *words: str) -> float:
        """The median CPU seconds of some starts."""
        taken = []
        for _number in range(STARTS):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            self(*words)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        return round(statistics.median(taken), 3)

    def __call__(self, *arguments: str) -> str:
        command = [sys.executable, "-m", "pong_cli", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, check=True, capture_output=True, text=True)
        return done.stdout


if __name__ == "__main__":
    run(measure, name="cli", unit="s", target=TARGET_SECONDS, better="lower")
