"""Memory that report_service takes more while it exports 5 million results, as CSV and as JSON lines."""

import http.client
import os
import threading
import time
from datetime import datetime

import psutil

from benchmarks import history
from benchmarks.frame import Result, progress, run
from benchmarks.queries import service_running
from benchmarks.surroundings import as_user, service_here

ENDPOINTS = 500
TARGET = 32
_BLOCK = 1 << 20


class Watch(threading.Thread):
    """The most memory that all children of this process hold, in MB (resident, shared pages counted in each)."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak, self.ended = 0.0, threading.Event()

    def run(self) -> None:
        while not self.ended.wait(0.05):
            self.peak = max(self.peak, resident())


def resident() -> float:
    """Memory of the service's processes now, in MB."""
    members = psutil.Process(os.getpid()).children(recursive=True)
    return sum(member.memory_info().rss for member in members if "gunicorn" in " ".join(member.cmdline())) / 2**20


def measure(*, quick: bool) -> Result:
    """The greatest growth of any export over what the service holds after a small one of the same kind."""
    parts = service_here("report_service")
    days, endpoints = (1, 50) if quick else (7, ENDPOINTS)
    progress("writing history")
    held = history.provide(parts, endpoints=endpoints, days=30 if parts.kept and not quick else days, rollup_days=365)
    rows, whole = endpoints * days * 1440, f"from={_moment(history.days_back(days)[0])}"
    grown: dict[str, float] = {}
    details: dict[str, object] = {}
    with service_running() as port:
        for kind in ("csv", "jsonl"):
            _export(port, f"{kind}&from={_moment(history.days_back(1)[0].replace(hour=23, minute=30))}")
            before, watch, started = resident(), Watch(), time.monotonic()
            watch.start()
            lines, size = _export(port, f"{kind}&{whole}")
            watch.ended.set()
            watch.join()
            if lines != rows + (kind == "csv"):
                raise RuntimeError(f"{lines} lines of {rows} results")
            grown[kind] = max(watch.peak - before, 0)
            seconds = round(time.monotonic() - started, 1)
            details[kind] = {"before_mb": round(before, 1), "grown_mb": round(grown[kind], 1), "mb": size, "s": seconds}
            progress(f"  {kind}: {details[kind]}")
    return Result(max(grown.values()), {"rows": rows, "rows_held": held, **details})


def _moment(value: datetime) -> str:
    """For an address."""
    return value.isoformat().replace("+", "%2B")


def _export(port: int, what: str) -> tuple[int, int]:
    """Read an export to its end; how many lines it had, and how many MB."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    address = f"/api/reports/export?format={what}"
    connection.request("GET", address, headers=as_user(history.USER_ID))
    answer = connection.getresponse()
    if answer.status != 200:
        raise RuntimeError(f"{address}: {answer.status}")
    lines = size = 0
    while block := answer.read(_BLOCK):
        lines += block.count(b"\n")
        size += len(block)
    connection.close()
    return lines, size >> 20


if __name__ == "__main__":
    run(measure, name="export", unit="MB", target=TARGET, better="lower")
