"""Results that report_service stores per CPU second, into a table that holds a month of 500 endpoints already."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice

from benchmarks import history
from benchmarks.frame import Repeated, Result, cpu, progress, repeat, run
from benchmarks.surroundings import service_here

ENDPOINTS = 500
EACH = {"one_each": 1, "three_each": 3, "ten_each": 10}
"""Results of each endpoint in a request: 500, 1,500 or 5,000 in all, which is the most that one may have."""
TARGET = 15_000


def bodies(start: datetime, count: int, each: int) -> Iterator[bytes]:
    """`count` requests, each with `each` results of every endpoint, a minute apart."""
    for number in range(count):
        rows = [
            _row(endpoint, start + timedelta(minutes=number * each + minute, milliseconds=10 * endpoint))
            for minute in range(each)
            for endpoint in range(1, ENDPOINTS + 1)
        ]
        yield json.dumps(rows).encode()


def _row(endpoint: int, moment: datetime) -> dict[str, object]:
    speed = 40 + (endpoint * 7919 + moment.minute * 104_729) % 400
    shares = {"name_lookup_ms": 0.02, "connect_ms": 0.09, "tls_ms": 0.12, "first_byte_ms": 0.71, "transfer_ms": 0.06}
    phases = {name: round(speed * share, 3) for name, share in shares.items()}
    return {
        "endpoint_id": endpoint, "user_id": history.USER_ID, "region": "default", "checked_at": moment.isoformat(),
        "status": "up", "state": "up", "incident_id": None, "covers_ms": 60000, "http_status": 200, "error_code": None,
        "message": None, "total_ms": speed, "phases": phases, "resolved_ip": "93.184.215.14",
        "certificate_expires_at": "2027-01-01T00:00:00Z", "certificate_issuer": "Let's Encrypt R11", "manual": False,
    }  # fmt: skip


def measure(*, quick: bool) -> Result:
    """Requests of 5,000 results of 500 endpoints; for the details also smaller ones, of fewer results of each."""
    parts = service_here("report_service")
    days, rounds = (1, 2) if quick else (30, 5)
    progress("writing history")
    held = history.provide(parts, endpoints=50 if quick else ENDPOINTS, days=days, rollup_days=1 if quick else 365)
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=5)
    found: dict[str, Repeated] = {}
    for place, (name, each) in enumerate(EACH.items()):
        progress(name)
        count = 60 // each
        taken = bodies(start + timedelta(seconds=1 + place), count * rounds, each)
        _rate(
            list(bodies(start - timedelta(minutes=30, seconds=place + 0.5), 10 // each, each)), parts.pids["postgres"]
        )
        found[name] = repeat(partial(_next_rate, taken, count, parts.pids["postgres"]), rounds)
    details = {name: values.as_details() for name, values in found.items()}
    return Result(found["ten_each"].median, {"rows_held": held, "endpoints": ENDPOINTS, **details})


def _next_rate(taken: Iterator[bytes], count: int, postgres: int) -> float:
    return _rate(list(islice(taken, count)), postgres)


def _rate(batch: list[bytes], postgres: int) -> float:
    """Rows per second of CPU, PostgreSQL's and the service's together."""
    from django.test import Client  # noqa: PLC0415  needs service_here

    client, rows = Client(headers={"X-Internal-Token": os.environ["INTERNAL_TOKEN"], "host": "localhost"}), 0
    with cpu({"postgres": postgres}) as used:
        for body in batch:
            answer = client.post("/reports", body, content_type="application/json").json()
            if answer.get("refused") != [] or answer["duplicates"]:
                raise RuntimeError(str(answer)[:300])
            rows += answer["accepted"]
    progress(f"    { ({name: round(spent / rows * 1e6, 1) for name, spent in used.cpu.items()}) } us a row")
    return rows / used.total


if __name__ == "__main__":
    run(measure, name="ingest", unit="rows per CPU second", target=TARGET, better="higher")
