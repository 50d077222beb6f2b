"""A pongpong API on loopback that answers in the real shapes, and a `pong` that talks to it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from pong_cli.main import main

KEY = "pong_a-key"
USER = {
    "id": 1, "email": "you@example.com", "name": "", "language": "en", "time_zone": "UTC",
    "created_at": "2026-01-01T00:00:00.000000Z",
}  # fmt: skip


@dataclass
class Ended:
    """How a command line ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Pong = Callable[..., Ended]


def page(*items: dict[str, Any], total: int | None = None, number: int = 1) -> dict[str, Any]:
    """The envelope of a list."""
    count = len(items) if total is None else total
    return {"items": list(items), "page": {"current_page": number, "total_count": count, "per_page": 100}}


def endpoint(number: int = 1, **fields: Any) -> dict[str, Any]:
    """An endpoint as endpoint_service answers it."""
    return {
        "url": f"https://site{number}.example.com/", "kind": "http", "method": "GET", "headers": {}, "body": "",
        "interval": 60, "timeout": 10, "expected_status": "200-299", "assertions": [], "failure_threshold": 3,
        "recovery_threshold": 2, "options": {}, "id": number, "user_id": 1, "key": f"site{number}",
        "name": f"site{number}.example.com", "enabled": True, "tags": [], "version": 1,
        "created_at": "2026-01-01T00:00:00.000000Z", "updated_at": "2026-01-01T00:00:00.000000Z", "state": "up",
        "state_changed_at": "2026-01-01T00:00:00.000000Z", "last_checked_at": "2026-01-01T00:00:00.000000Z",
    } | fields  # fmt: skip


@pytest.fixture(scope="session")
def _server() -> Iterator[HTTPServer]:
    with HTTPServer(host="127.0.0.1") as server:
        yield server


@pytest.fixture
def api(_server: HTTPServer) -> HTTPServer:
    """Without what the last test expected."""
    _server.clear()
    return _server


@pytest.fixture
def host(api: HTTPServer) -> str:
    return api.url_for("").rstrip("/")


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home of its own, in English, with nobody logged in."""
    for name in ("PONG_API_KEY", "PONG_HOST", "PONG_PROFILE", "LANGUAGE", "LC_MESSAGES", "LANG", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def pong(capsys: pytest.CaptureFixture[str]) -> Pong:
    """Run one command line in this process."""

    def run(*arguments: str) -> Ended:
        capsys.readouterr()
        code = main(list(arguments))
        printed = capsys.readouterr()
        return Ended(code, printed.out, printed.err)

    return run


@pytest.fixture
def logged_in(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    """With a key in the environment, as in a script."""
    monkeypatch.setenv("PONG_API_KEY", KEY)
    monkeypatch.setenv("PONG_HOST", host)
