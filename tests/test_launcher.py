"""`pongpong` as its user meets it: clear sentences, private files, a backup that restores."""

import json
import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg2
import pytest

from common.fleet import fleet, host_name
from deploy.local import ports, postgres
from deploy.local.caddy import caddyfile
from deploy.local.data_dir import DataDir, Refused, write_private
from deploy.local.running import ROOT, RunningFleet, running_fleet
from deploy.local.testing import temporary_data_dir
from tests.outside import PASSWORD, User, nobody, sign_up

COMMAND = [sys.executable, "-m", "deploy.local.cli"]


def pongpong_command(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*COMMAND, *arguments], cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, timeout=180,
        check=False,
    )  # fmt: skip


def refused(*arguments: str) -> str:
    """What it says where it refuses: one sentence on the standard error, no traceback, exit code 1."""
    done = pongpong_command(*arguments)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stderr


@pytest.fixture
def data() -> DataDir:
    return temporary_data_dir()


def test_a_taken_port_is_named_with_the_option_that_changes_it(data: DataDir) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        free = str(ports.pick(["x"], {})["x"])
        said = refused("up", "--data-dir", str(data.root), "--gateway-port", port, "--frontend-port", free)
        assert f"Port {port} is taken" in said
        assert "--gateway-port" in said
        said = refused("up", "--data-dir", str(data.root), "--gateway-port", free, "--frontend-port", port)
        assert "--frontend-port" in said


def test_a_directory_of_another_version_is_refused(data: DataDir) -> None:
    data.create()
    (data.root / "version.json").write_text(json.dumps({"layout": 99, "postgres": 18}))
    assert "belongs to another version" in refused("up", "--data-dir", str(data.root))


def test_a_folder_with_other_files_is_refused(data: DataDir) -> None:
    data.root.mkdir()
    (data.root / "thesis.odt").write_text("precious")
    assert "not pongpong's" in refused("up", "--data-dir", str(data.root))
    assert (data.root / "thesis.odt").read_text() == "precious"


def test_a_full_disk_is_said(data: DataDir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.local.data_dir.LEAST_FREE_BYTES", 2**60)
    with pytest.raises(Refused, match=r"The disk of .* is full"):
        data.create()


def test_a_path_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert str(tmp_path / "file") in refused("up", "--data-dir", str(tmp_path / "file" / "data"))


def test_the_same_port_twice_is_refused(data: DataDir) -> None:
    assert "same" in refused("up", "--data-dir", str(data.root), "--gateway-port", "9000", "--frontend-port", "9000")


def test_status_and_down_say_that_nothing_runs(data: DataDir) -> None:
    status = pongpong_command("status", "--data-dir", str(data.root))
    assert (status.returncode, "does not run" in status.stdout) == (3, True)
    assert "does not run" in pongpong_command("down", "--data-dir", str(data.root)).stdout


def test_secrets_are_made_once_and_private(data: DataDir) -> None:
    data.create()
    first = data.secrets()
    data.create()
    assert data.secrets() == first
    assert len(set(first.values())) == len(first)
    private = [path for path in data.root.iterdir() if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in private} == {0o600}
    assert stat.S_IMODE(data.root.stat().st_mode) & 0o066 == 0


def test_a_service_that_came_with_an_upgrade_gets_its_secret(data: DataDir) -> None:
    data.create()
    old = data.secrets()
    newest = f"database.{fleet().databases[-1]}"
    write_private(data.root / "secrets.json", json.dumps({name: old[name] for name in old if name != newest}))

    data.create()

    assert data.secrets().keys() == old.keys()
    assert {name: text for name, text in data.secrets().items() if name != newest} == {
        name: text for name, text in old.items() if name != newest
    }


def test_the_caddyfile_leads_to_public_services_only() -> None:
    ports = {name: 20000 + number for number, name in enumerate(fleet().services)}
    settings: dict[str, str | int] = {"listen": "127.0.0.1", "gateway_port": 1, "frontend_port": 2}
    text = caddyfile(settings, ports, web_app="https://watch.example/pong", max_body=1000)
    assert "Access-Control-Allow-Origin https://watch.example\n" in text
    assert "admin off" in text
    for name, service in fleet().services.items():
        assert (f"path_regexp ^/{host_name(name)}(/" in text) == service.public


def test_the_database_takes_nobody_without_a_password(pongpong: RunningFleet) -> None:
    data, port = pongpong.data, pongpong.data.known_ports()["postgres"]
    assert stat.S_IMODE(data.postgres.stat().st_mode) == 0o700
    for user in (postgres.SUPERUSER, "user_service", "postgres"):
        with pytest.raises(psycopg2.OperationalError):
            psycopg2.connect(host="127.0.0.1", port=port, user=user, dbname="postgres", connect_timeout=5)
        with pytest.raises(psycopg2.OperationalError):
            psycopg2.connect(host="127.0.0.1", port=port, user=user, password="guess", dbname="postgres")


def test_a_service_cannot_enter_the_database_of_another(pongpong: RunningFleet) -> None:
    url = postgres.url(pongpong.data, pongpong.data.known_ports()["postgres"], "user_service")
    psycopg2.connect(url).close()
    with pytest.raises(psycopg2.OperationalError, match="permission denied"):
        psycopg2.connect(url.rpartition("/")[0] + "/endpoint_service")


def test_nothing_listens_beyond_loopback(pongpong: RunningFleet) -> None:
    roots = [psutil.Process(pid) for pid in pongpong.pids().values()]
    pids = {process.pid for root in roots for process in [root, *root.children(recursive=True)]}
    listening = {
        connection.laddr[0]
        for connection in psutil.net_connections("inet")
        if connection.pid in pids and connection.status == psutil.CONN_LISTEN and connection.laddr
    }
    assert listening == {"127.0.0.1"}


def test_a_backup_restores_into_a_fleet_of_its_own(pongpong: RunningFleet, tmp_path: Path) -> None:
    user = sign_up(pongpong, "saved@example.com")
    created = user.post(
        "/endpoint-service/endpoints", {"url": "http://127.0.0.1:9/saved", "headers": {"Authorization": "s3cret"}}
    )
    assert created.status_code == 201, created.text
    file = tmp_path / "backup.tar"
    done = pongpong_command("backup", str(file), "--data-dir", str(pongpong.data.root))
    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "holds a fleet already" in refused("restore", str(file), "--data-dir", str(pongpong.data.root))
    assert "no backup" in refused("restore", str(ROOT / "README.md"), "--data-dir", str(temporary_data_dir().root))

    with running_fleet(backup=file) as restored:
        again = User(restored, user.id, user.email, user.key)
        assert again.get("/user-service/users/me").json()["email"] == user.email
        assert [item["url"] for item in again.get("/endpoint-service/endpoints").json()["items"]] == [
            "http://127.0.0.1:9/saved"
        ]
        login = nobody(restored).post("/user-service/login", {"email": user.email, "password": PASSWORD})
        assert login.status_code == 200, login.text
        # What is written after a restore reaches the followers too, though transaction ids have begun anew.
        fresh = sign_up(restored, "fresh@example.com")
        channels = fresh.get("/notification-service/notifications").json()["items"]
        assert [channel["settings"]["addresses"] for channel in channels] == [["fresh@example.com"]]
