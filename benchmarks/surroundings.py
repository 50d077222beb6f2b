"""What a benchmark runs against: a whole temporary fleet, or a service in this process on a temporary database."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import redis
import requests

from benchmarks.frame import progress
from common.fleet import fleet, host_name, url_variable
from deploy.local import ports, postgres
from deploy.local.data_dir import DataDir
from deploy.local.programs import service_environment
from deploy.local.testing import start_parts, temporary_data_dir

ROOT = Path(__file__).resolve().parents[1]
READY_SECONDS = 180
_READY = "pongpong is ready"
_COMMAND = [sys.executable, "-m", "deploy.local.cli"]


@dataclass(frozen=True)
class RunningFleet:
    """A fleet of this benchmark's own."""

    data: DataDir

    @property
    def gateway_url(self) -> str:
        """Where the API is."""
        return f"http://127.0.0.1:{self.data.settings()['gateway_port']}"

    @property
    def frontend_url(self) -> str:
        """Where the web app is."""
        return f"http://127.0.0.1:{self.data.settings()['frontend_port']}"

    @property
    def internal_headers(self) -> dict[str, str]:
        """What opens internal paths, and what the gateway adds for services."""
        return {"X-Internal-Token": self.data.secrets()["internal_token"]}

    def service_url(self, service: str) -> str:
        """The service's own address, past the gateway."""
        return f"http://127.0.0.1:{self.data.known_ports()[service]}"

    def public_url(self, service: str) -> str:
        """The service's address at the gateway."""
        return f"{self.gateway_url}/{host_name(service)}"

    def environment(self, service: str) -> dict[str, str]:
        """The whole configuration of a service, DATABASE_URL and BROKER_URL among it."""
        return service_environment(self.data, service)

    def connect(self, service: str) -> Any:
        """A psycopg2 connection (autocommit, superuser) to the service's database."""
        return postgres.connect(self.data, self.data.known_ports()["postgres"], service)

    def status(self) -> dict[str, Any]:
        """`pongpong status --json`: `{"running", "memory_bytes", "parts": [{"name", "up", "pid", ...}]}`."""
        done = subprocess.run(
            [*_COMMAND, "status", "--json", "--data-dir", str(self.data.root)],
            cwd=ROOT, check=False, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        status: dict[str, Any] = json.loads(done.stdout)
        return status

    def pids(self, *names: str) -> dict[str, int]:
        """The pids of these parts, or of all but the supervisor, for `frame.cpu`."""
        found = {part["name"]: part["pid"] for part in self.status()["parts"] if part["pid"]}
        return {name: found[name] for name in names or found if name != "supervisor"}

    def sign_up(self, email: str = "bench@example.com") -> dict[str, Any]:
        """A new user through the gateway: the flat user with `key`."""
        answer = requests.post(
            f"{self.public_url('user_service')}/users",
            json={"email": email, "password": "a long enough passphrase"},
            timeout=30,
        )
        answer.raise_for_status()
        user: dict[str, Any] = answer.json()
        return user


@contextmanager
def running_fleet(environment: Mapping[str, str] | None = None) -> Iterator[RunningFleet]:
    """`pongpong up` on a temporary data directory and free ports until the block ends; `environment` is added to ours."""
    data = temporary_data_dir("pongpong-bench-")
    picked = ports.pick(["gateway", "frontend"], {})
    where = ["--data-dir", str(data.root)]
    log = data.root.parent / "up.log"
    progress("starting a fleet")
    with log.open("w") as output:
        up = subprocess.Popen(
            [*_COMMAND, "up", *where, "--gateway-port", str(picked["gateway"]), "--frontend-port", str(picked["frontend"])],
            cwd=ROOT, env={**os.environ, **(environment or {})}, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        _wait_until_ready(up, log)
        yield RunningFleet(data)
    finally:
        up.terminate()
        up.wait(timeout=120)


def _wait_until_ready(up: "subprocess.Popen[bytes]", log: Path) -> None:
    started = time.monotonic()
    while _READY not in (text := log.read_text()):
        if up.poll() is not None or time.monotonic() - started > READY_SECONDS:
            raise RuntimeError(f"The fleet did not come up:\n{text[-4000:]}")
        time.sleep(0.2)
    progress(f"the fleet is ready after {time.monotonic() - started:.1f} s")


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
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": f"{service}.settings",
        "SECRET_KEY": "benchmark-secret-key-" + "k" * 40,
        "INTERNAL_TOKEN": "benchmark-internal-token-" + "t" * 30,
        "ENCRYPTION_KEYS": "benchmark-encryption-key-" + "e" * 30,
        "DATABASE_URL": made.database_url,
        "BROKER_URL": made.broker_url,
        "LOG_LEVEL": "WARNING",
        **{url_variable(peer): "http://127.0.0.1:9" for peer in fleet().services},
        **(environment or {}),
    }
    import django  # noqa: PLC0415  needs the environment
    from django.core.management import call_command  # noqa: PLC0415

    django.setup()
    call_command("migrate", verbosity=0)
    return made
