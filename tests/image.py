"""`make image-test`: the container image as a cluster runs it, on a PostgreSQL and a Valkey of this machine.

As a numbered user, with a read-only root and no capabilities: migrations twice, a service, a worker driven by beat, and
the web app. Not part of `make test`: it needs podman or docker and an image that `make image` built.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import requests

from deploy.local import ports
from deploy.local.testing import stand_in_environment, start_parts

IMAGE = os.environ.get("IMAGE", "pongpong")
ENGINE = os.environ.get("ENGINE", "podman")
RESTRICTED = [
    "--read-only", "--tmpfs", "/tmp:rw,size=64m",  # noqa: S108  the container's own
    "--cap-drop", "all", "--security-opt", "no-new-privileges",
    "--user", "10001:10001", "--network", "host",
]  # fmt: skip
SECONDS = 60
HELD: list[str] = []


def main() -> None:
    """Each step says that it held, or ends the run with what the container said."""
    picked = ports.pick(["user_service", "frontend", "worker"], {})
    service = _environment("user_service", BIND=f"127.0.0.1:{picked['user_service']}")
    for time_of in ("first", "second"):
        _run("user_service", service, "python", "manage.py", "user_service", "migrate_locked")
        _held(f"migrations, the {time_of} time")

    with _container("http", service) as logs:
        url = f"http://127.0.0.1:{picked['user_service']}"
        _until("user_service is ready", lambda: _answers(f"{url}/health/ready"), logs)
        _until("Swagger UI and its files", lambda: _answers(f"{url}/docs"), logs)
        _until("its log lines are JSON", lambda: all(json.loads(line) for line in logs().splitlines() if line), logs)

    worker = service | {"METRICS_PORT": str(picked["worker"]), "METRICS_HOST": "127.0.0.1", "LOG_LEVEL": "DEBUG"}
    queues = ["--queues", "user_service.default"]
    command = [
        "celery",
        "--app",
        "common.celery",
        "--quiet",
        "worker",
        "--pool",
        "threads",
        "--concurrency",
        "1",
        *queues,
    ]
    beat = {name: service[name] for name in ("BROKER_URL",)} | {"REGION": "local"}
    with (
        _container("worker", worker, *command) as logs,
        _container("beat", beat, "celery", "--app", "common.beat", "beat"),
    ):
        _until("a task that beat sent was done", lambda: "user_service.tasks.send_mails succeeded" in logs(), logs)
        _until("the worker's metrics", lambda: _answers(f"http://127.0.0.1:{picked['worker']}/metrics"), logs)

    web = _environment("frontend", BIND=f"127.0.0.1:{picked['frontend']}", PUBLIC_URL="https://pongpong.io")
    _run("frontend", web, "python", "manage.py", "frontend", "migrate_locked")
    with _container("web", web) as logs:
        url = f"http://127.0.0.1:{picked['frontend']}"
        _until("the web app's first page and its style", lambda: _page_with_style(url), logs)
    print(f"{len(HELD)} passed, 0 failed")


def _environment(service: str, **more: str) -> dict[str, str]:
    known = stand_in_environment(service, start_parts()) | {"ALLOWED_HOSTS": "127.0.0.1", "LOG_LEVEL": "INFO"}
    return known | {"GATEWAY_URL": "http://127.0.0.1:9", "API_URL": "http://127.0.0.1:9"} | more


def _command(environment: dict[str, str], *options: str) -> list[str]:
    variables = [part for name, value in environment.items() for part in ("--env", f"{name}={value}")]
    return [ENGINE, "run", *options, *RESTRICTED, *variables, IMAGE]


def _run(name: str, environment: dict[str, str], *command: str) -> None:
    done = subprocess.run(
        [*_command(environment, "--rm"), *command], check=False, capture_output=True, text=True, timeout=300
    )
    if done.returncode:
        sys.exit(f"FAILED {name}: {' '.join(command)}\n{done.stdout}{done.stderr}")


@contextmanager
def _container(name: str, environment: dict[str, str], *command: str) -> Iterator[Callable[[], str]]:
    """A running container; yields a function that reads its output so far. SIGTERM has to end it within 30 s."""
    label = f"pongpong-image-test-{name}-{os.getpid()}"
    started = subprocess.run(
        [*_command(environment, "--detach", "--name", label), *command],
        check=False, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    if started.returncode:
        sys.exit(f"FAILED {name}: {started.stderr}")

    def logs() -> str:
        read = subprocess.run([ENGINE, "logs", label], check=True, capture_output=True, text=True, timeout=30)
        return read.stdout + read.stderr

    try:
        yield logs
        subprocess.run([ENGINE, "stop", "--time", "30", label], check=True, capture_output=True, timeout=60)
        code = subprocess.run(
            [ENGINE, "inspect", "--format", "{{.State.ExitCode}}", label],
            check=True, capture_output=True, text=True, timeout=30,
        ).stdout.strip()  # fmt: skip
        if code != "0":
            sys.exit(f"FAILED {name} ended with {code}\n{logs()}")
        if wrong := [line for line in logs().splitlines() if line and not line.startswith("{")]:
            sys.exit(f"FAILED {name} printed what is no JSON: {wrong[0]}")
        _held(f"{name} printed JSON alone, from its start to its stop")
    finally:
        subprocess.run([ENGINE, "rm", "--force", label], check=False, capture_output=True, timeout=60)


def _until(what: str, holds: Callable[[], bool], logs: Callable[[], str]) -> None:
    ends = time.monotonic() + SECONDS
    while not holds():
        if time.monotonic() > ends:
            sys.exit(f"FAILED {what}\n{logs()}")
        time.sleep(0.5)
    _held(what)


def _held(what: str) -> None:
    HELD.append(what)
    print(f"ok     {what}", flush=True)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).status_code == 200
    except requests.ConnectionError:
        return False


def _page_with_style(url: str) -> bool:
    try:
        page = requests.get(url, timeout=10, headers={"X-Forwarded-Proto": "https"}).text
    except requests.ConnectionError:
        return False
    style = next((part.split('"')[0] for part in page.split('href="') if part.split('"')[0].endswith(".css")), "")
    return bool(style) and requests.get(f"{url}{style}", timeout=10).status_code == 200


if __name__ == "__main__":
    main()
