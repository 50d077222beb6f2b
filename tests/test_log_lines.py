"""Whatever a process of ours prints, from its start through its work to its stop, is one JSON object a line."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from common.fleet import fleet, host_name
from deploy.local import ports
from deploy.local.running import running_fleet
from deploy.local.testing import NOBODY, stand_in_environment, start_parts
from tests.chart.rendering import containers, objects, of_kind
from tests.outside import Site, eventually, sign_up

ROOT = Path(__file__).resolve().parents[1]
NO_GROUP = """
import grp
def unknown(number):
    raise KeyError(number)
grp.getgrgid = unknown
"""
"""Containers run as numbers that may have no entry, as OpenShift's always do."""


def command(process: str) -> list[str]:
    """A process's command as the chart gives it, even without what keeps Celery from its banner; HTTP's is the image's."""
    for deployment in of_kind(objects("small"), "Deployment"):
        if deployment["metadata"]["name"] == f"pongpong-{process}":
            found = containers(deployment["spec"]["template"], init=False)[0]
            default = ["gunicorn", "--config", "python:common.gunicorn"]
            program, *arguments = [one for one in found.get("args") or default if one != "--quiet"]
            return [sys.executable, "-m", program, *arguments]
    raise LookupError(process)


@contextmanager
def running(process: str, folder: Path, *, stop: signal.Signals, **more: str) -> Iterator[tuple[Path, int]]:
    """That process with a file that takes all that it prints, and its port; stopped by a signal at the end."""
    (folder / "sitecustomize.py").write_text(NO_GROUP)
    service = next(
        name
        for name, one in fleet().services.items()
        if process in {host_name(name), "beat", *(host_name(worker.name) for worker in one.workers)}
    )
    port = ports.pick(["it"], {})["it"]
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    environment |= stand_in_environment(service, start_parts()) | {
        "PYTHONPATH": str(folder), "LOG_LEVEL": "INFO", "BIND": f"127.0.0.1:{port}", "METRICS_HOST": "127.0.0.1",
        "METRICS_PORT": str(port), "GATEWAY_URL": f"http://{NOBODY}",
    }  # fmt: skip
    if process == "beat":
        environment.pop("DJANGO_SETTINGS_MODULE")
    output = folder / "output"
    with output.open("wb") as file:
        started = subprocess.Popen(
            command(process), cwd=ROOT, env=environment | more, stdout=file, stderr=subprocess.STDOUT
        )
    try:
        yield output, port
    finally:
        started.send_signal(stop)
        started.wait(timeout=60)


def answers(port: int, path: str) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}{path}", timeout=10).ok
    except requests.ConnectionError:
        return False


def lines(output: Path) -> list[Mapping[str, object]]:
    """Each line as an object; a line that is none fails the test with what it says."""
    found: list[Mapping[str, object]] = []
    for line in output.read_text().splitlines():
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:
            entry = None
        assert isinstance(entry, dict), line
        assert {"time", "level", "logger", "message", "service"} <= entry.keys(), line
        found.append(entry)
    return found


@pytest.mark.parametrize(
    ("process", "stop"),
    [
        ("user-service-worker", signal.SIGTERM),
        ("user-service-worker", signal.SIGINT),
        ("user-service-worker", signal.SIGQUIT),  # Celery's cold shutdown
        ("beat", signal.SIGTERM),
        ("email-service", signal.SIGTERM),
        ("email-service", signal.SIGINT),
    ],
)
def test_a_process_that_starts_and_stops(process: str, stop: signal.Signals, tmp_path: Path):
    path = "/health/live" if process == "email-service" else "/metrics"
    with running(process, tmp_path, stop=stop) as (output, port):
        eventually("it serves", lambda: answers(port, path), within=60)
    found = lines(output)
    if process == "user-service-worker":
        assert any("shutdown" in str(one["message"]) for one in found), "Celery's own words are no longer told"
        warnings = [str(one["message"]) for one in found if one["logger"] == "py.warnings"]
        assert any("An entry for the specified gid or egid was not found" in text for text in warnings)


@pytest.mark.parametrize("process", ["endpoint-check-worker", "beat"])
def test_a_process_whose_broker_is_away(process: str, tmp_path: Path):
    with running(process, tmp_path, stop=signal.SIGTERM, BROKER_URL=f"redis://:secret@{NOBODY}/0") as (output, _port):
        eventually("it says so", lambda: NOBODY.split(":")[0] in output.read_text() or "refused" in output.read_text(), within=60)  # fmt: skip
    assert "secret" not in output.read_text()
    assert lines(output)


def test_a_service_that_is_sent_nonsense(tmp_path: Path):
    with running("email-service", tmp_path, stop=signal.SIGTERM) as (output, port):
        eventually("it serves", lambda: answers(port, "/health/live"), within=60)
        for nonsense in (b"\x16\x03\x01\x00\xff hello\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: y\r\n\r\n"):  # fmt: skip
            with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
                connection.sendall(nonsense)
                connection.settimeout(10)
                connection.recv(4096)
        assert answers(port, "/health/live")
    lines(output)


def test_what_nobody_catches_and_who_has_to_be_made_to_end(tmp_path: Path):
    """In a process of its own, as the hooks are Python's."""
    script = """
import logging.config, signal, sys, threading, time, warnings
from common.processes.ending import end_within
from common.gunicorn import logconfig_dict
from common.telemetry.logs import speak_json
logging.config.dictConfig(logconfig_dict)
speak_json()
end_within(1, service="email_service")
signal.signal(signal.SIGTERM, lambda *_: None)
warnings.warn("two\\nlines", UserWarning)
thread = threading.Thread(target=lambda: 1 / 0)
thread.start()
thread.join()
class Odd:
    def __del__(self):
        raise ValueError("in a finalizer")
Odd()
try:
    sys.excepthook(*[KeyError, KeyError("at the end"), None])
finally:
    signal.raise_signal(signal.SIGTERM)
time.sleep(30)
"""
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "email_service.settings"}
    output = tmp_path / "output"
    with output.open("wb") as file:
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, env=environment, stdout=file, stderr=subprocess.STDOUT,
            check=False, timeout=60,
        )  # fmt: skip
    assert done.returncode == 1
    found = lines(output)
    told = " ".join(f"{one['message']} {one.get('exc_info', '')} {one.get('threads', '')}" for one in found)
    for words in (
        "two\nlines",
        "ZeroDivisionError",
        "in a finalizer",
        "at the end",
        "Made to end after 1 s",
        "time.sleep(30)",
    ):
        assert words in told or words == "time.sleep(30)", words
    assert "MainThread" in found[-1]["threads"]  # type: ignore[operator]


def test_the_whole_fleet_from_its_start_to_its_stop():
    with running_fleet({"LOG_LEVEL": "INFO"}) as made:
        site = Site()
        site.up()
        user = sign_up(made)
        endpoint = user.post("/endpoint-service/endpoints", {"url": site.url, "interval": 5}).json()
        query = {"endpoint_id": endpoint["id"]}
        eventually("a result", lambda: user.get("/report-service/reports", params=query).json()["items"], within=60)
        site.down()
    ours = [*fleet().services, *(worker.name for one in fleet().services.values() for worker in one.workers), "beat"]
    for name in ours:
        file = made.data.logs / f"{name}.log"
        assert lines(file) or name == "beat", name


def test_the_image_knows_its_own_user_and_group():
    text = (ROOT / "Dockerfile").read_text()
    assert "pongpong:x:10001:10001:" in text.partition("USER 10001:10001")[0]
    assert "'pongpong:x:10001:' >> /etc/group" in text
