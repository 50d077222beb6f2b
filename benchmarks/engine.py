"""Checks per CPU second of the engine, with assertion, phases and address rule, as a share of a bare libcurl loop's."""

import gc
import statistics
import time

import pycurl

from benchmarks.frame import Result, progress, run
from benchmarks.sites import Site
from benchmarks.surroundings import service_here

IN_FLIGHT = 100


def bare(url: str, checks: int) -> float:
    """CPU seconds of a loop that does nothing but transfer, each time on a connection of its own."""
    multi, free, started, done = pycurl.CurlMulti(), [], 0, 0
    for _ in range(IN_FLIGHT):
        curl = pycurl.Curl()
        curl.setopt(pycurl.URL, url)
        curl.setopt(pycurl.WRITEFUNCTION, lambda _: None)
        curl.setopt(pycurl.FRESH_CONNECT, 1)
        curl.setopt(pycurl.FORBID_REUSE, 1)
        curl.setopt(pycurl.NOSIGNAL, 1)
        free.append(curl)
    before = time.process_time()
    while done < checks:
        while free and started < checks:
            multi.add_handle(free.pop())
            started += 1
        multi.perform()
        _, good, bad = multi.info_read(IN_FLIGHT)
        if bad:
            raise RuntimeError(f"The site failed: {bad[0][2]}")
        for curl in good:
            multi.remove_handle(curl)
            free.append(curl)
        done += len(good)
        if done < checks and not good:
            multi.select(1.0)
    return time.process_time() - before


def engine(url: str, checks: int) -> float:
    """CPU seconds of the engine for the same, from the spec's text to the outcome."""
    from common.security.addresses import AddressRule  # noqa: PLC0415  needs service_here
    from endpoint_check.engine.multi import Engine  # noqa: PLC0415
    from endpoint_check.engine.spec import spec_of  # noqa: PLC0415

    text = f'{{"url":"{url}","interval":60,"timeout":10,"assertions":[{{"kind":"body_contains","value":"hello"}}]}}'
    rule = AddressRule(allow_private=True, fleet_ports=frozenset({5432}))
    probes, started, done = Engine(slots=IN_FLIGHT), 0, 0
    before = time.process_time()
    while done < checks:
        while probes.free and started < checks:
            probes.add(spec_of(text), rule, None)
            started += 1
        for _, outcome in probes.step(1.0):
            if outcome.status != "up":
                raise RuntimeError(f"The site failed: {outcome.message}")
            done += 1
    used = time.process_time() - before
    probes.close()
    return used


def measure(*, quick: bool) -> Result:
    """Both loops in turn and in short pieces, so that what else the machine does meets them alike."""
    service_here("endpoint_check")
    # As a worker does at its start.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    checks, rounds = (2_000, 5) if quick else (2_000, 45)
    with Site() as site:
        loops = {"bare": bare, "engine": engine}
        rates: dict[str, list[float]] = {name: [] for name in loops}
        for name, loop in loops.items():
            loop(site.url, 200)
            progress(f"{name} is warm")
        for number in range(1, rounds + 1):
            for name, loop in loops.items():
                rates[name].append(checks / loop(site.url, checks))
            bare_rate, engine_rate = rates["bare"][-1], rates["engine"][-1]
            progress(f"  run {number} of {rounds}: bare {bare_rate:.0f}, engine {engine_rate:.0f} a CPU second")
    ratios = [mine / theirs for mine, theirs in zip(rates["engine"], rates["bare"], strict=True)]
    medians = {name: round(statistics.median(values)) for name, values in rates.items()}
    return Result(statistics.median(ratios), {"checks_per_cpu_second": medians, "checks": checks, "rounds": rounds})


if __name__ == "__main__":
    run(measure, name="engine", unit="of bare libcurl", target=0.6, better="higher")
