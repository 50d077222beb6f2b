"""The frame of the benchmarks: the line that each prints last, CPU accounting, and the table."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks import __main__ as table
from benchmarks.frame import Result, cpu, cpu_seconds, repeat, result_line

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    ("value", "better", "passes"),
    [(3.0, "higher", True), (2.9, "higher", False), (3.0, "lower", True), (3.1, "lower", False)],
)
def test_the_last_line_is_one_json_object(value, better, passes):
    line = result_line("toy", Result(value, {"runs": 1}), unit="x", target=3, better=better)

    assert json.loads(line) == {
        "name": "toy",
        "value": value,
        "unit": "x",
        "target": 3,
        "better": better,
        "pass": passes,
        "details": {"runs": 1},
    }


def test_cpu_of_a_child_that_ended_is_counted():
    burn = "import time\nwhile time.process_time() < 0.3: pass"
    parent = subprocess.Popen(
        [sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}]); input()"],
        stdin=subprocess.PIPE,
    )
    try:
        with cpu({"tree": parent.pid}) as used:
            deadline = time.monotonic() + 20
            while cpu_seconds(parent.pid) < 0.3:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        assert used.cpu["tree"] >= 0.2
        assert set(used.cpu) == {"tree", "benchmark"}
    finally:
        parent.communicate(b"\n")


def test_a_process_that_ends_while_it_is_measured_spoils_the_measurement():
    child = subprocess.Popen(
        [sys.executable, "-c", "import time\nwhile time.process_time() < 0.2: pass\ninput()"], stdin=subprocess.PIPE
    )
    while cpu_seconds(child.pid) < 0.1:
        time.sleep(0.02)

    with pytest.raises(RuntimeError, match="child ended or restarted"), cpu({"child": child.pid}):
        child.communicate(b"\n")


def test_repetitions_give_median_and_noise():
    values = iter([2.0, 1.0, 3.0])

    found = repeat(lambda: next(values), 3)

    assert (found.median, found.noise) == (2.0, 0.5)


@pytest.mark.parametrize("name", table.names())
def test_every_benchmark_has_a_subject_and_a_line_in_the_readme(name):
    assert table.subject(name)
    assert name in table.rows()


@pytest.mark.parametrize("name", table.names())
def test_every_benchmark_takes_quick(name):
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", "--help"],
        cwd=ROOT, check=True, capture_output=True, text=True, timeout=60, env=os.environ,
    )  # fmt: skip
    assert "--quick" in done.stdout


def test_the_table_has_no_line_of_a_benchmark_that_is_gone():
    assert set(table.rows()) <= set(table.names())
