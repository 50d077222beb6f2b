"""The dashboard of 500 endpoints with 90 days of history, as its user waits for it: the slowest 5 % of page loads.

The details have the calls to the API that it takes, and bytes as they travel: the page with everything that it loads,
and one live refresh.
"""

import gzip
import re
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from benchmarks.frame import Result, progress, run
from benchmarks.sites import Site
from deploy.local.running import RunningFleet, running_fleet
from report_service.rollups import rollup_columns

ENDPOINTS = 500
DAYS = 90
EMAIL, PASSWORD = "pages@example.com", "a long enough passphrase"
TARGET_MS = 300
BYTES = {"page_bytes": 300_000, "refresh_bytes": 20_000}
CALLS = 3
BATCH = 5000
ROWS_PER_DAY = 96
"""A result every 15 minutes: what the dashboard reads are hours and days, however many results they are of."""
_COPY_DAY = """
INSERT INTO rollup_day (endpoint_id, user_id, start, region, {columns})
SELECT endpoint_id, user_id, start - make_interval(days => back), region, {columns}
FROM rollup_day, generate_series(1, %s) AS back WHERE start = (SELECT min(start) FROM rollup_day)
"""


def measure(*, quick: bool) -> Result:
    """Page loads one after another by one user; the fleet checks nothing meanwhile."""
    times = 20 if quick else 200
    with Site() as site:
        progress("starting a fleet")
        with running_fleet() as fleet:
            _fill(fleet, site)
            return _measure(fleet, times)


def _measure(fleet: RunningFleet, times: int) -> Result:
    visitor = Visitor(fleet)
    page = visitor.get("/dashboard")
    whole = len(page.raw_bytes) + sum(len(visitor.get(link).raw_bytes) for link in page.links())
    refresh = page.attribute("hx-get", "/dashboard/live")
    found = {"page": _times(visitor, "/dashboard", times), "refresh": _times(visitor, refresh, times)}
    calls = {name: _calls(fleet, visitor, path) for name, path in (("page", "/dashboard"), ("refresh", refresh))}
    sizes = {"page_bytes": whole, "refresh_bytes": len(visitor.get(refresh).raw_bytes)}
    p95 = {name: statistics.quantiles(took, n=20, method="inclusive")[-1] for name, took in found.items()}
    details: dict[str, Any] = {
        "endpoints": ENDPOINTS, "days": DAYS, "loads": times, "rows_on_the_page": page.text.count("endpoint-row") - 1,
        "median_ms": round(statistics.median(found["page"]), 1), "refresh_p95_ms": round(p95["refresh"], 1),
        "api_calls": calls, **sizes,
        "within": {
            "api_calls": calls["page"] <= CALLS, **{name: sizes[name] <= most for name, most in BYTES.items()}
        },
    }  # fmt: skip
    return Result(p95["page"], details)


def _times(visitor: "Visitor", path: str, times: int) -> list[float]:
    """Milliseconds of each load."""
    for _ in range(3):
        visitor.get(path)
    took = []
    for _ in range(times):
        started = time.perf_counter()
        visitor.get(path)
        took.append((time.perf_counter() - started) * 1000)
    progress(f"  {path[:30]}: median {statistics.median(took):.0f} ms, longest {max(took):.0f} ms")
    return took


def _calls(fleet: RunningFleet, visitor: "Visitor", path: str) -> int:
    """Requests to the services' public APIs for one load, from their own counters."""
    before = _counted(fleet)
    visitor.get(path)
    return _counted(fleet) - before


def _counted(fleet: RunningFleet) -> int:
    total = 0.0
    for service in ("endpoint_service", "report_service", "user_service", "notification_service"):
        metrics = requests.get(f"{fleet.service_url(service)}/metrics", timeout=10).text
        pattern = r'^django_http_requests_total_by_view_transport_method_total\{.*view="([^"]+)".*\} (\S+)$'
        for view, count in re.findall(pattern, metrics, re.MULTILINE):
            total += float(count) if view.startswith(f"{service}.") and "internal" not in view else 0
    return int(total)


