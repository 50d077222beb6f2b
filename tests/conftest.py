"""The fleet under test: started once, driven through the gateway; with a Slack and a site of our own outside of it."""

import os
from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer

from deploy.local.running import RunningFleet, running_fleet
from tests.outside import Site, User, sign_up

SLACK_TOKEN = "xoxb-a-real-enough-token"


@pytest.fixture(scope="session")
def slack() -> Iterator[HTTPServer]:
    """What stands for Slack: a real HTTP server that takes `chat.postMessage` from one token."""
    with HTTPServer(host="127.0.0.1", threaded=True) as server:
        server.expect_request(
            "/api/chat.postMessage", headers={"Authorization": f"Bearer {SLACK_TOKEN}"}
        ).respond_with_json({"ok": True, "ts": "1.1", "channel": "C1"})
        server.expect_request("/api/chat.postMessage").respond_with_json({"ok": False, "error": "invalid_auth"})
        yield server


@pytest.fixture(scope="session")
def pongpong(slack: HTTPServer) -> Iterator[RunningFleet]:
    """The running fleet."""
    # A service under test in another process must not leak its settings into the fleet.
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    with running_fleet({"SLACK_API_URL": slack.url_for("/api/"), "KEY_USE_EVERY": "1"}) as fleet:
        yield fleet


@pytest.fixture(scope="session")
def owner(pongpong: RunningFleet) -> User:
    return sign_up(pongpong, "owner@example.com")


@pytest.fixture(scope="session")
def outsider(pongpong: RunningFleet) -> User:
    return sign_up(pongpong, "outsider@example.com")


@pytest.fixture
def site() -> Iterator[Site]:
    """A web site that can go down and come back."""
    site = Site()
    site.up()
    yield site
    site.down()
