"""`pongpong status` and `pongpong down`."""

import contextlib
import json
import time
import xmlrpc.client
from typing import TypedDict

import psutil

from deploy.local import supervisor
from deploy.local.data_dir import DataDir, Refused
from deploy.local.programs import STARTER, programs

STOP_SECONDS = 90


class Part(TypedDict):
    """A process of the fleet; `memory_bytes` with its children, `where` it listens or which queues it reads."""

    name: str
    up: bool
    state: str
    pid: int | None
    memory_bytes: int
    where: str


class Status(TypedDict, total=False):
    """What `--json` prints; without `memory_bytes` where nothing runs, or is just starting or stopping."""

    running: bool
    memory_bytes: int
    parts: list[Part]


def proportional_memory(pid: int) -> int:
    """Bytes of a process and its children: PSS, where the system tells it, so that shared pages count once."""
    total = 0
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        for member in [process, *process.children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                memory = member.memory_full_info()
                total += int(getattr(memory, "pss", 0) or memory.uss)
    return total


def parts(data: DataDir) -> list[Part]:
    """Each part, the supervisor last."""
    found: list[Part] = []
    known = programs(data)
    with supervisor.control(data) as control:
        processes = control.getAllProcessInfo()
    for info in processes:
        if info["name"] == STARTER:
            continue
        found.append({
            "name": info["name"],
            "up": info["statename"] == "RUNNING",
            "state": info["statename"].lower(),
            "pid": info["pid"] or None,
            "memory_bytes": proportional_memory(info["pid"]) if info["pid"] else 0,
            "where": known[info["name"]].where,
        })  # fmt: skip
    pid = data.running_pid()
    if pid:
        with contextlib.suppress(psutil.Error):
            memory = psutil.Process(pid).memory_full_info()
            found.append({
                "name": "supervisor", "up": True, "state": "running", "pid": pid,
                "memory_bytes": int(getattr(memory, "pss", 0) or memory.uss), "where": str(data.root),
            })  # fmt: skip
    return found


def show(data: DataDir, *, as_json: bool) -> int:
    """Print the parts; returns the exit code: 0 when all are up, 1 when one is not, 3 when nothing runs."""
    if data.running_pid() is None:
        print(json.dumps({"running": False, "parts": []}) if as_json else f"pongpong does not run on {data.root}.")
        return 3
    try:
        found = parts(data)
    except (OSError, xmlrpc.client.Error):
        print(json.dumps({"running": True, "parts": []}) if as_json else "pongpong is just starting or stopping.")
        return 1
    total = sum(part["memory_bytes"] for part in found)
    if as_json:
        print(json.dumps({"running": True, "memory_bytes": total, "parts": found}))
    else:
        print(f"{'part':28} {'state':9} {'pid':>7} {'memory':>8}  where")
        for part in found:
            print(
                f"{part['name']:28} {part['state']:9} {part['pid'] or '-':>7} {part['memory_bytes'] / 1e6:>5.0f} MB"
                f"  {part['where']}"
            )
        print(f"{'total':28} {'':9} {'':7} {total / 1e6:>5.0f} MB  {data.settings()['public_url']}")
    return 0 if all(part["up"] for part in found) else 1


def down(data: DataDir) -> None:
    """Stop the fleet and wait until it is gone."""
    pid = data.running_pid()
    if pid is None:
        print(f"pongpong does not run on {data.root}.")
        return
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(pid).terminate()
    deadline = time.monotonic() + STOP_SECONDS
    while data.running_pid() is not None:
        if time.monotonic() > deadline:
            raise Refused(f"It has not stopped within {STOP_SECONDS} s (pid {pid}); see {data.logs}/pongpong.log.")
        time.sleep(0.1)
    print("pongpong is down.")
