"""How the contract suite makes a Kong lead to its upstream: what it asks of the Admin API, how long it waits for nodes
and workers, and that it cleans up.
"""

import json
import random
import re
import time
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.gateway_contract import echo
from tests.gateway_contract.echo import NAME, kong_echo
from tests.gateway_contract.target import Target

LIMIT = {"name": "request-size-limiting", "config": {"allowed_payload_size": 10485760, "size_unit": "bytes"}}
UPDATES = {"db_update_frequency": 0.5, "worker_state_update_frequency": 0.5}


class Kong:
    """An Admin API, and workers that learn of a route each at its own time."""

    def __init__(self, server: HTTPServer, *, learned_after: tuple[float, ...]) -> None:
        self.calls: list[tuple[str, str, Any]] = []
        self.learned_after = learned_after
        self.made = 0.0
        server.expect_request(re.compile("^/admin/.*")).respond_with_handler(self.admin)
        server.expect_request(re.compile(f"^/{NAME}/(ready|endpoints/import)$")).respond_with_handler(self.proxy)
        self.target = Target(server.url_for("").rstrip("/"), "https://pongpong.io", server.url_for("/admin"))

    def admin(self, request: Request) -> Response:
        path = request.path.removeprefix("/admin")
        self.calls.append((request.method, path, json.loads(request.data) if request.data else None))
        if request.method == "DELETE":
            return Response(status=204)
        if path.startswith("/routes"):
            self.made = time.monotonic()
        found: dict[str, Any] = {"configuration": UPDATES} if path == "/" else {"id": "5e7"}
        if path.endswith("/plugins"):
            found = {"data": [{"id": "p1", **LIMIT}], "next": None}
        return Response(json.dumps(found), content_type="application/json")

    def proxy(self, _request: Request) -> Response:
        knows = time.monotonic() - self.made > random.choice(self.learned_after)
        return Response('{"body_bytes": 0}' if knows else "no Route matched", status=200 if knows else 404)

    @property
    def complete(self) -> bool:
        return time.monotonic() - self.made > max(self.learned_after)


def test_the_echo_gets_a_service_and_a_route_and_goes_again(httpserver: HTTPServer) -> None:
    kong = Kong(httpserver, learned_after=(0,))
    with kong_echo(kong.target) as (gateway, prefix):
        assert (gateway, prefix) == (kong.target, f"/{NAME}")
    assert [(method, path) for method, path, _ in kong.calls] == [
        ("GET", "/"),
        ("GET", "/services/endpoint-service-endpoints-import/plugins"),
        ("PUT", f"/services/{NAME}"),
        ("PUT", f"/routes/{NAME}"),
        ("PUT", f"/services/{NAME}-large"),
        ("PUT", f"/plugins/request-size-limiting-{NAME}-large"),
        ("PUT", f"/routes/{NAME}-large"),
        ("DELETE", f"/routes/{NAME}"),
        ("DELETE", f"/services/{NAME}"),
        ("DELETE", f"/routes/{NAME}-large"),
        ("DELETE", f"/services/{NAME}-large"),
    ]
    asked = {path: body for _, path, body in kong.calls if body}
    assert asked[f"/services/{NAME}"]["url"].startswith("http://127.0.0.1:")
    assert asked[f"/routes/{NAME}"]["paths"] == [f"~/{NAME}(?:/|$)"]
    assert asked[f"/services/{NAME}-large"]["url"].endswith("/api/endpoints/import")
    assert asked[f"/plugins/request-size-limiting-{NAME}-large"] == {**LIMIT, "service": {"id": "5e7"}}


@pytest.mark.parametrize("learned_after", [(0, 0, 0, 2.5), (0, 1.5), (0, 0.2, 0.4, 0.6, 0.8, 3)])
def test_the_suite_begins_when_every_worker_of_every_node_knows_the_route(
    httpserver: HTTPServer, learned_after: tuple[float, ...]
) -> None:
    kong = Kong(httpserver, learned_after=learned_after)
    with kong_echo(kong.target):
        assert kong.complete


def test_a_node_that_never_learns_of_the_route_is_said(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(echo, "SETTLED", 2)
    kong = Kong(httpserver, learned_after=(0, 0, 3600))
    with pytest.raises(TimeoutError, match="some nodes or workers only"), kong_echo(kong.target):
        raise AssertionError("it began")
    assert ("DELETE", f"/routes/{NAME}", None) in kong.calls
