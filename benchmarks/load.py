"""A fleet under load: thousands of endpoints at once, and what has become of their checks."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from benchmarks.frame import progress
from deploy.local.running import RunningFleet, running_fleet
from endpoint_check.schedule.due_times import next_slot

UNBOUNDED = {"CHECKS_PER_SECOND_TO_A_HOST": "0"}
"""One watched site stands for thousands here, so it may be asked as often as all of them."""
ASSERTIONS = [{"kind": "body_contains", "value": "hello"}]


@contextmanager
def loaded_fleet(urls: dict[str, int], *, interval: int) -> Iterator[RunningFleet]:
    """A fleet in which so many endpoints check `url<number>`, every `interval` s, each checked once already."""
    with running_fleet(UNBOUNDED) as fleet:
        user = fleet.sign_up()
        for url, count in urls.items():
            endpoints_insert(fleet, user["key"], url=url, count=count, interval=interval)
        wait_until_checked(fleet, sum(urls.values()))
        yield fleet


def endpoints_insert(
    fleet: RunningFleet, key: str, *, url: str, count: int, interval: int, assertions: Sequence[Any] = ASSERTIONS
) -> None:
    """Make one endpoint by the API and copy it in the database: how the others come to be is not measured here."""
    answer = requests.post(
        f"{fleet.public_url('endpoint_service')}/endpoints",
        json={"url": f"{url}0", "interval": interval, "timeout": min(10, interval), "assertions": assertions},
        headers={"apikey": key},
        timeout=30,
    )
    answer.raise_for_status()
    made = answer.json()["id"]
    connection = fleet.connect("endpoint_service")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns"
            " WHERE table_name = 'endpoint_service_endpoint' AND column_name NOT IN ('id', 'key', 'url')"
        )
        [(columns,)] = cursor.fetchall()
        cursor.execute(
            f"WITH made AS (INSERT INTO endpoint_service_endpoint (key, url, {columns})"  # noqa: S608  our columns
            f" SELECT key || '-' || n, %s || n, {columns} FROM endpoint_service_endpoint, generate_series(1, %s) n"
            " WHERE id = %s RETURNING id)"
            " INSERT INTO endpoint_service_endpointstate (endpoint_id, state, changed_at)"
            " SELECT id, 'pending', now() FROM made",
            [url, count - 1, made],
        )
    connection.close()


def wait_until_checked(fleet: RunningFleet, count: int, *, within: float = 120) -> None:
    """Until every endpoint has its first result in report_service, and nothing waits any more."""
    ends = time.monotonic() + within
    connection = fleet.connect("report_service")
    with connection.cursor() as cursor:
        known = 0
        while known < count:
            if time.monotonic() > ends:
                raise RuntimeError(f"Only {known} of {count} endpoints were checked within {within:.0f} s")
            time.sleep(0.5)
            cursor.execute("SELECT count(*) FROM latest_result")
            [(known,)] = cursor.fetchall()
    connection.close()
    progress(f"  {count} endpoints are checked")


def reports(fleet: RunningFleet) -> int:
    """How many results report_service holds."""
    connection = fleet.connect("report_service")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM report")
        [(count,)] = cursor.fetchall()
    connection.close()
    return int(count)


def ids_by_number(fleet: RunningFleet, url: str) -> dict[int, int]:
    """The endpoint's id by the number in its address."""
    connection = fleet.connect("endpoint_check")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT substr(url, %s)::integer, endpoint_id FROM endpoint_check_monitor"
            " WHERE starts_with(url, %s) AND substr(url, %s) ~ '^[0-9]+$'",
            [len(url) + 1, url, len(url) + 1],
        )
        found = dict(cursor.fetchall())
    connection.close()
    return found


def latenesses(visits: Iterable[tuple[int, float]], *, interval: int, start: datetime, end: datetime) -> list[float]:
    """Seconds from each slot within the time to the request that fulfils it; `visits` are endpoints and when."""
    late = []
    for endpoint, at in visits:
        moment = datetime.fromtimestamp(at, UTC)
        slot = next_slot(endpoint, interval, moment) - timedelta(seconds=interval)
        if start < slot < end:
            late.append((moment - slot).total_seconds())
    return late
