"""`pongpong backup FILE` and `pongpong restore FILE`: every database and the secrets that open them, in one tar file."""

import contextlib
import io
import json
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from common.fleet import fleet
from deploy.local import ports, postgres
from deploy.local.data_dir import LAYOUT, POSTGRES_MAJOR, DataDir, Refused, replacing

FORMAT = 1
_TIMEOUT = 3600
_KEPT_SECRETS = ("secret_key", "secret_key_fallbacks", "internal_token", "encryption_keys")


def backup(data: DataDir, file: Path) -> None:
    """Dump each database as of one moment of its own; the fleet may run meanwhile. The file holds secrets: mode 0600."""
    if not data.exists:
        raise Refused(f"There is no fleet in {data.root}.")
    with server(data) as port, replacing(file) as stream:
        with tarfile.open(fileobj=stream, mode="w") as archive:
            secrets = {name: secret for name, secret in data.secrets().items() if name in _KEPT_SECRETS}
            about = {"format": FORMAT, "layout": LAYOUT, "postgres": POSTGRES_MAJOR, "secrets": secrets}
            _add(archive, "pongpong.json", json.dumps(about).encode())
            for name in fleet().databases:
                with tempfile.NamedTemporaryFile(dir=data.root) as dump:
                    _run(data, port, ["pg_dump", "--format", "custom", "--no-owner", "--file", dump.name, name])
                    archive.add(dump.name, f"{name}.dump")
        size = stream.tell()
    print(f"Wrote {file} ({size / 1e6:.1f} MB). It holds the fleet's secrets: keep it safe.")


def restore(data: DataDir, file: Path) -> None:
    """Make a fleet of the backup in an empty data directory; start it with `pongpong up`."""
    if data.exists:
        raise Refused(f"{data.root} holds a fleet already. Restore into a new --data-dir.")
    try:
        archive = tarfile.open(file)  # noqa: SIM115  closed below
        about = json.loads(_read(archive, "pongpong.json"))
    except (tarfile.TarError, KeyError, ValueError) as error:
        raise Refused(f"{file} is no backup of pongpong.") from error
    with archive:
        if about["format"] != FORMAT or about["postgres"] > POSTGRES_MAJOR:
            raise Refused(f"{file} was written by a newer version of pongpong.")
        data.create()
        data.save_secrets(data.secrets() | about["secrets"])
        with server(data) as port:
            postgres.create_databases(data, port)
            # A service that is younger than the backup begins with an empty database.
            dumped = {member.removesuffix(".dump") for member in archive.getnames()}
            for name in [name for name in fleet().databases if name in dumped]:
                with tempfile.NamedTemporaryFile(dir=data.root) as dump:
                    dump.write(_read(archive, f"{name}.dump"))
                    dump.flush()
                    options = ["--no-owner", "--role", name, "--exit-on-error", "--dbname", name]
                    _run(data, port, ["pg_restore", *options, dump.name])
    print(f"Restored into {data.root}. Start it with: pongpong up --data-dir '{data.root}'")


@contextlib.contextmanager
def server(data: DataDir) -> Iterator[int]:
    """The port of the running server, or of one that runs for as long as this takes."""
    if data.running_pid() is not None:
        yield data.known_ports()["postgres"]
        return
    if data.lock() is None:
        raise Refused("The fleet is just starting. Try again in a moment.")
    postgres.create_cluster(data)
    postgres.stop_leftover(data)
    port = ports.pick(["postgres"], {})["postgres"]
    server = subprocess.Popen(
        postgres.command(data, port),
        preexec_fn=postgres.become_unprivileged,  # noqa: PLW1509  this process has one thread
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        postgres.connect(data, port).close()
        yield port
    finally:
        server.send_signal(2)
        server.wait(timeout=60)


def _run(data: DataDir, port: int, command: list[str]) -> None:
    program = postgres.programs(data) / command[0]
    environment = {
        "PGHOST": "127.0.0.1", "PGPORT": str(port), "PGUSER": postgres.SUPERUSER,
        "PGPASSWORD": data.secrets()["postgres"], "LC_ALL": "C",
    }  # fmt: skip
    done = subprocess.run(
        [str(program), *command[1:]], env=environment, check=False, capture_output=True, text=True, timeout=_TIMEOUT
    )
    if done.returncode != 0:
        raise Refused(f"{command[0]} failed: {(done.stderr.strip() or 'no reason given').splitlines()[-1]}")


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = len(content), int(time.time()), 0o600
    archive.addfile(member, io.BytesIO(content))


def _read(archive: tarfile.TarFile, name: str) -> bytes:
    stream = archive.extractfile(name)
    if stream is None:
        raise KeyError(name)
    return stream.read()
