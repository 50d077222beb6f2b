"""Processes of one machine start one after another, and none waits for ever."""

import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator

import pytest
import redis
from django.conf import settings

from common import turns


@pytest.fixture
def key(monkeypatch) -> str:
    name = uuid.uuid4().hex
    monkeypatch.setenv("START_TURN", name)
    return f"start-turn:{name}"


@pytest.fixture
def client() -> Iterator["redis.Redis"]:
    found = redis.Redis.from_url(settings.BROKER_URL)
    yield found
    found.close()


@pytest.fixture
def host(monkeypatch):
    """Poses as another host from here on."""
    return lambda name: monkeypatch.setattr(turns, "_holder", lambda: name)


def test_one_has_the_turn_at_a_time_and_gives_it_to_the_next(key: str, client: "redis.Redis", host):
    host("a")
    assert turns.take()
    host("b")
    second = threading.Thread(target=turns.take)
    second.start()
    second.join(timeout=1)
    assert second.is_alive()
    turns.give_back()  # not its own: nothing
    assert client.get(key) == b"a"
    client.delete(key)  # as "a" gives it back
    second.join(timeout=20)
    assert client.get(key) == b"b"
    turns.give_back()
    assert not client.exists(key)


def test_the_next_container_of_a_pod_has_the_turn_of_the_one_before(key: str, client: "redis.Redis", host):
    host("pod")
    assert turns.take()
    client.pexpire(key, 5000)
    started = time.monotonic()
    assert turns.take()
    assert time.monotonic() - started < 5
    assert client.pttl(key) > 10_000


def test_a_turn_that_nobody_gives_back_lapses(key: str, client: "redis.Redis", host, monkeypatch):
    monkeypatch.setattr(turns, "LAPSES", 0.5)
    host("killed")
    assert turns.take()
    host("next")
    assert turns.take()
    assert client.get(key) == b"next"


def test_who_has_nobody_serving_in_its_place_goes_first(key: str, client: "redis.Redis", host, monkeypatch):
    monkeypatch.setattr(turns, "LONGEST_WAIT", 1.0)
    client.set(f"{key}:first", "a worker", px=60_000)
    host("http")
    assert not turns.take()
    host("worker")
    assert turns.take(first=True)


def test_the_longest_wait_is_bounded(key: str, client: "redis.Redis", host, monkeypatch):
    monkeypatch.setattr(turns, "LONGEST_WAIT", 0.5)
    client.set(key, "somebody else", px=60_000)
    assert not turns.take()


@pytest.mark.parametrize("broker", ["redis://127.0.0.1:9/0", "redis://nobody.invalid:6379/0"])
def test_nobody_waits_long_for_a_broker_that_is_away(key: str, broker: str, monkeypatch):
    monkeypatch.setenv("BROKER_URL", broker)
    monkeypatch.setattr(turns, "BROKER_WAIT", 0.5)
    started = time.monotonic()
    assert not turns.take()
    turns.give_back()
    assert time.monotonic() - started < 30


def test_without_a_name_nobody_waits(monkeypatch):
    monkeypatch.setenv("START_TURN", "")
    monkeypatch.setenv("BROKER_URL", "nonsense")
    assert not turns.take()
    turns.give_back()


def test_the_command_follows_in_the_same_process(key: str, client: "redis.Redis"):
    command = [sys.executable, "-m", "common.turns", "--first", sys.executable, "-c", "import os; print(os.getpid())"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603  our own
    output, _ = process.communicate(timeout=60)
    assert (process.returncode, output) == (0, f"{process.pid}\n")
    assert client.get(key) == turns._holder().encode()


def test_it_is_taken_before_django_is_there():
    ask = "import sys, common.turns; print([name for name in ('celery', 'django.db', 'rest_framework') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", ask], check=True, capture_output=True, text=True)  # noqa: S603  our own
    assert done.stdout == "[]\n"
