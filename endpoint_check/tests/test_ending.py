"""Worker and dispatcher end within 10 s of SIGTERM, whatever their peers do and wherever they are."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit, urlunsplit

import pytest
import redis
from celery import Celery
from django.conf import settings
from django.db import connection

pytestmark = pytest.mark.django_db(transaction=True)
WITHIN = 10.0
WORKERS = {
    "worker": ("endpoint_check.check.default", ["check"]),
    "dispatcher": ("endpoint_check.dispatch.default,endpoint_check.default.default", ["dispatch", "sync", "deliver"]),
}


class Way:
    """A way to a peer that can be blocked: connections stand, and nothing comes through any more."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target = (parts.hostname, parts.port or 0)
        self._server = socket.create_server(("127.0.0.1", 0))
        user, _, _ = parts.netloc.rpartition("@")
        netloc = f"{user}@127.0.0.1:{self._server.getsockname()[1]}".lstrip("@")
        self.url = urlunsplit(parts._replace(netloc=netloc))
        self.blocked, self.bytes = threading.Event(), 0
        self._sockets = [self._server]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._server.accept()
                self._sockets.append(client)
                if self.blocked.is_set():
                    continue
                peer = socket.create_connection(self._target)
                self._sockets.append(peer)
                for one, other in ((client, peer), (peer, client)):
                    threading.Thread(target=self._pass, args=(one, other), daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                while self.blocked.is_set():
                    time.sleep(0.05)
                self.bytes += len(data)
                other.sendall(data)
        with suppress(OSError):
            other.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.blocked.clear()
        for one in self._sockets:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


@contextmanager
def way(url: str) -> Iterator[Way]:
    made = Way(url)
    try:
        yield made
    finally:
        made.close()


def eventually(what: str, done) -> None:
    ends = time.monotonic() + 30
    while not done():
        assert time.monotonic() < ends, what
        time.sleep(0.05)


def ended_within(process: subprocess.Popen[str]) -> float:
    started = time.monotonic()
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(WITHIN + 5)
    except subprocess.TimeoutExpired:
        pytest.fail("it lives on")
    return time.monotonic() - started


@pytest.mark.parametrize("name", WORKERS)
@pytest.mark.parametrize("blocked", ["nobody", "postgres", "valkey", "everybody", "itself"])
def test_it_ends_in_time(name: str, blocked: str):
    database = os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{connection.settings_dict['NAME']}"
    queues, tasks = WORKERS[name]
    stuck = blocked == "itself"
    if stuck and name == "dispatcher":
        pytest.skip("it judges nothing")
    with redis.Redis.from_url(settings.BROKER_URL) as broker:
        broker.delete(*queues.split(","))
    sender = Celery(broker=settings.BROKER_URL)
    with way(database) as postgres, way(settings.BROKER_URL) as valkey:
        environment = {**os.environ, "DATABASE_URL": postgres.url, "BROKER_URL": valkey.url}
        command = [sys.executable, "-m", "endpoint_check.tests.ending_worker", queues, *(["stuck"] if stuck else [])]
        process = subprocess.Popen(  # noqa: S603  ours
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO endpoint_check_monitor (endpoint_id, region, user_id, name, url, spec, version, enabled,"
                    " tags, interval, timeout, next_check_at, condition, run_kind, run_count, cause, error_code,"
                    " in_maintenance) VALUES (1, 'default', 1, '', '', '{\"url\": \"http://127.0.0.1:9/\"}', 1, true, '{}',"
                    " 1, 1, now(), 'pending', '', 0, '', '', false)"
                )
            for task in tasks:
                sender.send_task(f"endpoint_check.tasks.{task}", queue=queues.split(",")[task != tasks[0]])
            eventually("it works", lambda: postgres.bytes > 0)
            if stuck:
                assert process.stdout is not None
                assert any(line == "stuck\n" for line in process.stdout), "its banner comes first"
            for one, names in ((postgres, {"postgres", "everybody"}), (valkey, {"valkey", "everybody"})):
                if blocked in names:
                    one.blocked.set()
            time.sleep(0.5)
            assert ended_within(process) < WITHIN
        finally:
            process.kill()
            process.communicate()
            sender.close()
