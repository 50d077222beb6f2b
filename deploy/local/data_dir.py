"""The data directory: everything that one fleet keeps, and who may read it."""

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

LAYOUT = 1
"""Raised when a new version cannot use an older version's directory."""
POSTGRES_MAJOR = 18
LEAST_FREE_BYTES = 256 * 1024 * 1024


class Refused(Exception):
    """Something the user has to put right; the message is the whole explanation."""


def default_path() -> Path:
    """PONGPONG_DATA_DIR, else /var/lib/pongpong for root and ~/.local/share/pongpong for everybody else."""
    if named := os.environ.get("PONGPONG_DATA_DIR"):
        return Path(named)
    if os.geteuid() == 0:
        return Path("/var/lib/pongpong")
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "pongpong"


@dataclass(frozen=True)
class DataDir:
    """The layout below one folder."""

    root: Path

    @classmethod
    def at(cls, path: str | Path) -> "DataDir":
        """Absolute, so that it means the same from every directory."""
        return cls(Path(path).expanduser().absolute())

    @property
    def database_folder(self) -> Path:
        """Where PostgreSQL's files are: here, or where its user can enter while it cannot enter here (see `postgres`)."""
        note = self._database_note
        return Path(note.read_text()) if note.exists() else self.root

    def keep_database_in(self, folder: Path) -> None:
        """From now on."""
        write_private(self._database_note, str(folder))

    @property
    def _database_note(self) -> Path:
        return self.root / "database-folder"

    @property
    def postgres(self) -> Path:
        return self.database_folder / "postgres"

    @property
    def postgres_home(self) -> Path:
        """A copy of PostgreSQL's programs, where its user cannot read the installed ones."""
        return self.database_folder / "postgres-programs"

    @property
    def valkey(self) -> Path:
        return self.root / "valkey"

    @property
    def caddy(self) -> Path:
        return self.root / "caddy"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def pids(self) -> Path:
        return self.root / "pids"

    @property
    def mail(self) -> Path:
        return self.root / "mail"

    @property
    def static(self) -> Path:
        return self.root / "static"

    @property
    def supervisor_file(self) -> Path:
        return self.root / "supervisord.conf"

    @property
    def _secrets_file(self) -> Path:
        return self.root / "secrets.json"

    @property
    def _settings_file(self) -> Path:
        return self.root / "settings.json"

    @property
    def _version_file(self) -> Path:
        return self.root / "version.json"

    def create(self) -> None:
        """Make the folders (private to this user) and the secrets, or accept what is there.

        Raises `Refused` for another version's directory, a foreign folder and a full disk.
        """
        self._check_owner()
        self._check_version()
        try:
            # Root's PostgreSQL runs as another user, who has to pass through but cannot list.
            self.root.mkdir(parents=True, exist_ok=True)
            self.root.chmod(0o711 if os.geteuid() == 0 else 0o700)
            for folder in (self.valkey, self.caddy, self.logs, self.pids, self.mail, self.static):
                folder.mkdir(mode=0o700, exist_ok=True)
        except PermissionError as error:
            raise Refused(f"Cannot write to {self.root}: {error.strerror}. Choose another --data-dir.") from error
        free = shutil.disk_usage(self.root).free
        if free < LEAST_FREE_BYTES:
            raise Refused(
                f"The disk of {self.root} is full: {free // 2**20} MB are free and at least"
                f" {LEAST_FREE_BYTES // 2**20} MB are needed."
            )
        # A service that came with an upgrade needs a secret too; those that are there stay.
        known = self.secrets() if self._secrets_file.exists() else {}
        if missing := {name: secret for name, secret in new_secrets().items() if name not in known}:
            self.save_secrets(known | missing)
        if not self._version_file.exists():
            write_private(self._version_file, json.dumps({"layout": LAYOUT, "postgres": POSTGRES_MAJOR}))

    def _check_owner(self) -> None:
        """Files in somebody else's folder are not ours to trust, nor is a link that somebody else may turn."""
        if self.root.is_symlink() and self.root.lstat().st_uid != os.geteuid():
            raise Refused(f"{self.root} is somebody else's link. Choose another --data-dir.")
        if self.root.exists() and self.root.stat().st_uid != os.geteuid():
            raise Refused(f"{self.root} belongs to another user. Choose another --data-dir.")

    def _check_version(self) -> None:
        if self._version_file.exists():
            found = json.loads(self._version_file.read_text())
            if found != {"layout": LAYOUT, "postgres": POSTGRES_MAJOR}:
                raise Refused(
                    f"{self.root} belongs to another version of pongpong (layout {found.get('layout')}, PostgreSQL"
                    f" {found.get('postgres')}; this one has {LAYOUT} and {POSTGRES_MAJOR}). Restore a backup of it"
                    " into a new --data-dir."
                )
        elif self.root.exists() and any(self.root.iterdir()):
            raise Refused(f"{self.root} holds files that are not pongpong's. Choose another --data-dir.")

    @property
    def exists(self) -> bool:
        """Whether a fleet was ever set up here."""
        return self._version_file.exists()

    def secrets(self) -> dict[str, str]:
        """The fleet's secrets by name."""
        found: dict[str, str] = json.loads(self._secrets_file.read_text())
        return found

    def save_secrets(self, secrets_: dict[str, str]) -> None:
        """Keep these from now on."""
        write_private(self._secrets_file, json.dumps(secrets_, indent=1))

    def settings(self) -> dict[str, str | int]:
        """What `up` was told last (addresses, ports), for the processes and for `status`."""
        found: dict[str, str | int] = json.loads(self._settings_file.read_text())
        return found

    def save_settings(self, settings: dict[str, str | int]) -> None:
        """Keep what `up` was told."""
        write_private(self._settings_file, json.dumps(settings, indent=1))

    def known_ports(self) -> dict[str, int]:
        """The internal ports of the last run, to be used again while they are free."""
        if not self._settings_file.exists():
            return {}
        return {
            name.removeprefix("port."): int(value)
            for name, value in self.settings().items()
            if name.startswith("port.")
        }

    @property
    def admin_port(self) -> int:
        """Where `pongpong admin` listened last, or 0."""
        return int(self.settings().get("admin_port", 0)) if self._settings_file.exists() else 0

    def lock(self) -> int | None:
        """Take the directory for this process (and what it becomes by exec), or None where somebody has it."""
        handle = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return None
        os.ftruncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
        os.set_inheritable(handle, True)
        return handle

    def running_pid(self) -> int | None:
        """The pid of the `up` that holds the directory now."""
        if not self.root.exists():
            return None
        handle = self.lock()
        if handle is not None:
            os.close(handle)
            return None
        with contextlib.suppress(ValueError, OSError):
            return int((self.root / "lock").read_text())
        return None


