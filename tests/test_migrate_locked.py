"""`migrate_locked` by many at once, on a database that each test makes: one migrates, and nobody is left waiting."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT

from common.management.commands.migrate_locked import LOCK
from deploy.local import testing
from deploy.local.testing import stand_in_environment, start_parts

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.slow
NAME = f"migrate_locked_{os.getpid()}"
DONE = "SELECT count(*) FROM django_migrations WHERE app = 'report_service'"


def rows(sql: str, database: str = NAME) -> list[tuple[Any, ...]]:
    with contextlib.closing(psycopg2.connect(f"{start_parts().database_server}/{database}")) as connection:
        connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
        cursor = connection.cursor()
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def database() -> Iterator[str]:
    rows(f"CREATE DATABASE {NAME}", "postgres")
    yield f"{start_parts().database_server}/{NAME}"
    rows(f"DROP DATABASE {NAME} WITH (FORCE)", "postgres")


@contextlib.contextmanager
def session(database: str) -> Iterator[Any]:
    """A cursor whose transaction stays open until the block ends."""
    with contextlib.closing(psycopg2.connect(database)) as connection:
        yield connection.cursor()


@pytest.fixture
def start() -> Iterator[Callable[[str], "subprocess.Popen[str]"]]:
    started: list[subprocess.Popen[str]] = []

    def one(database: str) -> "subprocess.Popen[str]":
        parts = testing.TestParts(start_parts().database_server, "redis://127.0.0.1:9/0")
        environment = os.environ | stand_in_environment("report_service", parts) | {"DATABASE_URL": database}
        command = [sys.executable, "manage.py", "report_service", "migrate_locked"]
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        started.append(process)
        return process

    yield one
    for process in started:
        process.kill()
        process.communicate()


def finished(process: "subprocess.Popen[str]") -> str:
    """What it wrote, once it is over and well."""
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    return output


def eventually(what: str, holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, f"not within 60 s: {what}"
        time.sleep(0.1)


def sessions() -> list[tuple[str, str | None]]:
    """`(state, what it waits for)` of each that migrates or wants to."""
    sql = "SELECT state, wait_event FROM pg_stat_activity WHERE application_name = 'report_service'"
    return rows(f"{sql} AND datname = current_database()")


def test_of_many_at_once_one_migrates_and_all_go_on(database: str, start: Callable[[str], Any]):
    said = [finished(process) for process in [start(database) for _ in range(5)]]
    assert len([text for text in said if "Applying report_service.0001" in text]) == 1
    assert rows(DONE) > [(0,)]
    assert "Applying" not in finished(start(database))


def test_who_is_killed_while_it_migrates_leaves_the_rest_to_the_next(database: str, start: Callable[[str], Any]):
    rows("CREATE TABLE django_migrations (id serial primary key, app text, name text, applied timestamptz)")
    with session(database) as blocking:
        # It may read what is applied, and hangs as soon as it notes the first one.
        blocking.execute("LOCK TABLE django_migrations IN SHARE MODE")
        first = start(database)
        eventually("the first one migrates", lambda: ("active", "relation") in sessions())
        second = start(database)
        eventually("the second one is connected", lambda: len(sessions()) == 2)
        first.send_signal(signal.SIGKILL)
        first.wait(timeout=30)
        assert second.poll() is None
    assert "Applying report_service.0001" in finished(second)


def test_a_held_lock_is_waited_for_and_a_migrated_database_needs_none(database: str, start: Callable[[str], Any]):
    with session(database) as holding:
        holding.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        waiting = start(database)
        assert "another process" in waiting.stdout.readline()
        # Who waits has no snapshot, which a CREATE INDEX CONCURRENTLY of the holder would wait for.
        eventually("it is idle between two looks", lambda: [state for state, _ in sessions()] == ["idle"])
    finished(waiting)
    with session(database) as holding:
        holding.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        finished(start(database))


def test_a_database_that_is_not_there_yet_is_waited_for(start: Callable[[str], Any]):
    waiting = start(f"{start_parts().database_server}/{NAME}")
    assert f'database \\"{NAME}\\" does not exist' in waiting.stdout.readline()
    rows(f"CREATE DATABASE {NAME}", "postgres")
    try:
        assert "Applying" in finished(waiting)
    finally:
        rows(f"DROP DATABASE {NAME} WITH (FORCE)", "postgres")
