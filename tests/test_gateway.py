"""What is true of the local gateway and its fleet alone; what any gateway has to do is in `tests/gateway_contract`."""

import http.client
from contextlib import closing
from typing import Any

import pytest

from common.fleet import fleet
from deploy.local.running import RunningFleet
from tests.outside import TIMEOUT, User, eventually


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
def test_operational_paths_are_not_behind_the_web_app(pongpong: RunningFleet, path: str) -> None:
    connection = http.client.HTTPConnection(
        "127.0.0.1", int(pongpong.data.settings()["frontend_port"]), timeout=TIMEOUT
    )
    for tried in (path, path.replace("/", "//", 1), path.upper(), path + "/"):
        connection.request("GET", tried)
        answer = connection.getresponse()
        body = answer.read().decode()
        assert answer.status == 404, tried
        assert "python_info" not in body
        assert '"parts"' not in body
    connection.close()


@pytest.mark.parametrize("service", list(fleet().services))
def test_a_services_own_port_believes_no_consumer_header_and_no_made_up_token(
    pongpong: RunningFleet, owner: User, service: str
) -> None:
    """The header counts only together with the gateway's own token, and no other token stands for it."""
    host, port = "127.0.0.1", pongpong.data.known_ports()[service]
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT)
    internal, gateway = pongpong.internal_headers, pongpong.user_headers(owner.id)
    made_up = {"X-Internal-Token": "guess", "X-Gateway-Token": "guess"}
    swapped = {"X-Gateway-Token": internal["X-Internal-Token"], "X-Internal-Token": gateway["X-Gateway-Token"]}
    for path in ("/api/users/me", "/api/endpoints", "/api/reports", "/api/notifications", "/users", "/endpoints"):
        for headers in ({}, made_up, swapped, *([internal] if path.startswith("/api") else [])):
            connection.request("GET", path, headers={"X-Consumer-Custom-ID": str(owner.id), **headers})
            answer = connection.getresponse()
            answer.read()
            assert answer.status in {401, 404}, (path, headers)
    connection.close()


@pytest.mark.parametrize("service", list(fleet().services))
def test_health_and_metrics_answer_inside(pongpong: RunningFleet, service: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", pongpong.data.known_ports()[service], timeout=TIMEOUT)
    for path in ("/health/live", "/health/ready", "/metrics"):
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, path
    connection.close()


def test_workers_and_beat_have_metrics(pongpong: RunningFleet) -> None:
    names = ["beat", *(worker.name for service in fleet().services.values() for worker in service.workers)]
    for name in names:
        connection = http.client.HTTPConnection("127.0.0.1", pongpong.data.known_ports()[name], timeout=TIMEOUT)
        connection.request("GET", "/metrics")
        answer = connection.getresponse()
        assert (answer.status, b"process_cpu_seconds_total" in answer.read()) == (200, True), name
        connection.close()


def test_the_request_id_travels_and_a_hostile_one_does_not(pongpong: RunningFleet, owner: User) -> None:
    answer = owner.get("/endpoint-service/endpoints", headers={"X-Request-ID": "my-own-id.1"})
    assert answer.headers["X-Request-ID"] == "my-own-id.1"
    hostile = owner.get("/endpoint-service/endpoints", headers={"X-Request-ID": 'x" injected'})
    assert hostile.headers["X-Request-ID"] != 'x" injected'
    log = pongpong.data.logs / "endpoint_service.log"  # written by the supervisor, a moment later
    eventually("the log line", lambda: '"request_id": "my-own-id.1"' in log.read_text(), within=10)


def test_no_log_holds_a_key(pongpong: RunningFleet, owner: User) -> None:
    assert owner.key
    owner.get("/user-service/users/me", params={"apikey": owner.key})
    for log in pongpong.data.logs.glob("*.log"):
        assert owner.key not in log.read_text(), log.name


def test_services_tell_in_batches_when_a_key_was_used(pongpong: RunningFleet, owner: User) -> None:
    """As behind Kong. The key check notes a use too, but not that of a key which it knows from a moment ago."""
    made = owner.post("/user-service/keys", {"name": "ci"}).json()
    ci = User(pongpong, owner.id, owner.email, made["key"])
    assert ci.get("/endpoint-service/endpoints").status_code == 200
    with closing(pongpong.connect("user_service")) as connection:
        connection.cursor().execute("UPDATE user_service_key SET last_used_at = NULL WHERE id = %s", [made["id"]])
    assert ci.get("/endpoint-service/endpoints").status_code == 200

    def last_use() -> Any:
        listed = owner.get("/user-service/keys").json()["items"]
        return next(key["last_used_at"] for key in listed if key["id"] == made["id"])

    eventually("the last use", last_use, within=20)
