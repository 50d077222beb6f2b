"""report_service and its database, killed in the middle of taking results: nothing is lost, nothing counts twice."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import psycopg2
import pytest
import requests

from common.processes.alive import still_running
from deploy.local import ports, postgres, testing
from tests.outside import eventually

ROOT = Path(__file__).resolve().parents[1]
ROWS = 3_000
KILLS = ("service", "database", "service", "database", "service", "service")


class Database:
    """A PostgreSQL that flushes to disk as the fleet's does, with the database of report_service in it."""

    def __init__(self) -> None:
        self.data = testing.temporary_data_dir()
        self.data.create()
        self.port = ports.pick(["postgres"], {})["postgres"]
        self.data.save_settings({"port.postgres": self.port})
        postgres.create_cluster(self.data)
        self.start()
        postgres.create_databases(self.data, self.port)

    def start(self) -> None:
        self.process = subprocess.Popen(
            postgres.command(self.data, self.port), cwd=self.data.postgres,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=postgres.become_unprivileged,  # noqa: PLW1509
        )  # fmt: skip
        postgres.connect(self.data, self.port).close()

    def kill(self) -> None:
        kill(self.process)
        (self.data.postgres / "postmaster.pid").unlink(missing_ok=True)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with contextlib.closing(psycopg2.connect(postgres.url(self.data, self.port, "report_service"))) as connection:
            cursor = connection.cursor()
            cursor.execute(sql)
            return cursor.fetchall()


class Service:
    """report_service under gunicorn."""

    def __init__(self, database: Database) -> None:
        self.port = ports.pick(["report_service"], {})["report_service"]
        url = postgres.url(database.data, database.port, "report_service")
        parts = testing.TestParts(url.rpartition("/")[0], f"redis://{testing.NOBODY}/0")
        self.environment = os.environ | testing.stand_in_environment("report_service", parts)
        self.environment |= {"DATABASE_URL": url, "BIND": f"127.0.0.1:{self.port}"}
        command = [sys.executable, "manage.py", "report_service", "migrate", "-v", "0"]
        subprocess.run(command, cwd=ROOT, env=self.environment, check=True, timeout=120)
        self.start()

    def start(self) -> None:
        command = [str(Path(sys.executable).with_name("gunicorn")), "-c", "python:common.gunicorn"]
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=subprocess.DEVNULL)
        eventually("the service", self.answers, within=60)

    def answers(self) -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{self.port}/health/live", timeout=5).ok
        except requests.RequestException:
            return False

    def send(self, batch: list[dict[str, Any]]) -> int:
        """The status, 0 where no answer came: as the checker, who sends again whatever was not answered with 201."""
        try:
            return requests.post(
                f"http://127.0.0.1:{self.port}/reports", json=batch, timeout=30,
                headers={"X-Internal-Token": self.environment["INTERNAL_TOKEN"]},
            ).status_code  # fmt: skip
        except requests.RequestException:
            return 0


def kill(process: "subprocess.Popen[bytes]") -> None:
    """The process and everything below it at once, as a machine that goes down does."""
    with contextlib.suppress(psutil.NoSuchProcess):
        tree = [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
        for member in tree:
            with contextlib.suppress(psutil.NoSuchProcess):
                member.kill()
        assert still_running(tree, within=30) == []
    process.wait(timeout=30)


@pytest.fixture
def database() -> Iterator[Database]:
    made = Database()
    yield made
    kill(made.process)


@pytest.fixture
def service(database: Database) -> Iterator[Service]:
    made = Service(database)
    yield made
    kill(made.process)


def batches() -> list[list[dict[str, Any]]]:
    """One for each kill; some rows of each are in the next one too."""
    noon = datetime.combine(datetime.now(UTC).date() - timedelta(days=2), datetime.min.time(), UTC) + timedelta(
        hours=12
    )
    rows = [
        {
            "endpoint_id": 1 + number % 50, "user_id": 1, "region": "default", "status": "up", "state": "up",
            "covers_ms": 1000, "checked_at": (noon + timedelta(seconds=number)).isoformat(), "total_ms": 100 + number % 7,
        }
        for number in range(ROWS * len(KILLS))
    ]  # fmt: skip
    return [rows[max(ROWS * place - 100, 0) : ROWS * (place + 1)] for place in range(len(KILLS))]


def _send(service: Service, batch: list[dict[str, Any]], answered: list[int]) -> None:
    answered.append(service.send(batch))


def _taken(service: Service, batch: list[dict[str, Any]]) -> bool:
    return service.send(batch) == 201


@pytest.mark.slow
def test_kills_in_the_middle_of_an_ingest_lose_nothing_and_double_nothing(database: Database, service: Service) -> None:
    unanswered = []
    for place, (what, batch) in enumerate(zip(KILLS, batches(), strict=True)):
        answered: list[int] = []
        sender = threading.Thread(target=_send, args=(service, batch, answered))
        sender.start()
        time.sleep(0.02 + 0.05 * place)
        if what == "service":
            kill(service.process)
            service.start()
        else:
            database.kill()
            database.start()
        sender.join(timeout=60)
        if answered != [201]:
            unanswered.append(batch)
    assert unanswered, "no kill hit an ingest"
    for batch in unanswered:
        eventually("the results are taken", partial(_taken, service, batch), within=30)
    total = ROWS * len(KILLS)
    assert database.rows("SELECT count(*) FROM report") == [(total,)]
    for unit in ("hour", "day"):
        sums = f"SELECT sum(checks), sum(covers_ms), sum(total_count) FROM rollup_{unit}"  # noqa: S608
        assert database.rows(sums) == [(total, total * 1000, total)]
    assert database.rows("SELECT sum(checks) FROM report_count") == [(total,)]
