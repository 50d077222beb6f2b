"""The gateway from outside: no internal path, no borrowed identity, whatever the client writes on the wire."""

import http.client
import json

import pytest

from common.fleet import fleet, host_name
from deploy.local.running import RunningFleet
from tests.outside import TIMEOUT, User, nobody

SPOOFS = (
    "X-Consumer-Custom-ID", "x-consumer-custom-id", "X-CONSUMER-CUSTOM-ID", "X_Consumer_Custom_ID",
    "X-Consumer_Custom-ID", "x_consumer_custom_id",
)  # fmt: skip
ESCAPES = (
    "/user-service/../users", "/user-service/%2e%2e/users", "/user-service/%2E%2E/users", "/user-service/..%2fusers",
    "/user-service/%2e%2e%2fusers", "/user-service//../users", "/user-service/./../users", "/user-service/..%5cusers",
    "/user-service/x/../../users", "/user-service//..%2fusers", "/user-service/%2fusers", "/user-serviceX", "/users",
    "/user-service/..;/users", "/user-service%2f..%2fusers", "/USER-SERVICE/users/me", "/email-service/emails",
    "/slack-service/messages", "/endpoint-check/checks", "/auth", "/user-service/../auth",
)  # fmt: skip


def raw(fleet: RunningFleet, path: str, headers: list[tuple[str, str]], method: str = "GET") -> tuple[int, str]:
    """One request exactly as written: no normalising of the path, headers repeated as given."""
    connection = http.client.HTTPConnection("127.0.0.1", int(fleet.data.settings()["gateway_port"]), timeout=TIMEOUT)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@pytest.mark.parametrize("header", SPOOFS)
def test_a_consumer_header_of_the_client_is_nobody(pongpong: RunningFleet, owner: User, header: str) -> None:
    status, _ = raw(pongpong, "/user-service/users/me", [(header, str(owner.id))])
    assert status == 401
    status, _ = raw(pongpong, "/user-service/users/me", [(header, str(owner.id)), (header, str(owner.id))])
    assert status == 401


@pytest.mark.parametrize("header", SPOOFS)
def test_a_consumer_header_beside_a_key_changes_nothing(
    pongpong: RunningFleet, owner: User, outsider: User, header: str
) -> None:
    assert outsider.key
    status, body = raw(pongpong, "/user-service/users/me", [("apikey", outsider.key), (header, str(owner.id))])
    assert (status, json.loads(body)["id"]) == (200, outsider.id)


@pytest.mark.parametrize("trick", ["Connection: X-Consumer-Custom-ID", "Connection: close, x-consumer-custom-id"])
def test_a_connection_header_cannot_turn_one_user_into_another(pongpong: RunningFleet, owner: User, trick: str) -> None:
    assert owner.key
    name, _, value = trick.partition(": ")
    status, _ = raw(pongpong, "/user-service/users/me", [("apikey", owner.key), (name, value)])
    assert status in {200, 401}


def test_two_keys_or_a_wrong_or_an_empty_one_are_nobody(pongpong: RunningFleet, owner: User, outsider: User) -> None:
    assert owner.key
    assert outsider.key
    for keys in (
        [owner.key, outsider.key],
        [owner.key, owner.key],
        ["wrong"],
        [""],
        [owner.key + "x"],
        [owner.key[:-1]],
    ):
        status, _ = raw(pongpong, "/user-service/users/me", [("apikey", key) for key in keys])
        assert status == 401, len(keys)


def test_a_key_in_the_query_counts_and_the_header_wins(pongpong: RunningFleet, owner: User, outsider: User) -> None:
    by_query = nobody(pongpong).get("/user-service/users/me", params={"apikey": owner.key})
    assert by_query.json()["id"] == owner.id
    both = outsider.get("/user-service/users/me", params={"apikey": owner.key})
    assert both.json()["id"] == outsider.id


@pytest.mark.parametrize("path", ESCAPES)
def test_no_path_leads_to_an_internal_route(pongpong: RunningFleet, owner: User, path: str) -> None:
    """Neither with a key nor with a token that the client made up."""
    assert owner.key
    for headers in ([], [("apikey", owner.key)], [("X-Internal-Token", "guess")], [("X_Internal_Token", "guess")]):
        status, body = raw(pongpong, path, headers)
        assert status in {301, 308, 400, 401, 403, 404}, (status, body)
        assert owner.email not in body


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics", "/schema", "/docs"])
def test_operational_paths_are_not_behind_the_gateway(pongpong: RunningFleet, path: str) -> None:
    assert raw(pongpong, path, [])[0] == 404
    for service in fleet().public:
        status, body = raw(pongpong, f"/{host_name(service)}/..{path}", [])
        assert status == 404, body


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
    """On one machine the header counts only together with the gateway's own token."""
    host, port = "127.0.0.1", pongpong.data.known_ports()[service]
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT)
    for path in ("/api/users/me", "/api/endpoints", "/api/reports", "/api/notifications", "/users", "/endpoints"):
        connection.request("GET", path, headers={"X-Consumer-Custom-ID": str(owner.id), "X-Internal-Token": "guess"})
        answer = connection.getresponse()
        answer.read()
        assert answer.status in {401, 404}, path
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
    log = (pongpong.data.logs / "endpoint_service.log").read_text()
    assert '"request_id": "my-own-id.1"' in log


def test_a_body_that_is_too_large_is_413(owner: User) -> None:
    answer = owner.request(
        "POST",
        "/endpoint-service/endpoints",
        data=b"x" * (11 * 1024 * 1024),
        headers={"Content-Type": "application/json"},
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "TOO_LARGE")


def test_no_log_holds_a_key(pongpong: RunningFleet, owner: User) -> None:
    assert owner.key
    owner.get("/user-service/users/me", params={"apikey": owner.key})
    for log in pongpong.data.logs.glob("*.log"):
        assert owner.key not in log.read_text(), log.name
