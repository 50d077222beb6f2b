"""What an attacker on the inside of the product would try: a probe as a user, the fleet's own ports, remains of the dead."""

import time
from collections.abc import Callable
from typing import Any

import psutil
import pytest
import requests
from psycopg2 import sql

from common.fleet import fleet
from deploy.local.programs import fleet_ports
from deploy.local.running import RunningFleet
from tests.outside import TIMEOUT, Site, User, eventually, nobody, sign_up

SPOOFS = (
    "X-Consumer-Custom-ID", "x_consumer_custom_id", "X-Consumer-Username", "X-Credential-Identifier",
    "X-Internal-Token", "X_Internal_Token", "X-Anonymous-Consumer", "Host",
)  # fmt: skip
LOOPBACK = ("127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]")  # noqa: S104


@pytest.mark.parametrize("header", SPOOFS)
def test_no_spec_carries_a_header_that_services_believe(owner: User, header: str) -> None:
    endpoint = {"url": "http://127.0.0.1:9/", "headers": {header: "1"}}
    assert owner.post("/endpoint-service/endpoints", endpoint).status_code == 400
    assert owner.post("/endpoint-service/checks", endpoint).status_code == 400
    bulk = owner.post("/endpoint-service/endpoints/bulk", {"create": [endpoint]})
    assert bulk.status_code == 400 or '"created":[]' in bulk.text.replace(" ", ""), bulk.text


def probe(pongpong: RunningFleet, owner: User, url: str) -> dict[str, Any]:
    """The result of a check of the owner's, asked past every limit; `{}` where it is not even begun."""
    answer = requests.post(
        f"{pongpong.service_url('endpoint_check')}/checks",
        json={"spec": {"kind": "http", "url": url, "timeout": 3}, "user_id": owner.id},
        headers=pongpong.internal_headers,
        timeout=TIMEOUT,
    )
    body: dict[str, Any] = answer.json()
    return dict(body.get("result") or {})


def test_no_probe_reaches_a_port_of_the_fleet(pongpong: RunningFleet, owner: User, site: Site) -> None:
    assert probe(pongpong, owner, site.url)["status"] == "up", "where private targets are allowed a site is reached"
    reached = {}
    for port in fleet_ports(pongpong.data):
        result = probe(pongpong, owner, f"http://127.0.0.1:{port}/health/live")
        if result.get("status") != "down" or result.get("http_status") is not None:
            reached[port] = result
    assert reached == {}


@pytest.mark.parametrize("host", LOOPBACK)
def test_no_spelling_of_loopback_reaches_the_gateway(pongpong: RunningFleet, owner: User, host: str) -> None:
    result = probe(pongpong, owner, f"http://{host}:{pongpong.data.settings()['gateway_port']}/user-service/schema")
    assert result.get("http_status") is None, result


def test_the_gateway_listens_for_its_clients_alone(pongpong: RunningFleet) -> None:
    """Caddy's administration would turn whoever reaches it into everybody."""
    settings = pongpong.data.settings()
    process = psutil.Process(pongpong.pids("gateway")["gateway"])
    listening = {
        connection.laddr.port for connection in process.net_connections() if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {int(settings["gateway_port"]), int(settings["frontend_port"])}


def remains(pongpong: RunningFleet, mark: str) -> dict[str, int]:
    """Rows of any table of any service that hold this text."""
    found = {}
    for database in fleet().databases:
        connection = pongpong.connect(database)
        with connection.cursor() as cursor:
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            for (table,) in cursor.fetchall():
                cursor.execute(
                    sql.SQL("SELECT count(*) FROM {} AS t WHERE t::text LIKE %s").format(sql.Identifier(table)),
                    [f"%{mark}%"],
                )
                if count := cursor.fetchone()[0]:
                    found[f"{database}.{table}"] = count
        connection.close()
    return found


def made(answer: requests.Response) -> Any:
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def test_of_a_deleted_account_nothing_remains_anywhere(pongpong: RunningFleet) -> None:
    mark = f"mark{time.time_ns()}"
    user = sign_up(pongpong, f"{mark}@example.com", name=mark)
    endpoint = made(
        user.post(
            "/endpoint-service/endpoints",
            {"url": f"http://127.0.0.1:9/{mark}", "name": mark, "tags": [mark], "failure_threshold": 1},
        )
    )
    window = {"name": mark, "starts_at": "2031-01-01T00:00:00Z", "duration": 3600, "endpoint_ids": [endpoint]}
    made(user.post("/endpoint-service/maintenance-windows", window))
    made(user.post("/user-service/keys", {"name": mark}))
    made(user.post("/report-service/status-pages", {"title": mark, "slug": mark}))
    eventually("an incident", lambda: user.get("/report-service/incidents").json()["items"], within=60)
    channel = user.get("/notification-service/notifications").json()["items"][0]["id"]
    path = f"/notification-service/notifications/{channel}/deliveries"
    eventually("an alert", lambda: user.get(path).json()["items"], within=60)
    assert len(remains(pongpong, mark)) > 5

    assert user.delete("/user-service/users/me").status_code == 204

    assert user.get("/user-service/users/me").status_code == 401
    gone(lambda: remains(pongpong, mark), within=90)
    again = {"email": f"{mark}@example.com", "password": "correct horse battery staple"}
    assert nobody(pongpong).post("/user-service/users", again).status_code == 201


def gone(look: Callable[[], dict[str, int]], *, within: float) -> None:
    deadline = time.monotonic() + within
    while (left := look()) and time.monotonic() < deadline:
        time.sleep(1)
    assert left == {}
