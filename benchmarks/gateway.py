"""Requests per CPU second through the gateway with a valid key, as a share of the same requests to the service itself."""

import threading
import time
from collections.abc import Mapping, Sequence
from itertools import cycle, islice
from typing import Any

import requests

from benchmarks.frame import Repeated, Result, cpu, progress, run
from deploy.local.running import RunningFleet, running_fleet

SERVICE = "endpoint_service"
PATH = "/endpoints"
"""A plain list: what the web app and API clients ask for most."""
PARTS = ("gateway", "user_service", SERVICE, "postgres", "valkey")
CHECKERS = ("user_service", "postgres")
USERS, KEYS = 5, 49
"""Whose keys are checked for the first time, and how many each has (an account may have 50)."""
THREADS = 4
TARGET = 0.65
"""Proxy and key check together may cost half of what the request costs that they guard."""


def measure(*, quick: bool) -> Result:
    """Rounds of both ways in turn, then the key check alone; what the idle fleet burns is measured first and taken off."""
    rounds, count = (2, 300) if quick else (5, 2000)
    progress("starting a fleet")
    with running_fleet() as fleet:
        user = fleet.sign_up()
        ways = {
            "gateway": (f"{fleet.public_url(SERVICE)}{PATH}", {"apikey": user["key"]}),
            "direct": (
                f"{fleet.service_url(SERVICE)}/api{PATH}",
                fleet.user_headers(user["id"]),
            ),
        }
        for url, headers in ways.values():
            _send(url, [headers], 200)
        idle = _idle(fleet, seconds=4 if quick else 20)
        costs: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
        for number in range(1, rounds + 1):
            for way, (url, headers) in ways.items():
                costs[way].append(_cost(fleet, url, [headers], count, idle))
            ratio = sum(costs["direct"][-1].values()) / sum(costs["gateway"][-1].values())
            progress(f"  round {number} of {rounds}: {ratio:.3f}")
        checks = _key_checks(fleet, user["key"], rounds, count, idle)
    ratios = Repeated(
        tuple(
            sum(direct.values()) / sum(gateway.values())
            for direct, gateway in zip(costs["direct"], costs["gateway"], strict=True)
        )
    )
    details = {way: _summary(costs[way]) for way in ways}
    details["key_check"] = {"cached": _summary(checks[0], CHECKERS), "uncached": _summary(checks[1], CHECKERS)}
    return Result(ratios.median, {"ratio": ratios.as_details(), "requests": count * rounds, **details})


def _key_checks(
    fleet: RunningFleet, key: str, rounds: int, count: int, idle: Mapping[str, float]
) -> tuple[list[dict[str, float]], list[dict[str, float]]]:
    """Costs of checking a key that is cached, and keys that are not, asked as the gateway asks."""
    check = f"{fleet.service_url('user_service')}/auth"
    others = [fleet.sign_up(f"user{number}@example.com")["key"] for number in range(USERS)]
    unseen = [_named_key(fleet, other)["key"] for other in others for _ in range(KEYS)]
    cached, uncached = [], []
    for number in range(1, rounds + 1):
        cached.append(_cost(fleet, check, [{**fleet.internal_headers, "apikey": key}], count, idle))
        _clear_cache(fleet, key)
        asked = [{**fleet.internal_headers, "apikey": one} for one in unseen]
        uncached.append(_cost(fleet, check, asked, len(asked), idle))
        user_service = [f"{costs[-1]['user_service']:.2f}" for costs in (cached, uncached)]
        progress(f"  key check, round {number} of {rounds}: {' and '.join(user_service)} ms in user_service")
    return cached, uncached


def _named_key(fleet: RunningFleet, key: str) -> dict[str, Any]:
    answer = requests.post(
        f"{fleet.public_url('user_service')}/keys", json={"name": "benchmark"}, headers={"apikey": key}, timeout=30
    )
    answer.raise_for_status()
    made: dict[str, Any] = answer.json()
    return made


def _clear_cache(fleet: RunningFleet, key: str) -> None:
    """Any revocation does."""
    url = f"{fleet.public_url('user_service')}/keys/{_named_key(fleet, key)['id']}"
    requests.delete(url, headers={"apikey": key}, timeout=30).raise_for_status()


def _send(url: str, headers: Sequence[Mapping[str, str]], count: int) -> None:
    """Send `count` requests from a few threads, with each of `headers` in turn; each must be answered with 200."""
    failures: list[str] = []

    def client(first: int) -> None:
        with requests.Session() as session:
            session.trust_env = False
            for sent in islice(cycle(headers), first, count, THREADS):
                answer = session.get(url, headers=sent, timeout=30)
                if answer.status_code != 200:
                    failures.append(f"{answer.status_code} {answer.text[:200]}")
                    return

    threads = [threading.Thread(target=client, args=(first,)) for first in range(THREADS)]
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
    fleet: RunningFleet, url: str, headers: Sequence[Mapping[str, str]], count: int, idle: Mapping[str, float]
) -> dict[str, float]:
    """Milliseconds of CPU a request, by part."""
    with cpu(fleet.pids(*PARTS), own=False) as used:
        _send(url, headers, count)
    return {name: (spent - idle[name] * used.wall) / count * 1000 for name, spent in used.cpu.items()}


def _summary(costs: list[dict[str, float]], named: Sequence[str] = PARTS) -> dict[str, object]:
    parts = {name: round(sum(cost[name] for cost in costs) / len(costs), 3) for name in named}
    total = sum(parts.values())
    return {"ms_cpu_per_request": parts, "requests_per_cpu_second": round(1000 / total)}


if __name__ == "__main__":
    run(measure, name="gateway", unit="of direct", target=TARGET, better="higher")
