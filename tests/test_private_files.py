"""What the launcher writes where others can write too, and where root's database goes that its user could not enter."""

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local import postgres
from deploy.local.data_dir import DataDir, Refused, read_regular, replacing, write_private
from deploy.local.running import ROOT, RunningFleet, command, started
from deploy.local.testing import temporary_data_dir
from tests.outside import sign_up

COMMAND = [sys.executable, "-m", "deploy.local.cli"]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that everybody can write to."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shared"
        path.mkdir()
        path.chmod(0o777)
        Path(folder).chmod(0o711)
        yield path


@pytest.mark.parametrize("name", [".backup.tar.new", "backup.tar"])
def test_a_backup_follows_no_link_that_somebody_laid(pongpong: RunningFleet, shared: Path, name: str) -> None:
    theirs = shared / "theirs"
    theirs.write_text("precious")
    theirs.chmod(0o666)
    (shared / name).symlink_to(theirs)
    command(pongpong.data, "backup", str(shared / "backup.tar"))
    assert theirs.read_text() == "precious"
    made = (shared / "backup.tar").lstat()
    assert stat.S_ISREG(made.st_mode)
    assert stat.S_IMODE(made.st_mode) == 0o600


def test_a_backup_goes_into_no_file_that_somebody_holds_open(pongpong: RunningFleet, shared: Path) -> None:
    with (shared / ".backup.tar.new").open("w+b") as one, (shared / "backup.tar").open("w+b") as other:
        for file in (one, other):
            os.fchmod(file.fileno(), 0o666)
        command(pongpong.data, "backup", str(shared / "backup.tar"))
        assert (one.seek(0, 2), other.seek(0, 2)) == (0, 0)
    assert (shared / "backup.tar").stat().st_size > 1000


def test_a_backup_that_fails_leaves_nothing(pongpong: RunningFleet, shared: Path) -> None:
    (shared / "backup.tar").mkdir()
    done = subprocess.run(
        [*COMMAND, "backup", str(shared / "backup.tar"), "--data-dir", str(pongpong.data.root)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=180,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert [path.name for path in shared.iterdir()] == ["backup.tar"]


def test_a_file_that_was_exchanged_while_it_was_written_is_said(shared: Path) -> None:
    def exchanged() -> None:
        with replacing(shared / "file") as ours:
            ours.write(b"ours")
            (written,) = shared.iterdir()
            written.unlink()
            written.write_text("theirs")

    with pytest.raises(Refused, match="Somebody else writes"):
        exchanged()


def test_nobody_else_reads_a_private_file_at_any_moment(shared: Path) -> None:
    seen: set[int] = set()
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            for entry in os.scandir(shared):
                try:
                    seen.add(stat.S_IMODE(entry.stat(follow_symlinks=False).st_mode))
                except FileNotFoundError:
                    continue

    watcher = threading.Thread(target=watch)
    watcher.start()
    for _ in range(200):
        write_private(shared / "secrets.json", "x" * 10_000)
    over.set()
    watcher.join()
    assert seen == {0o600}


def test_links_and_files_of_others_are_not_read(shared: Path) -> None:
    secret = shared / "secret"
    secret.write_text("hush")
    (shared / "link").symlink_to(secret)
    os.mkfifo(shared / "pipe")
    os.link(secret, shared / "second-name")
    for name in ("link", "pipe", "second-name", "missing"):
        with pytest.raises(Refused):
            read_regular(shared / name, {os.geteuid()})
    (shared / "second-name").unlink()
    assert read_regular(secret, {os.geteuid()}) == "hush"
    with pytest.raises(Refused):
        read_regular(secret, {os.geteuid() + 1})


@as_root
def test_a_data_directory_of_somebody_elses_is_refused(shared: Path) -> None:
    folder = shared / "data"
    folder.mkdir()
    os.chown(folder, 65534, 65534)
    with pytest.raises(Refused, match="belongs to another user"):
        DataDir.at(folder).create()
    (shared / "link").symlink_to(shared, target_is_directory=True)
    os.chown(shared / "link", 65534, 65534, follow_symlinks=False)
    with pytest.raises(Refused, match="somebody else's link"):
        DataDir.at(shared / "link").create()


@as_root
@pytest.mark.parametrize("name", ["pongpong.conf", "pg_hba.conf", "postgresql.conf", ".pongpong.conf.new"])
def test_root_follows_no_link_out_of_the_databases_folder(name: str) -> None:
    """The folder is PostgreSQL's user's own: whoever gets to be that user must not get to be root."""
    data = temporary_data_dir()
    data.create()
    data.save_settings({"port.postgres": 1, "port.valkey": 1})
    postgres.create_cluster(data)
    victim = data.root.parent / "shadow"
    victim.write_text("root:secret\ninclude 'pongpong.conf'\n")
    victim.chmod(0o600)
    (data.postgres / name).unlink(missing_ok=True)
    (data.postgres / name).symlink_to(victim)
    try:
        postgres.create_cluster(data)
    except Refused:
        assert name == "postgresql.conf"
    assert victim.read_text().startswith("root:secret")
    assert (victim.stat().st_uid, stat.S_IMODE(victim.stat().st_mode)) == (0, 0o600)
    for path in data.postgres.glob("*.conf"):
        assert path.is_symlink() or "root:secret" not in path.read_text()


@as_root
def test_as_root_in_a_closed_folder_the_fleet_comes_up_and_again() -> None:
    """As below /root: PostgreSQL's user cannot pass."""
    closed = Path(tempfile.mkdtemp(prefix="pongpong-closed-"))
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    data = DataDir.at(closed / "deeper" / "data")
    (closed / "deeper").mkdir()
    try:
        with started(data) as fleet:
            user = sign_up(fleet, "root@example.com")
            elsewhere = data.database_folder
            assert elsewhere.is_relative_to(postgres.ELSEWHERE)
            assert f"The database is in {elsewhere}" in (closed / "deeper" / "up.log").read_text()
            assert stat.S_IMODE(data.postgres.stat().st_mode) == 0o700
            assert stat.S_IMODE(closed.stat().st_mode) == 0o700, "nobody's folder is opened"
            command(data, "backup", str(closed / "backup.tar"))
        with started(data) as fleet:
            user.fleet = fleet
            assert user.get("/user-service/users/me").json()["email"] == "root@example.com"
        assert json.loads((data.root / "version.json").read_text())["layout"] == 1
    finally:
        if data.root.exists() and data.database_folder != data.root:
            shutil.rmtree(data.database_folder)
        shutil.rmtree(closed)
