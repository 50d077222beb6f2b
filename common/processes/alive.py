"""Whether processes still run: one that ended and that nobody has waited for yet does not.

Where a parent dies first, its children go to process 1, and not every machine's process 1 waits for them at once
(a container's often never does). They hold nothing but their number, so nobody may wait for them or call them alive. Needs psutil.
"""

import time
from collections.abc import Iterable

import psutil


def runs(process: psutil.Process) -> bool:
    """Whether it still executes, not as a zombie either."""
    try:
        return process.is_running() and process.status() not in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}
    except psutil.NoSuchProcess:
        return False


def still_running(processes: Iterable[psutil.Process], within: float) -> list[psutil.Process]:
    """Those that run when all have ended or `within` seconds are over, whichever comes first."""
    left, ends = [process for process in processes if runs(process)], time.monotonic() + within
    while left and time.monotonic() < ends:
        time.sleep(0.05)
        left = [process for process in left if runs(process)]
    return left