class Page:
    """An answer, with the bytes that travelled."""

    def __init__(self, answer: requests.Response) -> None:
        self.raw_bytes: bytes = answer.raw.read(decode_content=False)
        packed = answer.headers.get("Content-Encoding") == "gzip"
        self.text = (gzip.decompress(self.raw_bytes) if packed else self.raw_bytes).decode()

    def links(self) -> list[str]:
        """What a browser loads along with it."""
        return re.findall(r'<(?:link|script)[^>]* (?:href|src)="(/static/[^"]+)"', self.text)

    def attribute(self, name: str, start: str) -> str:
        """The first attribute of this name whose value starts so."""
        found = re.search(rf'{name}="({re.escape(start)}[^"]*)"', self.text)
        if found is None:
            raise RuntimeError(f"The page has no {name} to {start}")
        return found[1].replace("&amp;", "&")


class Visitor:
    """A browser without eyes: keeps cookies, takes gzip."""

    def __init__(self, fleet: RunningFleet) -> None:
        self.base = fleet.frontend_url
        self.http = requests.Session()
        self.http.trust_env = False
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.http.get(f"{self.base}/login").text)
        form = {"email": EMAIL, "password": PASSWORD, "csrfmiddlewaretoken": token[1] if token else ""}
        answer = self.http.post(f"{self.base}/login", form, headers={"Referer": f"{self.base}/login"})
        if not answer.url.endswith("/dashboard"):
            raise RuntimeError(f"Logging in led to {answer.url}")

    def get(self, path: str) -> Page:
        """Load a page; raises for everything but 200."""
        answer = self.http.get(f"{self.base}{path}", headers={"Accept-Encoding": "gzip"}, stream=True, timeout=60)
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code}")
        return Page(answer)


def _fill(fleet: RunningFleet, site: Site) -> None:
    """500 endpoints, their results of the last day, and days like it before."""
    progress(f"making {ENDPOINTS} endpoints and their history")
    user, started = fleet.sign_up(EMAIL), datetime.now(UTC)
    made = [
        {"url": f"{site.url}{number}", "name": f"Service {number:03}", "interval": 86400, "tags": ["web"]}
        for number in range(ENDPOINTS)
    ]
    answer = requests.post(
        f"{fleet.public_url('endpoint_service')}/endpoints/bulk", json={"action": "create", "endpoints": made},
        headers={"apikey": user["key"]}, timeout=60,
    )  # fmt: skip
    answer.raise_for_status()
    ids = [result["id"] for result in answer.json()["results"]]
    rows = list(_rows(user["id"], ids))
    for start in range(0, len(rows), BATCH):
        requests.post(
            f"{fleet.service_url('report_service')}/reports", json=rows[start : start + BATCH],
            headers=fleet.internal_headers, timeout=60,
        ).raise_for_status()  # fmt: skip
    connection = fleet.connect("report_service")
    with connection.cursor() as cursor:
        cursor.execute(_COPY_DAY.format(columns=", ".join(rollup_columns.ROLLUP_COLUMNS)), [DAYS - 1])
        cursor.execute("ANALYZE")
    connection.close()
    _wait_until_checked(fleet, user["key"], since=started)


def _rows(user_id: int, ids: list[int]) -> Iterator[dict[str, Any]]:
    """A day of results; every fiftieth endpoint was down for a while."""
    now = datetime.now(UTC)
    step = timedelta(days=1) / ROWS_PER_DAY
    for back in range(ROWS_PER_DAY, 0, -1):
        for endpoint_id in ids:
            down = endpoint_id % 50 == 0 and 20 < back < 30
            yield {
                "endpoint_id": endpoint_id, "user_id": user_id, "region": "default",
                "checked_at": (now - back * step + timedelta(milliseconds=endpoint_id)).isoformat(),
                "status": "down" if down else "up", "state": "down" if down else "up",
                "covers_ms": step.total_seconds() * 1000, "http_status": 200, "total_ms": 80.0 + (endpoint_id + back) % 60,
                "phases": {"connect_ms": 10, "first_byte_ms": 60}, "resolved_ip": "127.0.0.1",
            }  # fmt: skip


def _wait_until_checked(fleet: RunningFleet, key: str, *, since: datetime) -> None:
    """Until report_service knows all endpoints, and the checker has been at each once."""
    overview = f"{fleet.public_url('report_service')}/overview"
    for _ in range(240):
        items = requests.get(overview, headers={"apikey": key}, timeout=60).json()["items"]
        checked = [datetime.fromisoformat(one["last_result"]["checked_at"]) for one in items if one["last_result"]]
        if len(checked) == ENDPOINTS and min(checked) > since:
            return
        time.sleep(0.5)
    raise RuntimeError("The endpoints were not all checked within two minutes")


if __name__ == "__main__":
    run(measure, name="pages", unit="ms", target=TARGET_MS, better="lower")
