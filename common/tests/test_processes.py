"""A process that ended and was not waited for is not alive."""

import subprocess
import time

import psutil

from common.processes.alive import runs, still_running


def test_a_zombie_does_not_run():
    with subprocess.Popen(["/bin/true"]) as ended:
        process = psutil.Process(ended.pid)
        until = time.monotonic() + 10
        while process.status() != psutil.STATUS_ZOMBIE and time.monotonic() < until:
            time.sleep(0.01)
        assert process.is_running(), "nobody has waited for it"
        assert not runs(process)
        assert still_running([process], within=5) == []


def test_what_sleeps_runs():
    with subprocess.Popen(["/bin/sleep", "60"]) as sleeping:
        process = psutil.Process(sleeping.pid)
        assert still_running([process], within=0.1) == [process]
        sleeping.kill()
    assert not runs(process)
