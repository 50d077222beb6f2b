"""How the contract suite makes a Kong lead to its upstream: what it asks of the Admin API, and that it cleans up."""

import json
import re
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.gateway_contract.echo import NAME, kong_echo
from tests.gateway_contract.target import Target

KEY_AUTH = {"name": "key-auth", "config": {"key_names": ["apikey"], "hide_credentials": True}}


def test_the_echo_gets_user_services_plugins_and_a_route_and_goes_again(httpserver: HTTPServer) -> None:
    calls: list[tuple[str, str, Any]] = []

    def answer(request: Request) -> Response:
        path = request.path.removeprefix("/admin")
        body = json.loads(request.data) if request.data else None
        calls.append((request.method, path, body))
        if request.method == "DELETE":
            return Response(status=204)
        found: Any = {"id": "5e7"}
        if request.method == "GET":
            found = {"data": [{"id": "p1", **KEY_AUTH}], "next": None}
        return Response(json.dumps(found), content_type="application/json")

    httpserver.expect_request(f"/{NAME}/ready").respond_with_json({"body_bytes": 0})
    httpserver.expect_request("/").respond_with_data("not here", status=404)
    httpserver.expect_request(re.compile("^/admin/.*")).respond_with_handler(answer)
    target = Target(httpserver.url_for("").rstrip("/"), "https://pongpong.io", httpserver.url_for("/admin"))

    with kong_echo(target) as (gateway, prefix):
        assert (gateway, prefix) == (target, f"/{NAME}")

    made = [(method, path) for method, path, _ in calls]
    assert made == [
        ("PUT", f"/services/{NAME}"),
        ("GET", "/services/user-service/plugins"),
        ("PUT", f"/plugins/key-auth-{NAME}"),
        ("PUT", f"/routes/{NAME}"),
        ("DELETE", f"/routes/{NAME}"),
        ("GET", f"/services/{NAME}/plugins"),
        ("DELETE", "/plugins/p1"),
        ("DELETE", f"/services/{NAME}"),
    ]
    assert calls[0][2]["url"].startswith("http://127.0.0.1:")
    assert calls[2][2] == {**KEY_AUTH, "service": {"id": "5e7"}}
    assert calls[3][2]["paths"] == [f"~/{NAME}(?:/|$)"]
