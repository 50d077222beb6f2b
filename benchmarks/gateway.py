"""Requests per CPU second through the gateway with a valid key, as a share of the same requests to the service itself."""

import threading
import time
from collections.abc import Mapping

import requests

from benchmarks.frame import Repeated, Result, cpu, progress, run
from deploy.local.running import RunningFleet, running_fleet

SERVICE = "endpoint_service"
PATH = "/endpoints"
"""A plain list: what the web app and API clients ask for most."""
PARTS = ("gateway", "user_service", SERVICE, "postgres", "valkey")
THREADS = 4
TARGET = 0.65
"""Proxy and key check together may cost half of what the request costs that they guard."""


def measure(*, quick: bool) -> Result:
    """Rounds of both ways in turn; what the idle fleet burns meanwhile is measured first and taken off."""
    rounds, count = (2, 300) if quick else (5, 2000)
    progress("starting a fleet")
    with running_fleet() as fleet:
        user = fleet.sign_up()
        ways = {
            "gateway": (f"{fleet.public_url(SERVICE)}{PATH}", {"apikey": user["key"]}),
            "direct": (
                f"{fleet.service_url(SERVICE)}/api{PATH}",
                {**fleet.internal_headers, "X-Consumer-Custom-ID": str(user["id"])},
            ),
        }
        for url, headers in ways.values():
            _send(url, headers, 200)
        idle = _idle(fleet, seconds=4 if quick else 20)
        costs: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
        for number in range(1, rounds + 1):
            for way, (url, headers) in ways.items():
                costs[way].append(_cost(fleet, url, headers, count, idle))
            ratio = sum(costs["direct"][-1].values()) / sum(costs["gateway"][-1].values())
            progress(f"  round {number} of {rounds}: {ratio:.3f}")
    ratios = Repeated(
        tuple(
            sum(direct.values()) / sum(gateway.values())
            for direct, gateway in zip(costs["direct"], costs["gateway"], strict=True)
        )
    )
    details = {way: _summary(costs[way]) for way in ways}
    return Result(ratios.median, {"ratio": ratios.as_details(), "requests": count * rounds, **details})


def _send(url: str, headers: Mapping[str, str], count: int) -> None:
    """Send `count` requests from a few threads; each must be answered with 200."""
    failures: list[str] = []

    def client() -> None:
        with requests.Session() as session:
            session.trust_env = False
            for _ in range(count // THREADS):
                answer = session.get(url, headers=headers, timeout=30)
                if answer.status_code != 200:
                    failures.append(f"{answer.status_code} {answer.text[:200]}")
                    return

    threads = [threading.Thread(target=client) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise RuntimeError(f"{url} answered {failures[0]}")


def _idle(fleet: RunningFleet, *, seconds: float) -> dict[str, float]:
    """CPU seconds a second of each part while nobody calls."""
    with cpu(fleet.pids(*PARTS), own=False) as used:
        time.sleep(seconds)
    return {name: spent / used.wall for name, spent in used.cpu.items()}


def _cost(
    fleet: RunningFleet, url: str, headers: Mapping[str, str], count: int, idle: Mapping[str, float]
) -> dict[str, float]:
    """Milliseconds of CPU a request, by part."""
    with cpu(fleet.pids(*PARTS), own=False) as used:
        _send(url, headers, count)
    return {name: (spent - idle[name] * used.wall) / count * 1000 for name, spent in used.cpu.items()}


def _summary(costs: list[dict[str, float]]) -> dict[str, object]:
    parts = {name: round(sum(cost[name] for cost in costs) / len(costs), 3) for name in PARTS}
    total = sum(parts.values())
    return {"ms_cpu_per_request": parts, "requests_per_cpu_second": round(1000 / total)}


if __name__ == "__main__":
    run(measure, name="gateway", unit="of direct", target=TARGET, better="higher")
