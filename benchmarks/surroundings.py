"""A service in the benchmark's own process, on a temporary database. A whole fleet: `deploy.local.running`."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg2
import redis

from benchmarks.frame import KEPT
from deploy.local.data_dir import DataDir
from deploy.local.testing import stand_in_environment, start_parts, start_parts_in


@dataclass(frozen=True)
class Parts:
    """A PostgreSQL and a Valkey of this benchmark's own; `database_url` is the service's database."""

    database_url: str
    broker_url: str
    pids: Mapping[str, int]
    """Of `postgres` and `valkey`, for `frame.cpu`."""
    kept: bool
    """Whether the PostgreSQL's files are there in the next run, too."""

    def kept_copy(self, name: str) -> bool:
        """Replace the service's database by what was kept today under this name; False where there is none."""
        with self._superuser() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [_kept_name(name)])
            if found := cursor.fetchone() is not None:
                _clone(cursor, _kept_name(name), self._database)
        if found:
            _migrate()  # what was kept may be older than the code
        return found

    def keep_copy(self, name: str) -> None:
        """Keep the service's database as it is for the rest of the day, and nothing of other days."""
        if not self.kept:
            return
        with self._superuser() as cursor:
            cursor.execute(
                "SELECT datname FROM pg_database WHERE datname LIKE 'kept%%' AND datname NOT LIKE %s", [_kept_name("%")]
            )
            for (old,) in cursor.fetchall():
                cursor.execute(f'DROP DATABASE "{old}"')
            _clone(cursor, self._database, _kept_name(name))

    @property
    def _database(self) -> str:
        return self.database_url.rpartition("/")[2]

    @contextmanager
    def _superuser(self) -> Iterator[Any]:
        """On another database, while nobody is on ours."""
        from django.db import connection  # noqa: PLC0415  needs the environment

        connection.close()
        with _autocommitting(self.database_url.rpartition("/")[0]) as cursor:
            yield cursor


def _kept_name(name: str) -> str:
    """Of a database; results are of days before today, so that tomorrow they are of no use."""
    return f"kept_{datetime.now(UTC):%Y%m%d}_{name}"


def _clone(cursor: Any, source: str, target: str) -> None:
    """File by file: through the write-ahead log it would take several times as long."""
    cursor.execute(f'DROP DATABASE IF EXISTS "{target}"')
    cursor.execute(f'CREATE DATABASE "{target}" TEMPLATE "{source}" STRATEGY FILE_COPY')


@contextmanager
def _autocommitting(server: str) -> Iterator[Any]:
    superuser = psycopg2.connect(f"{server}/postgres")
    superuser.autocommit = True
    try:
        with superuser.cursor() as cursor:
            yield cursor
    finally:
        superuser.close()


def service_here(service: str, environment: Mapping[str, str] | None = None) -> Parts:
    """Make this process a process of `service`: Django set up, on a migrated database of a temporary PostgreSQL.

    The PostgreSQL is that of the tests: nothing is flushed to disk. Call it before anything of the service is imported.
    """
    folder = os.environ.get(KEPT)
    parts = start_parts_in(DataDir.at(folder)) if folder else start_parts()
    name = f"bench_{service}"
    with _autocommitting(parts.database_server) as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}"')
        cursor.execute("SELECT pg_read_file('postmaster.pid')")
        pid_file: str = cursor.fetchone()[0]
    broker: Any = redis.Redis.from_url(parts.broker_url)
    pids = {"postgres": int(pid_file.splitlines()[0]), "valkey": int(broker.info("server")["process_id"])}
    made = Parts(f"{parts.database_server}/{name}", parts.broker_url, pids, kept=bool(folder))
    os.environ |= stand_in_environment(service, parts) | {"DATABASE_URL": made.database_url, **(environment or {})}
    import django  # noqa: PLC0415  needs the environment

    django.setup()
    _migrate()
    return made


def as_user(user_id: int) -> dict[str, str]:
    """The headers that the gateway would put on a request of this user's, for the service that this process is."""
    return {"X-Consumer-Custom-ID": str(user_id), "X-Gateway-Token": os.environ["GATEWAY_TOKEN"]}


def _migrate() -> None:
    from django.core.management import call_command  # noqa: PLC0415  needs the environment

    call_command("migrate", verbosity=0)
