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
BATCH = 5_000
TARGET = 15_000


def bodies(start: datetime, count: int, minutes_a_body: int) -> list[bytes]:
    """`count` requests of 5,000 results each, as endpoint_check would send them after a pause of some minutes."""
    made = []
    for number in range(count):
        rows = [
            _row(endpoint, start + timedelta(minutes=number * minutes_a_body + minute, milliseconds=10 * endpoint))
            for minute in range(minutes_a_body)
            for endpoint in range(1, BATCH // minutes_a_body + 1)
        ]
        made.append(json.dumps(rows).encode())
    return made


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
    """Batches of 10 results of 500 endpoints, and, for the details, of one result of 5,000 endpoints."""
    parts = service_here("report_service")
    days, rounds, count = (1, 2, 3) if quick else (30, 5, 12)
    progress("writing history")
    held = history.fill(endpoints=50 if quick else ENDPOINTS, days=days, rollup_days=days)
    start = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(hours=12)
    shapes = {"ten_each": 10, "one_each": 1}
    found: dict[str, Repeated] = {}
    for place, (name, minutes) in enumerate(shapes.items()):
        progress(name)
        taken = iter(bodies(start + timedelta(seconds=1 + place), count * rounds, minutes))
        warm = bodies(start - timedelta(days=1, seconds=place), 1, minutes)
        _rate(warm, parts.pids["postgres"])
        found[name] = repeat(partial(_next_rate, taken, count, parts.pids["postgres"]), rounds)
    return Result(
        found["ten_each"].median,
        {"rows_held": held, "batch": BATCH, **{name: values.as_details() for name, values in found.items()}},
    )


def _next_rate(taken: Iterator[bytes], count: int, postgres: int) -> float:
    return _rate(list(islice(taken, count)), postgres)


def _rate(batch: list[bytes], postgres: int) -> float:
    """Rows per second of CPU, PostgreSQL's and the service's together."""
    from django.test import Client  # noqa: PLC0415  needs service_here

    client = Client(headers={"X-Internal-Token": os.environ["INTERNAL_TOKEN"], "host": "localhost"})
    with cpu({"postgres": postgres}) as used:
        for body in batch:
            answer = client.post("/reports", body, content_type="application/json")
            if answer.status_code != 201 or answer.json()["accepted"] != BATCH:
                raise RuntimeError(f"{answer.status_code} {answer.content[:300]!r}")
    progress(
        f"    { ({name: round(spent / len(batch) / BATCH * 1e6, 1) for name, spent in used.cpu.items()}) } us a row"
    )
    return len(batch) * BATCH / used.total


if __name__ == "__main__":
    run(measure, name="ingest", unit="rows per CPU second", target=TARGET, better="higher")
