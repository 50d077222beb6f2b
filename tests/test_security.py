"""What an attacker on the inside of the product would try: a probe as a user, the fleet's own ports."""

from typing import Any

import psutil
import pytest
import requests

from deploy.local.programs import fleet_ports
from deploy.local.running import RunningFleet
from tests.outside import TIMEOUT, Site, User

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
    bulk = owner.post("/endpoint-service/endpoints/bulk", {"action": "create", "endpoints": [endpoint]})
    assert (bulk.status_code, bulk.json()["succeeded"]) == (200, 0), bulk.text


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
