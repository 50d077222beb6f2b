"""What a killed `up` left running: known by the pid files of its programs, and stopped."""

import contextlib
import os
from collections.abc import Iterator

import psutil

from common.processes.alive import runs, still_running
from deploy.local import postgres
from deploy.local.data_dir import DataDir

STOP_SECONDS = 20


def write_pid(data: DataDir, name: str) -> None:
    """Note this process as the program's; the start time tells it from a later process of the same pid."""
    (data.pids / name).write_text(f"{os.getpid()} {psutil.Process().create_time()}")


def processes(data: DataDir) -> Iterator[tuple[str, psutil.Process]]:
    """Every program that still runs, by its name, but PostgreSQL, which `pg_ctl` stops better."""
    if not data.pids.exists():
        return
    for file in sorted(data.pids.iterdir()):
        with contextlib.suppress(psutil.Error, OSError, ValueError):
            pid, created = file.read_text().split()
            process = psutil.Process(int(pid))
            if file.name != "postgres" and abs(process.create_time() - float(created)) < 1 and runs(process):
                yield file.name, process


def clean_up(data: DataDir) -> list[str]:
    """Stop them, the database last and gently; returns a line for each that was there. Only under the lock."""
    lines, found = [], []
    for name, process in processes(data):
        with contextlib.suppress(psutil.Error):
            found += [process, *process.children(recursive=True)]
            process.terminate()
            lines.append(f"Stopping {name} (pid {process.pid}), left over from a run that was killed.")
    late = still_running(found, STOP_SECONDS)
    for process in late:
        with contextlib.suppress(psutil.Error):
            process.kill()
    still_running(late, STOP_SECONDS)
    if data.exists and postgres.stop_leftover(data):
        lines.append("Stopped PostgreSQL, left over from a run that was killed.")
    return lines
