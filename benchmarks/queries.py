"""The slowest 5 % of questions to report_service over 21.6 million results of 500 endpoints: list, summary, overview."""

import http.client
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import history
from benchmarks.frame import Result, progress, run
from benchmarks.surroundings import as_user, service_here
from deploy.local import ports

ENDPOINTS = 500
TARGETS = {"list_ms": 50, "list_user_ms": 50, "summary_ms": 30, "overview_ms": 150}
PATHS = {
    "list_ms": "/api/reports?endpoint_id={endpoint}&per_page=100&page={page}",
    "list_user_ms": "/api/reports?per_page=100&page={page}",
    "summary_ms": "/api/endpoints/{endpoint}/summary?period=365d",
    "overview_ms": "/api/overview",
}
MORE = {
    "list_down_ms": "/api/reports?status=down&per_page=100",
    "list_span_ms": "/api/reports?endpoint_id={endpoint}&per_page=100&from={since}",
    "series_30d_ms": "/api/endpoints/{endpoint}/series?period=30d",
    "summary_30d_ms": "/api/endpoints/{endpoint}/summary?period=30d",
}


def measure(*, quick: bool) -> Result:
    """The worst share of its target that any question's 95th percentile takes, over HTTP at the service itself.

    Asked of 2 million results first, then of all, to see that the cost does not grow with history.
    """
    parts = service_here("report_service")
    sizes, times = ((1,), 15) if quick else ((3, 30), 200)
    by_size: dict[int, dict[str, float]] = {}
    already = held = 0
    for days in sizes:
        progress(f"writing a history of {days} days")
        held = history.provide(parts, endpoints=ENDPOINTS, days=days, rollup_days=365, already=already)
        with service_running() as port:
            by_size[held] = {name: _p95(name, path, port, times) for name, path in {**PATHS, **MORE}.items()}
        already = days
    details = {"endpoints": ENDPOINTS, "targets": TARGETS, "p95_by_rows_held": by_size}
    return Result(max(by_size[held][name] / target for name, target in TARGETS.items()), details)


@contextmanager
def service_running() -> Iterator[int]:
    """report_service under gunicorn, as the fleet runs it; yields its port."""
    port = ports.pick(["report_service"], {})["report_service"]
    command = [str(Path(sys.executable).with_name("gunicorn")), "-c", "python:common.gunicorn"]
    process = subprocess.Popen(command, env=os.environ | {"BIND": f"127.0.0.1:{port}"})
    try:
        _wait(port)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait(port: int) -> None:
    for _ in range(150):
        try:
            if _get(http.client.HTTPConnection("127.0.0.1", port, timeout=5), "/health/ready")[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise RuntimeError("report_service did not come up")


def _get(connection: http.client.HTTPConnection, path: str) -> tuple[int, bytes]:
    connection.request("GET", path, headers=as_user(history.USER_ID))
    answer = connection.getresponse()
    return answer.status, answer.read()


def _p95(name: str, path: str, port: int, times: int) -> float:
    """Milliseconds until one client has the whole answer, at the 95th percentile."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    since = history.days_back(1)[0].isoformat().replace("+", "%2B")
    took = []
    for number in range(times + 3):
        asked = path.format(endpoint=1 + number * 37 % ENDPOINTS, page=1 + number % 10, since=since)
        started = time.perf_counter()
        status, body = _get(connection, asked)
        took.append((time.perf_counter() - started) * 1000)
        if status != 200 or json.loads(body).get("items", [1]) == []:
            raise RuntimeError(f"{asked}: {status} {body[:300]!r}")
    p95 = statistics.quantiles(took[3:], n=20, method="inclusive")[-1]
    progress(f"  {name}: median {statistics.median(took[3:]):.1f}, p95 {p95:.1f}")
    return round(p95, 2)


if __name__ == "__main__":
    run(measure, name="queries", unit="of the target", target=1, better="lower")
