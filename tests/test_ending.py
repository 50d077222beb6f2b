"""Every process ends within 10 s of SIGTERM, whatever its peers do."""

import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import psutil
import pytest
import requests

from common.fleet import fleet
from common.processes.alive import still_running
from deploy.local.running import RunningFleet, running_fleet
from tests.outside import User, eventually, sign_up

WITHIN = 10
PEERS = ["postgres", "valkey", "user_service", "endpoint_service", "report_service", "notification_service", "gateway"]


def tree(pid: int) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    return []


@contextmanager
def stopped(processes: Sequence[psutil.Process]) -> Iterator[None]:
    """They hang: their sockets stay open, and nothing answers."""
    for process in processes:
        process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGCONT)


def ask(fleet_: RunningFleet, user: User) -> None:
    """Requests that will wait for whoever hangs."""

    def one(service: str, path: str) -> None:
        with suppress(requests.RequestException):
            headers = fleet_.user_headers(user.id) | fleet_.internal_headers
            requests.get(f"{fleet_.service_url(service)}{path}", headers=headers, timeout=30)

    for service in fleet().services:
        for path in ("/health/ready", "/api/endpoints", "/api/notifications", "/api/reports", "/api/users/me"):
            threading.Thread(target=one, args=(service, path), daemon=True).start()


@pytest.fixture(scope="module")
def watched() -> Iterator[tuple[RunningFleet, User]]:
    with running_fleet() as made:
        user = sign_up(made)
        for number in range(5):
            user.post("/endpoint-service/endpoints", {"url": f"http://127.0.0.1:9/{number}", "interval": 5})
        yield made, user


@pytest.mark.slow
@pytest.mark.parametrize("peer", PEERS)
def test_every_process_ends_in_time_while_a_peer_hangs(watched: tuple[RunningFleet, User], peer: str) -> None:
    made, user = watched
    eventually("everything runs", lambda: all(part["up"] for part in made.status()["parts"]), within=90)
    pids = made.pids()
    hung = tree(pids.pop(peer))
    asked = {name: psutil.Process(pid) for name, pid in pids.items() if name not in {"postgres", "valkey"}}
    with stopped(hung):
        ask(made, user)
        time.sleep(3)
        began = time.monotonic()
        for process in asked.values():
            process.terminate()
        left = still_running(asked.values(), WITHIN)
        late = [name for name, process in asked.items() if process in left]
        assert late == [], f"{time.monotonic() - began:.1f} s after SIGTERM"


@pytest.mark.slow
@pytest.mark.parametrize("peer", ["postgres", "valkey", "report_service", "endpoint_check_worker"])
def test_up_ends_in_time_with_everything_below_it_while_a_part_hangs(peer: str) -> None:
    with running_fleet() as made:
        up = psutil.Process(made.data.running_pid())
        below = up.children(recursive=True)
        with stopped(tree(made.pids(peer)[peer])):
            up.terminate()
            assert still_running([up, *below], WITHIN + 1) == []