@contextlib.contextmanager
def replacing(path: Path, owner: tuple[int, int] | None = None) -> Iterator[IO[bytes]]:
    """A file that will stand at `path` when the block ends, whole or not at all; only its owner can read it.

    Others may be able to write to the folder: the file's name is new and its own (`mkstemp`), no link is followed, the owner
    (uid, gid) is set on the open file, and what stands there in the end must be this file.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w+b") as file:
            if owner is not None:
                os.fchown(file.fileno(), *owner)
            yield file
            file.flush()
            os.replace(name, path)  # noqa: PTH105  a name, which `finally` looks at too
            if not os.path.samestat(os.fstat(file.fileno()), path.lstat()):
                raise Refused(f"Somebody else writes to {path.parent}: {path} is not the file that was written.")
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)  # noqa: PTH108


def write_private(path: Path, text: str, owner: tuple[int, int] | None = None) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    with replacing(path, owner) as file:
        file.write(text.encode())


def read_regular(path: Path, owners: Collection[int]) -> str:
    """The text of a plain file of one of these users' own; raises `Refused` for a link and for what is somebody else's."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise Refused(f"Cannot read {path}: {error.strerror}.") from error
    with os.fdopen(handle) as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1 or found.st_uid not in owners:
            raise Refused(f"{path} is not a file of pongpong's own.")
        return file.read()


def new_secrets() -> dict[str, str]:
    """A fresh one for every name."""
    from common.fleet import fleet  # noqa: PLC0415

    names = ["secret_key", "internal_token", "gateway_token", "encryption_keys", "postgres", "valkey", "supervisor"]
    return {name: secrets.token_urlsafe(40) for name in [*names, *(f"database.{name}" for name in fleet().databases)]}
