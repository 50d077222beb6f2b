"""The brief's whole life by `pong` alone: sign up, add, check, report, alarm test, remove; and a file of a thousand."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from deploy.local.running import RunningFleet
from pong_cli.as_code import schema
from tests.outside import PASSWORD, Site, eventually, mails

ROOT = Path(__file__).resolve().parents[1]
MANY = 1000
SECONDS_TO_APPLY = 10


class Pong:
    """The terminal client as a user with a home of their own runs it."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.environment = {**os.environ, "XDG_CONFIG_HOME": str(home), "LC_ALL": "C.UTF-8", **environment}

    def __call__(self, *arguments: str, code: int = 0, given: str | None = None) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "pong_cli", *arguments],
            cwd=ROOT, env=self.environment, input=given, check=False, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == code, f"pong {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def json(self, *arguments: str, code: int = 0) -> Any:
        return json.loads(self(*arguments, "--output", "json", code=code))


@pytest.fixture
def pong(pongpong: RunningFleet, tmp_path: Path) -> Pong:
    """Signed up as somebody new."""
    pong = Pong(tmp_path)
    address = f"{tmp_path.name}@example.com".replace("_", "-")
    pong("signup", "--email", address, "--password-stdin", "--host", pongpong.gateway_url, given=f"{PASSWORD}\n")
    return pong


def test_the_whole_life_of_a_user(pongpong: RunningFleet, pong: Pong, site: Site) -> None:
    user = pong.json("whoami")
    pong("logout")
    pong("whoami", code=3)
    pong("login", "--email", user["email"], "--password-stdin", given=f"{PASSWORD}\n")

    assert "as web" in pong("add", site.url, "--key", "web", "--interval", "5s", "--timeout", "2s", "--tag", "shop")
    assert pong.json("check", "web")["status"] == "up"
    assert pong.json("check", "http://127.0.0.1:1/", code=1)["error_code"] == "connection_refused"
    eventually("the first result", lambda: pong.json("logs", "web"), within=30, every=1)
    eventually("it is up", lambda: pong.json("show", "web")["state"] == "up", within=20, every=1)
    report = pong.json("report", "web")
    assert report["uptime"] == 100
    assert report["checks"]["total"] >= 1

    # The alarm test reaches the channel that a new user has.
    channel = pong.json("channels")[0]
    pong("channels", "test", str(channel["id"]))
    eventually("the test mail", lambda: mails(pongpong, user["email"]), within=20)

    # It goes down: every command that looks at it says so by its exit code, and one says that one is on it.
    site.down()
    eventually("an incident", lambda: pong.json("incidents", "--status", "open"), within=90, every=1)
    assert pong.json("check", "web", code=1)["status"] == "down"
    pong("ls", code=1)
    pong("watch", "--once", code=1)
    pong("ack", "web", "--note", "Looking")
    assert pong.json("incidents")[0]["acknowledged_at"]
    pong("pause", "web")
    assert pong.json("show", "web")["state"] == "paused"

    key = pong("keys", "add", "ci", "--quiet").strip()
    by_key = Pong(Path(pong.environment["XDG_CONFIG_HOME"]) / "ci", PONG_API_KEY=key, PONG_HOST=pongpong.gateway_url)
    assert by_key.json("whoami")["id"] == user["id"]
    pong("keys", "rm", "ci", "--yes")
    pong("maintenance", "add", "Upgrade", "--for", "30m", "--endpoint", "web")
    assert [window["name"] for window in pong.json("maintenance")] == ["Upgrade"]
    pong("maintenance", "rm", "Upgrade", "--yes")
    slug = f"shop-{user['id']}"
    pong("status-pages", "add", slug, "Shop", "--endpoint", "web")
    assert [page["slug"] for page in pong.json("status-pages")] == [slug]
    pong("status-pages", "rm", slug, "--yes")

    pong("rm", "web", "--yes")
    assert pong.json("ls") == []
    pong("show", "web", code=4)


def test_what_export_prints_is_a_plan_without_changes_and_a_new_account_becomes_the_same(
    pong: Pong, tmp_path: Path
) -> None:
    file = tmp_path / "pong.yaml"
    file.write_text(
        """
endpoints:
  - {key: web, url: Example.com, headers: {Authorization: "Bearer ${TOKEN}", Accept: text/html}, interval: 300, enabled: false}
  - {key: fast, url: example.com/fast, interval: 5, enabled: false}
  - {key: db, kind: tcp, url: "db.example.com:5432", tags: [database], enabled: false}
channels:
  - {name: Hook, kind: webhook, settings: {url: "https://example.com/", secret: "${TOKEN}"}, endpoints: [web, db]}
maintenance:
  - {name: Backups, cron: "0 3 * * 0", duration: 7200, time_zone: Asia/Seoul, tags: [database]}
  - {name: Once, starts_at: 2030-01-01T03:00:00+09:00, duration: 3600, endpoints: [db]}
"""
    )
    pong.environment["TOKEN"] = "a-long-enough-secret"
    assert "6 done." in pong("apply", "--file", str(file))
    assert pong.json("plan", "--file", str(file)) == []
    pong.environment["TOKEN"] = "another-long-enough-secret"
    assert [change["name"] for change in pong.json("plan", "--file", str(file))] == ["web"]
    exported = tmp_path / "exported.yaml"
    exported.write_text(pong("export"))
    assert pong.json("plan", "--file", str(exported), "--prune") == []
    file.write_text("endpoints:\n  - key: web\n    url: ftp://example.com\n")
    pong("apply", "--file", str(file), code=2)
    assert len(pong.json("ls")) == 3


def test_a_thousand_endpoints_are_applied_in_seconds_and_a_second_time_changes_nothing(
    pong: Pong, tmp_path: Path
) -> None:
    file = tmp_path / "pong.yaml"
    endpoints = [{"key": f"e{n}", "url": f"https://e{n}.invalid/", "enabled": False} for n in range(MANY)]
    file.write_text(yaml.safe_dump({"endpoints": endpoints}))
    started = time.monotonic()
    assert f"{MANY} done." in pong("apply", "--file", str(file))
    assert time.monotonic() - started < SECONDS_TO_APPLY
    assert f"{MANY} as they are" in pong("apply", "--file", str(file))
    file.write_text("endpoints: []\n")
    pong("apply", "--file", str(file), "--prune", "--yes")


def test_the_files_defaults_are_those_of_the_api(pongpong: RunningFleet, pong: Pong) -> None:
    key = pong("keys", "add", "schema", "--quiet").strip()
    url = f"{pongpong.public_url('endpoint_service')}/endpoints/schema"
    answer = requests.get(url, headers={"apikey": key}, timeout=10)
    fields = answer.json()["properties"]["endpoints"]["items"]["properties"]
    ours = schema.properties("endpoint")
    assert ours.keys() == fields.keys()
    assert {name: rule["default"] for name, rule in fields.items() if "default" in rule} == schema.defaults("endpoint")
