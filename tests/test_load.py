"""Kills, second workers and beats under load: each check is one stored result, each change of state one alert."""

import os
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import groupby, pairwise
from typing import Any, NamedTuple

import pytest
import requests

from benchmarks.load import ids_by_number
from benchmarks.sites import Site as CountingSite
from deploy.local import ports
from deploy.local.programs import programs
from deploy.local.running import ROOT, RunningFleet, running_fleet
from tests.outside import Site, User, eventually, sign_up

ENDPOINTS = 300
FLIPPED = 3
"""Sites that go down and come back; ten endpoints watch each."""
INTERVAL = 5
AS_THEY_GO = ("endpoint_check_worker", "beat", "report_service", "valkey")
AS_THEY_COME_BACK = ("postgres", "endpoint_check_worker", "endpoint_check_dispatcher", "notification_service")
BETWEEN = 3.0
"""Seconds from one kill to the next: some come while the part before is still on its way back."""
# Written in the transactions that they are about, so they tell what the checker did and nothing else.
WITNESSES = """
CREATE TABLE witness_claim (endpoint_id bigint, slot_at timestamptz, PRIMARY KEY (endpoint_id, slot_at));
CREATE TABLE witness_move (endpoint_id bigint, before text, after text, incident_id uuid);
CREATE FUNCTION witness() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.slot_at IS NOT NULL THEN
        INSERT INTO witness_claim VALUES (NEW.endpoint_id, NEW.slot_at) ON CONFLICT DO NOTHING;
    END IF;
    IF NEW.condition <> OLD.condition THEN
        INSERT INTO witness_move VALUES
            (NEW.endpoint_id, OLD.condition, NEW.condition, coalesce(NEW.incident_id, OLD.incident_id));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER witness AFTER UPDATE ON endpoint_check_monitor FOR EACH ROW EXECUTE FUNCTION witness();
GRANT ALL ON witness_claim, witness_move TO endpoint_check;
"""


class Second(NamedTuple):
    """A process beside the fleet's own, and where its metrics are."""

    process: subprocess.Popen[bytes]
    port: int


@pytest.fixture(scope="module")
def own_fleet() -> Iterator[RunningFleet]:
    """A fleet to break."""
    with running_fleet() as fleet:
        yield fleet


def query(fleet: RunningFleet, service: str, statement: str) -> list[Any]:
    """The rows of a statement in the service's database."""
    connection = fleet.connect(service)
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []
    finally:
        connection.close()


def create(user: User, items: list[dict[str, Any]]) -> None:
    answer = user.post("/endpoint-service/endpoints/bulk", {"action": "create", "endpoints": items})
    assert answer.json()["failed"] == 0, answer.text


def idle(fleet: RunningFleet) -> bool:
    """Whether, with no slot to come, everything that was claimed is finished and delivered."""
    query(fleet, "endpoint_check", "UPDATE endpoint_check_monitor SET next_check_at = NULL WHERE slot_at IS NULL")
    ((left,),) = query(
        fleet,
        "endpoint_check",
        "SELECT (SELECT count(*) FROM endpoint_check_monitor WHERE next_check_at IS NOT NULL OR slot_at IS NOT NULL)"
        " + (SELECT count(*) FROM endpoint_check_resultoutbox) + (SELECT count(*) FROM endpoint_check_alertoutbox)",
    )
    return bool(left == 0)


def kill_during(fleet: RunningFleet, names: Sequence[str], changes: Sequence[Callable[[], None]]) -> None:
    """Kill one part after another, while the changes happen one after another."""
    timers = [threading.Timer(BETWEEN * number, change) for number, change in enumerate(changes)]
    for timer in timers:
        timer.start()
    for name in names:
        os.kill(fleet.pids(name)[name], signal.SIGKILL)
        time.sleep(BETWEEN)
    for timer in timers:
        timer.join()


@contextmanager
def second(fleet: RunningFleet, name: str) -> Iterator[Second]:
    """Another process of the same fleet beside its own `name`."""
    program, port = programs(fleet.data)[name], ports.pick(["metrics"], {})["metrics"]
    environment = {**os.environ, **program.environment, "METRICS_PORT": str(port)}
    process = subprocess.Popen(program.argv, cwd=ROOT, env=environment)
    try:
        eventually("it runs", lambda: not ports.is_free(port), within=30)
        yield Second(process, port)
    finally:
        process.kill()
        process.wait()


def checks_of(port: int) -> float:
    """How many checks a worker has finished, as its metrics tell."""
    lines = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=5).text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("pongpong_checks_total{"))


