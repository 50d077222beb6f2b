"""How late the checks of 2,000 healthy sites begin (99 %) while 1,000 others hang, or 500 others are hostile; the worse."""

import statistics
import time
from datetime import UTC, datetime

from benchmarks.frame import Result, progress, run
from benchmarks.hostile_sites import ANSWERS, CONDITIONS, HostileSites
from benchmarks.load import endpoints_insert, ids_by_number, latenesses, loaded_fleet
from benchmarks.sites import Site
from deploy.local.running import RunningFleet

TARGET_S = 2.0
HEALTHY = 2_000
HOSTILE = 504
INTERVAL = 10


def measure(*, quick: bool) -> Result:
    """Without any that hangs, with one out of ten, with 1,000, and with HOSTILE ones, which another account watches.

    A hanging one takes its whole timeout each time. With `quick` only the hostile ones.
    """
    seconds = 10 if quick else 60
    found = {"hostile": _late(0, seconds, hostile=HOSTILE)}
    if not quick:
        for name, hanging in {"none": 0, "one_in_ten": HEALTHY // 9, "thousand": 1_000}.items():
            found[name] = _late(hanging, seconds)
    worst = max(case["p99_s"] for case in found.values())
    return Result(worst, {"healthy": HEALTHY, "interval": INTERVAL, "hanging": found})


def _late(hanging: int, seconds: float, *, hostile: int = 0) -> dict[str, float]:
    """How late the healthy ones are, in s."""
    progress(f"starting a fleet: {hanging} hang, {hostile} are hostile")
    with Site() as site, HostileSites() as bad:
        urls = {site.url: HEALTHY, f"{site.url}hang/": hanging}
        with loaded_fleet({url: count for url, count in urls.items() if count}, interval=INTERVAL) as fleet:
            if hostile:
                key = fleet.sign_up("attacker@example.com")["key"]
                for name in ANSWERS:
                    endpoints_insert(
                        fleet, key, url=f"{bad.url}{name}/", count=hostile // len(ANSWERS), interval=INTERVAL,
                        assertions=CONDITIONS.get(name, []),
                    )  # fmt: skip
            time.sleep(INTERVAL)
            start = datetime.now(UTC)
            time.sleep(seconds)
            end = datetime.now(UTC)
            ids = ids_by_number(fleet, site.url)
            visits = [(ids[number], at) for number, at in site.visits()]
            response_ms = _response_time(fleet, since=start)
    late = latenesses(visits, interval=INTERVAL, start=start, end=end)
    figures = {
        "checks": len(late),
        "median_s": round(statistics.median(late), 3),
        "p99_s": round(statistics.quantiles(late, n=100)[98], 3),
        "latest_s": round(max(late), 3),
        "response_ms": response_ms,
    }
    progress(f"  {figures}")
    return figures


def _response_time(fleet: RunningFleet, *, since: datetime) -> float:
    """The median that the healthy ones are told, in ms: it should not depend on the others either."""
    connection = fleet.connect("report_service")
    ends, median = time.monotonic() + 30, None
    with connection.cursor() as cursor:
        while median is None and time.monotonic() < ends:
            cursor.execute(
                "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY total_ms) FROM report"
                " WHERE http_status = 200 AND status = 0 AND checked_at > %s",
                [since],
            )
            [(median,)] = cursor.fetchall()
            time.sleep(1)
    connection.close()
    if median is None:
        raise RuntimeError("No result of a healthy site was stored")
    return round(float(median), 1)


if __name__ == "__main__":
    run(measure, name="hanging", unit="s", target=TARGET_S, better="lower")
