"""The job of `helm test`, against the local fleet: it succeeds where the site is up and the alert arrives, and nowhere else."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from deploy.local.running import RunningFleet
from tests.chart.rendering import CHART, containers, parse, profile, template
from tests.outside import Site, User, mails, sign_up


def helm_test(pongpong: RunningFleet, site: str, **more: str) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {
        "API": pongpong.gateway_url,
        "WEB": pongpong.frontend_url,
        "SITE": site,
        "SECONDS": "45",
    }
    command = [sys.executable, str(CHART / "files" / "main_job.py")]
    return subprocess.run(command, env=environment | more, check=False, capture_output=True, text=True, timeout=200)


def test_it_does_the_main_job_and_tells_the_address_that_one_names(pongpong: RunningFleet, site: Site):
    done = helm_test(pongpong, site.url, EMAIL="operator+helm-test@example.com")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "was checked: up" in done.stdout
    assert "an alert was delivered by email" in done.stdout
    told = [mail["Subject"] for mail in mails(pongpong, "operator+helm-test@example.com")]
    assert [subject for subject in told if "helm test: down" in subject], told
    # The user is gone again, so that the same address does for the next time.
    assert sign_up(pongpong, "operator+helm-test@example.com")


def test_it_fails_while_the_site_is_down(pongpong: RunningFleet, site: Site):
    site.down()
    done = helm_test(pongpong, site.url, SECONDS="25")
    assert done.returncode != 0
    assert "The site is up: not within 25 s" in done.stderr
    assert "refused" in done.stderr.lower()


def test_with_a_users_key_it_tidies_up_and_the_user_stays(pongpong: RunningFleet, site: Site, owner: User):
    before = owner.get("/endpoint-service/endpoints").json()["page"]["total_count"]
    done = helm_test(pongpong, site.url, KEY=str(owner.key))
    assert done.returncode == 0, done.stdout + done.stderr
    assert owner.get("/endpoint-service/endpoints").json()["page"]["total_count"] == before


@pytest.fixture
def api() -> Iterator[HTTPServer]:
    """A gateway whose fleet sees the site up; what becomes of the alert is the test's matter."""
    with HTTPServer(host="127.0.0.1") as server:
        server.expect_request("/login").respond_with_data("")
        for path in ("/metrics", "/health/live", "/user-service/../metrics"):
            server.expect_request(path).respond_with_data(status=404)
        server.expect_request("/user-service/users/me").respond_with_data(status=401)
        server.expect_request("/endpoint-service/endpoints", method="GET").respond_with_data(status=401)
        server.expect_request("/user-service/users", method="POST").respond_with_json({"id": 7, "key": "k"}, status=201)
        server.expect_request("/user-service/users/7", method="DELETE").respond_with_data(status=204)
        made = iter((1, 2))

        def make(_request: Request) -> Response:
            return Response(json.dumps({"id": next(made)}), status=201)

        server.expect_request("/endpoint-service/endpoints", method="POST").respond_with_handler(make)
        up = {"status": "up", "total_ms": 1, "message": ""}
        server.expect_request("/report-service/reports").respond_with_json({"items": [up]})
        channel = {"items": [{"id": 3, "kind": "email"}]}
        server.expect_request("/notification-service/notifications").respond_with_json(channel)
        yield server


@pytest.mark.parametrize(
    ("deliveries", "said"),
    [
        ([], "No channel has an alert of it yet."),
        (
            [{"state": "delivered", "alerts": [{"endpoint_id": 1}], "attempts": []}],
            "No channel has an alert of it yet.",
        ),
        ([{"state": "pending", "alerts": [{"endpoint_id": 2}], "attempts": []}], "is pending: no attempt yet"),
        (
            [{"state": "failed", "alerts": [{"endpoint_id": 2}], "attempts": [{"answer": "relay denied"}]}],
            "relay denied",
        ),
    ],
    ids=["none", "of another endpoint", "not sent", "refused"],
)
def test_it_fails_where_the_alert_does_not_arrive(api: HTTPServer, deliveries: list[object], said: str):
    api.expect_request("/notification-service/notifications/3/deliveries").respond_with_json({"items": deliveries})
    url = api.url_for("").rstrip("/")
    environment = os.environ | {"API": url, "WEB": url, "SITE": "http://site.example", "SECONDS": "2"}
    command = [sys.executable, str(CHART / "files" / "main_job.py")]
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert "The alert arrives: not within 2 s" in done.stderr
    assert said in done.stderr
    assert [one.method for one, _ in api.log][-1] == "DELETE", "the user stays behind"


def test_where_an_address_has_to_be_confirmed_nothing_is_called_tested(api: HTTPServer):
    api.clear()
    api.expect_request("/login").respond_with_data("")
    for path in ("/metrics", "/health/live", "/user-service/../metrics"):
        api.expect_request(path).respond_with_data(status=404)
    for path in ("/user-service/users/me", "/endpoint-service/endpoints"):
        api.expect_request(path).respond_with_data(status=401)
    api.expect_request("/user-service/users", method="POST").respond_with_json({"status": "ok"}, status=201)
    url = api.url_for("").rstrip("/")
    environment = os.environ | {"API": url, "WEB": url, "SITE": "http://site.example", "SECONDS": "2"}
    command = [sys.executable, str(CHART / "files" / "main_job.py")]
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert "tests.keySecret" in done.stderr


def test_the_chart_passes_what_the_job_reads():
    arguments = [
        "--set",
        "tests.email=me@example.com,tests.keySecret.name=mine",
        "--show-only",
        "templates/tests/main-job.yaml",
    ]
    (pod,) = parse(template(profile("default"), *arguments))
    env = {one["name"]: one for one in containers(pod)[0]["env"]}
    assert env["EMAIL"]["value"] == "me@example.com"
    assert env["KEY"]["valueFrom"]["secretKeyRef"] == {"name": "mine", "key": "key"}
    (plain,) = parse(template(profile("default"), *arguments[2:]))
    assert "KEY" not in {one["name"] for one in containers(plain)[0]["env"]}