def conditions(fleet: RunningFleet) -> Counter[str]:
    rows = query(fleet, "endpoint_check", "SELECT condition, count(*) FROM endpoint_check_monitor GROUP BY condition")
    return Counter(dict(rows))


def test_kills_under_load_neither_lose_nor_double_a_result_or_an_alert(own_fleet: RunningFleet) -> None:
    user = sign_up(own_fleet)
    flipped = [Site() for _ in range(FLIPPED)]
    for site in flipped:
        site.up()
    rules = {"interval": INTERVAL, "timeout": 2, "failure_threshold": 2, "recovery_threshold": 1}
    with CountingSite() as counted, second(own_fleet, "endpoint_check_worker") as worker:
        create(user, [{"url": f"{counted.url}{number}", **rules} for number in range(ENDPOINTS)])
        create(user, [{"url": f"{site.url}{number}", **rules} for site in flipped for number in range(10)])
        total = ENDPOINTS + 10 * FLIPPED
        eventually("all are up", lambda: conditions(own_fleet)["up"] == total, within=30)
        query(own_fleet, "endpoint_check", WITNESSES)
        started = time.time()
        eventually("the second worker checks too", lambda: checks_of(worker.port) > 0, within=30)
        kill_during(own_fleet, AS_THEY_GO, [*(site.down for site in flipped), worker.process.kill])
        eventually("they are down", lambda: conditions(own_fleet)["down"] == 10 * FLIPPED, within=60, every=1)
        kill_during(own_fleet, AS_THEY_COME_BACK, [site.up for site in flipped])
        eventually("all are up again", lambda: conditions(own_fleet)["up"] == total, within=60, every=1)
        eventually("all is delivered", lambda: idle(own_fleet), within=60, every=1)
        visits = [moment for _, moment in counted.visits()]
    claimed = query(own_fleet, "endpoint_check", "SELECT endpoint_id, slot_at FROM witness_claim")
    reports = query(own_fleet, "report_service", "SELECT endpoint_id, checked_at, status FROM report WHERE NOT manual")
    stored = Counter((endpoint, slot) for endpoint, slot, _ in reports)
    assert set(stored.values()) == {1}
    assert set(claimed) <= set(stored)
    assert {row for row in stored if row[1].timestamp() > started + INTERVAL} <= set(claimed)
    good = sum(status == "up" and endpoint <= ENDPOINTS for endpoint, _, status in reports)
    assert len(visits) >= good, "no result without a request"
    moves = query(own_fleet, "endpoint_check", "SELECT incident_id, after FROM witness_move")
    assert len(moves) >= 2 * 10 * FLIPPED
    told = query(own_fleet, "notification_service", "SELECT incident_id, event FROM notification_service_alert")
    assert Counter(moves) == Counter(told)
    opened = query(own_fleet, "report_service", "SELECT id FROM report_service_incident WHERE resolved_at IS NOT NULL")
    assert {row[0] for row in opened} == {incident for incident, _ in moves}


@pytest.mark.parametrize("name", ["beat", "endpoint_check_worker"])
def test_a_second_one_neither_loses_nor_doubles_a_check(own_fleet: RunningFleet, name: str) -> None:
    user = sign_up(own_fleet)
    with CountingSite() as counted, second(own_fleet, name) as other:
        create(user, [{"url": f"{counted.url}{number}", "interval": INTERVAL} for number in range(ENDPOINTS)])
        eventually("all are known", lambda: len(ids_by_number(own_fleet, counted.url)) == ENDPOINTS, within=30)
        time.sleep(5 * INTERVAL)
        eventually("all is delivered", lambda: idle(own_fleet), within=30, every=1)
        ids, visits = ids_by_number(own_fleet, counted.url), counted.visits()
        assert other.process.poll() is None
        if name == "endpoint_check_worker":
            assert 0 < checks_of(other.port) < len(visits), "both took their part"
    statement = "SELECT endpoint_id, checked_at FROM report ORDER BY endpoint_id, checked_at"
    watched = set(ids.values())
    rows = [row for row in query(own_fleet, "report_service", statement) if row[0] in watched]
    slots = {endpoint: [slot for _, slot in found] for endpoint, found in groupby(rows, key=lambda row: row[0])}
    assert Counter(ids[number] for number, _ in visits) == {endpoint: len(found) for endpoint, found in slots.items()}
    assert set(slots) == watched
    # The first check of an endpoint is due when it is made, the others on its grid.
    gaps = Counter(later - slot for found in slots.values() for slot, later in pairwise(found[1:]))
    assert set(gaps) == {timedelta(seconds=INTERVAL)}
    assert gaps.total() >= 3 * ENDPOINTS
