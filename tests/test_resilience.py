"""What dies comes back: any single process killed, the database away for two minutes, the launcher itself killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
import requests

from deploy.local import supervisor
from deploy.local.programs import STARTER, programs
from deploy.local.running import ROOT, RunningFleet, running_fleet
from tests.outside import Site, User, eventually, mails, sign_up

AWAY = 120
"""Seconds for which PostgreSQL is gone."""
HEALED_WITHIN = 60
COMMAND = [sys.executable, "-m", "deploy.local.cli"]
EVERY_PART = [
    "beat", "email_service", "endpoint_check", "endpoint_check_dispatcher", "endpoint_check_worker", "endpoint_service",
    "endpoint_service_worker", "frontend", "gateway", "notification_service", "notification_service_worker", "postgres",
    "report_service", "report_service_worker", "slack_service", "user_service", "user_service_worker", "valkey",
]  # fmt: skip


@pytest.fixture(scope="module")
def own_fleet() -> Iterator[RunningFleet]:
    """A fleet to break, on a path with a space."""
    with running_fleet(folder="data of a fleet") as fleet:
        yield fleet


@pytest.fixture(scope="module")
def user(own_fleet: RunningFleet) -> User:
    return sign_up(own_fleet)


@pytest.fixture(scope="module")
def watched(user: User) -> Iterator[tuple[Site, dict[str, Any]]]:
    """A site that is checked every five seconds all along."""
    site = Site()
    site.up()
    created = user.post("/endpoint-service/endpoints", {"url": site.url, "interval": 5, "timeout": 2})
    assert created.status_code == 201, created.text
    yield site, created.json()
    site.down()


def newest(user: User, endpoint: dict[str, Any]) -> str:
    """When the newest stored result was due; "" while nobody answers."""
    try:
        answer = user.get("/report-service/reports", params={"endpoint_id": endpoint["id"], "per_page": 1})
    except requests.RequestException:
        return ""
    items = answer.json()["items"] if answer.status_code == 200 else []
    return items[0]["checked_at"] if items else ""


def assert_checks_go_on(user: User, endpoint: dict[str, Any]) -> None:
    """A result newer than all there are now comes in."""
    before = eventually("the API answers", lambda: newest(user, endpoint), within=HEALED_WITHIN)
    eventually("a new result", lambda: newest(user, endpoint) > before, within=HEALED_WITHIN)


def parts(fleet: RunningFleet) -> dict[str, dict[str, Any]]:
    """What the supervisor says of each part, by name: `up` and `pid`."""
    with supervisor.control(fleet.data) as control:
        found = control.getAllProcessInfo()
    return {
        info["name"]: {"up": info["statename"] == "RUNNING", "pid": info["pid"]}
        for info in found
        if info["name"] != STARTER
    }


def _stop(fleet: RunningFleet, *names: str) -> None:
    with supervisor.control(fleet.data) as control:
        for name in names:
            control.stopProcess(supervisor.full_name(programs(fleet.data)[name]))


def _start(fleet: RunningFleet, *names: str) -> None:
    with supervisor.control(fleet.data) as control:
        for name in names:
            control.startProcess(supervisor.full_name(programs(fleet.data)[name]))


def test_the_parts_are_all_there_is_to_kill(own_fleet: RunningFleet) -> None:
    assert sorted(parts(own_fleet)) == EVERY_PART
    assert {part["name"] for part in own_fleet.status()["parts"]} == {*EVERY_PART, "supervisor"}


def test_the_idle_fleet_takes_at_most_a_gigabyte(own_fleet: RunningFleet) -> None:
    status = own_fleet.status()
    assert all(part["up"] for part in status["parts"])
    assert status["memory_bytes"] <= 1e9


def test_any_process_that_is_killed_comes_back_and_checks_go_on(
    own_fleet: RunningFleet, user: User, watched: tuple[Site, dict[str, Any]]
) -> None:
    _, endpoint = watched
    for name in EVERY_PART:
        killed = parts(own_fleet)[name]["pid"]
        os.kill(killed, signal.SIGKILL)

        def healed(name: str = name, killed: int = killed) -> bool:
            part = parts(own_fleet)[name]
            return bool(part["up"] and part["pid"] != killed)

        eventually(f"{name} is back", healed, within=HEALED_WITHIN, every=0.5)
    assert_checks_go_on(user, endpoint)


def test_a_gunicorn_worker_that_is_killed_comes_back(own_fleet: RunningFleet, user: User) -> None:
    arbiter = psutil.Process(parts(own_fleet)["user_service"]["pid"])
    eventually("a worker", arbiter.children, within=20)[0].kill()
    eventually("user_service answers", lambda: user.get("/user-service/users/me").status_code == 200, within=20)


def test_processes_killed_while_the_database_is_away_for_two_minutes_come_back(
    own_fleet: RunningFleet, user: User, watched: tuple[Site, dict[str, Any]]
) -> None:
    _, endpoint = watched
    _stop(own_fleet, "postgres")
    gone = time.monotonic()
    try:
        for name in ("user_service", "endpoint_check", "endpoint_check_worker", "endpoint_check_dispatcher", "beat"):
            os.kill(parts(own_fleet)[name]["pid"], signal.SIGKILL)
        answer = user.get("/endpoint-service/endpoints")
        assert answer.status_code in {401, 503}
        assert set(answer.json()) == {"message", "code"}
        time.sleep(max(0.0, AWAY - (time.monotonic() - gone)))
    finally:
        _start(own_fleet, "postgres")
    eventually(
        "every part is up", lambda: all(part["up"] for part in parts(own_fleet).values()), within=HEALED_WITHIN, every=1
    )
    assert_checks_go_on(user, endpoint)


def test_an_outage_while_notification_service_is_away_is_told_when_it_returns(
    own_fleet: RunningFleet, user: User, watched: tuple[Site, dict[str, Any]]
) -> None:
    site, endpoint = watched
    _stop(own_fleet, "notification_service", "notification_service_worker")
    try:
        site.down()
        path = f"/endpoint-service/endpoints/{endpoint['id']}"
        eventually("the endpoint is down", lambda: user.get(path).json()["state"] == "down", within=60)
        assert mails(own_fleet, user.email) == []
    finally:
        _start(own_fleet, "notification_service", "notification_service_worker")
    eventually("the mail", lambda: mails(own_fleet, user.email), within=HEALED_WITHIN)
    site.up()
    eventually("the endpoint is up", lambda: user.get(path).json()["state"] == "up", within=60)
    eventually("the recovery mail", lambda: len(mails(own_fleet, user.email)) == 2, within=HEALED_WITHIN)


def test_up_cleans_up_after_a_killed_up_and_a_stop_loses_nothing(
    own_fleet: RunningFleet, user: User, watched: tuple[Site, dict[str, Any]]
) -> None:
    _, endpoint = watched
    pid = own_fleet.data.running_pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    eventually("nobody holds the directory", lambda: own_fleet.data.running_pid() is None, within=10)
    stored = newest(user, endpoint)
    settings = own_fleet.data.settings()
    where = ["--data-dir", str(own_fleet.data.root)]
    again = subprocess.Popen(
        [
            *COMMAND, "up", *where, "--gateway-port", str(settings["gateway_port"]),
            "--frontend-port", str(settings["frontend_port"]),
        ],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        assert again.stdout is not None
        said = []
        for line in again.stdout:
            said.append(line)
            if "is ready" in line:
                break
        assert any("left over from a run that was killed" in line for line in said)
        assert newest(user, endpoint) >= stored
        assert_checks_go_on(user, endpoint)
        second = subprocess.run(
            [*COMMAND, "up", *where], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
        )
        assert second.returncode == 1
        assert "already runs" in second.stderr
    finally:
        down = subprocess.run(
            [*COMMAND, "down", *where], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
        )
        again.communicate(timeout=60)
    assert "pongpong is down." in down.stdout
    assert again.returncode == 0
    left = [
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if str(own_fleet.data.root) in str(process.info["cmdline"])
    ]
    assert left == []
