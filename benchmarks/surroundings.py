"""A service in the benchmark's own process, on a temporary database. A whole fleet: `deploy.local.running`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg2
import redis

from deploy.local.testing import stand_in_environment, start_parts


@dataclass(frozen=True)
class Parts:
    """A PostgreSQL and a Valkey of this benchmark's own; `database_url` is the service's database."""

    database_url: str
    broker_url: str
    pids: Mapping[str, int]
    """Of `postgres` and `valkey`, for `frame.cpu`."""


def service_here(service: str, environment: Mapping[str, str] | None = None) -> Parts:
    """Make this process a process of `service`: Django set up, on a migrated database of a temporary PostgreSQL.

    The PostgreSQL is that of the tests: nothing is flushed to disk. Call it before anything of the service is imported.
    """
    parts = start_parts()
    name = f"bench_{service}_{os.getpid()}"
    superuser = psycopg2.connect(f"{parts.database_server}/postgres")
    superuser.autocommit = True
    with superuser.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
        cursor.execute("SELECT pg_read_file('postmaster.pid')")
        row = cursor.fetchone()
        assert row is not None
    superuser.close()
    broker: Any = redis.Redis.from_url(parts.broker_url)
    pids = {"postgres": int(row[0].splitlines()[0]), "valkey": int(broker.info("server")["process_id"])}
    made = Parts(f"{parts.database_server}/{name}", parts.broker_url, pids)
    os.environ |= stand_in_environment(service, parts) | {"DATABASE_URL": made.database_url, **(environment or {})}
    import django  # noqa: PLC0415  needs the environment
    from django.core.management import call_command  # noqa: PLC0415

    django.setup()
    call_command("migrate", verbosity=0)
    return made
