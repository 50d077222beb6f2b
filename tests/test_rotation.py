"""Every secret of a fleet replaced: nobody is logged out, nothing is lost, and no old secret opens anything."""

import os
import subprocess

import psycopg2
import pytest
import redis
import requests

from deploy.local import postgres
from deploy.local.running import RunningFleet, command, started
from deploy.local.testing import temporary_data_dir
from tests.outside import PASSWORD, TIMEOUT, User, eventually, sign_up

AUTHORIZATION = {"Authorization": "Bearer a-token-of-the-watched-site"}


def test_rotation_keeps_users_sessions_and_stored_secrets() -> None:
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    data = temporary_data_dir("pongpong-rotation-")
    with started(data) as fleet:
        with pytest.raises(subprocess.CalledProcessError):
            command(data, "rotate-secrets")
        user = sign_up(fleet, "owner@example.com")
        endpoint = user.post("/endpoint-service/endpoints", {"url": "http://127.0.0.1:9/", "headers": AUTHORIZATION})
        assert endpoint.status_code == 201, endpoint.text
        session = logged_in(fleet, user)
        eventually("the checker's copy", lambda: checkers_copy(fleet), within=30)
    before = data.secrets()

    command(data, "rotate-secrets")

    after = data.secrets()
    assert {name for name in before if before[name] == after[name]} == set()
    assert after["encryption_keys"].split(",")[1:] == [before["encryption_keys"]]
    assert postgres.BEFORE not in after
    with started(data) as fleet:
        assert User(fleet, user.id, user.email, user.key).get("/user-service/users/me").json()["id"] == user.id
        dashboard = session.get(f"{fleet.frontend_url}/dashboard", timeout=TIMEOUT, allow_redirects=False)
        assert dashboard.status_code == 200, "who was logged in to the web app still is"
        old_secrets_open_nothing(fleet, before)

    # The second time the old key goes: what is stored, and the checker's copy of it, is read without it.
    command(data, "rotate-secrets")

    assert before["encryption_keys"] not in data.secrets()["encryption_keys"]
    with started(data) as fleet:
        again = User(fleet, user.id, user.email, user.key)
        checked = again.post(f"/endpoint-service/endpoints/{endpoint.json()['id']}/check")
        assert (checked.status_code, checked.json()["status"]) == (200, "ok"), checked.text
        assert checked.json()["result"]["error_code"] != "SPEC", checked.text


def logged_in(fleet: RunningFleet, user: User) -> requests.Session:
    """A browser with a session of the web app."""
    session = requests.Session()
    session.get(f"{fleet.frontend_url}/login", timeout=TIMEOUT)
    form = {"email": user.email, "password": PASSWORD, "csrfmiddlewaretoken": session.cookies["csrftoken"]}
    page = session.post(f"{fleet.frontend_url}/login", data=form, timeout=TIMEOUT, allow_redirects=False)
    assert page.status_code == 302, page.text
    return session


def checkers_copy(fleet: RunningFleet) -> str | None:
    """The spec that the checker holds, with its encrypted part."""
    connection = fleet.connect("endpoint_check")
    with connection.cursor() as cursor:
        cursor.execute("SELECT spec FROM endpoint_check_monitor")
        row = cursor.fetchone()
    connection.close()
    return str(row[0]) if row else None


def old_secrets_open_nothing(fleet: RunningFleet, before: dict[str, str]) -> None:
    ports = fleet.data.known_ports()
    for role, name in ((postgres.SUPERUSER, "postgres"), ("user_service", "database.user_service")):
        with pytest.raises(psycopg2.OperationalError, match="password"):
            psycopg2.connect(
                host="127.0.0.1", port=ports["postgres"], user=role, password=before[name], dbname="postgres"
            )
    with redis.Redis(port=ports["valkey"], password=before["valkey"]) as client, pytest.raises(redis.RedisError):
        client.ping()
    headers = {"X-Internal-Token": before["internal_token"]}
    assert (
        requests.get(f"{fleet.service_url('user_service')}/users", headers=headers, timeout=TIMEOUT).status_code == 404
    )
