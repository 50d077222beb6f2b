"""A whole fleet of one test run or benchmark: `pongpong up` on a temporary data directory and free ports."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import msgspec
import requests

from common.fleet import host_name
from deploy.local import ports, postgres
from deploy.local.data_dir import DataDir
from deploy.local.programs import service_environment
from deploy.local.status import Status
from deploy.local.testing import temporary_data_dir

if TYPE_CHECKING:
    import psycopg2.extensions

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 180
UP_LOG = "up.log"
"""What `up` prints, beside the data directory."""
_READY = "pongpong is ready"
_COMMAND = [sys.executable, "-m", "deploy.local.cli"]


class Account(TypedDict):
    """The answer to a sign-up."""

    id: int
    email: str
    name: str
    language: str
    time_zone: str
    created_at: str
    key: str


@dataclass(frozen=True)
class RunningFleet:
    """A fleet of its own, seen from outside."""

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
        """What opens internal paths."""
        return {"X-Internal-Token": self.data.secrets()["internal_token"]}

    def user_headers(self, user_id: int) -> dict[str, str]:
        """What the gateway adds for services where it took a request for this user's."""
        return {"X-Gateway-Token": self.data.secrets()["gateway_token"], "X-Consumer-Custom-ID": str(user_id)}

    def service_url(self, service: str) -> str:
        """The service's own address, past the gateway."""
        return f"http://127.0.0.1:{self.data.known_ports()[service]}"

    def public_url(self, service: str) -> str:
        """The service's address at the gateway."""
        return f"{self.gateway_url}/{host_name(service)}"

    def environment(self, service: str) -> dict[str, str]:
        """The whole configuration of a service, DATABASE_URL and BROKER_URL among it."""
        return service_environment(self.data, service)

    def connect(self, service: str) -> "psycopg2.extensions.connection":
        """A connection (autocommit, superuser) to the service's database."""
        return postgres.connect(self.data, self.data.known_ports()["postgres"], service)

    def status(self) -> Status:
        """`pongpong status --json`."""
        done = subprocess.run(
            [*_COMMAND, "status", "--json", "--data-dir", str(self.data.root)],
            cwd=ROOT, check=False, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        return msgspec.json.decode(done.stdout, type=Status)

    def pids(self, *names: str) -> dict[str, int]:
        """The pids of these parts, or of all but the supervisor, for `frame.cpu`."""
        found = {part["name"]: part["pid"] for part in self.status()["parts"] if part["pid"]}
        return {name: found[name] for name in names or found if name != "supervisor"}

    def sign_up(self, email: str = "someone@example.com") -> Account:
        """A new user through the gateway."""
        answer = requests.post(
            f"{self.public_url('user_service')}/users",
            json={"email": email, "password": "a long enough passphrase"},
            timeout=30,
        )
        answer.raise_for_status()
        return msgspec.json.decode(answer.content, type=Account)


@contextmanager
def running_fleet(
    environment: Mapping[str, str] | None = None,
    *,
    folder: str = "data",
    backup: Path | None = None,
    options: Sequence[str] = (),
) -> Iterator[RunningFleet]:
    """`pongpong up` on a temporary data directory and free ports until the block ends.

    `environment` is added to ours; `backup` is restored first; `options` are more of `up`'s.
    """
    data = temporary_data_dir("pongpong-fleet-", folder)
    if backup:
        command(data, "restore", str(backup))
    with started(data, environment, options) as fleet:
        yield fleet


def command(data: DataDir, *arguments: str) -> str:
    """What a `pongpong` command on that directory printed; raises `CalledProcessError`."""
    done = subprocess.run(
        [*_COMMAND, arguments[0], "--data-dir", str(data.root), *arguments[1:]],
        cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, timeout=300,
    )  # fmt: skip
    return done.stdout


@contextmanager
def started(
    data: DataDir, environment: Mapping[str, str] | None = None, options: Sequence[str] = ()
) -> Iterator[RunningFleet]:
    """`pongpong up` on that directory and free ports until the block ends."""
    picked = ports.pick(["gateway", "frontend"], {})
    where = ["--data-dir", str(data.root), *options]
    log = data.root.parent / UP_LOG
    with log.open("w") as output:
        up = subprocess.Popen(
            [*_COMMAND, "up", *where, "--gateway-port", str(picked["gateway"]), "--frontend-port", str(picked["frontend"])],
            cwd=ROOT, env={**os.environ, **(environment or {})}, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        _wait_until_ready(up, log, data)
        yield RunningFleet(data)
    finally:
        up.terminate()
        up.wait(timeout=120)


def _wait_until_ready(up: "subprocess.Popen[bytes]", log: Path, data: DataDir) -> None:
    started = time.monotonic()
    while _READY not in (text := log.read_text()):
        if up.poll() is not None or time.monotonic() - started > READY_SECONDS:
            reasons = data.logs / "starter.log"
            text += reasons.read_text() if reasons.exists() else ""
            raise RuntimeError(f"The fleet did not come up:\n{text[-4000:]}")
        time.sleep(0.2)
