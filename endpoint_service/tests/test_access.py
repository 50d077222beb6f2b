"""Who may not: an outsider and nobody, at every public address; anybody without the token, at the internal ones."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from common.formats.ids import MAX_ID
from common.testing.contracts import assert_error

pytestmark = pytest.mark.django_db

ENDPOINT_CALLS = [
    ("get", ""),
    ("patch", ""),
    ("put", ""),
    ("delete", ""),
    ("post", "/check"),
    ("post", "/pause"),
    ("post", "/resume"),
    ("post", "/clone"),
]
WINDOW = {"name": "w", "starts_at": "2030-01-01T00:00:00Z", "duration": 60}


@pytest.mark.parametrize(("method", "path"), ENDPOINT_CALLS)
def test_an_outsider_is_refused_at_an_endpoint(outsider, make, method, path) -> None:
    response = getattr(outsider, method)(f"/api/endpoints/{make()['id']}{path}", {"url": "https://x.example"})
    assert_error(response, 403, "FORBIDDEN")


@pytest.mark.parametrize(("method", "path"), ENDPOINT_CALLS)
def test_an_endpoint_that_does_not_exist_is_404(owner, method, path) -> None:
    assert_error(getattr(owner, method)(f"/api/endpoints/{MAX_ID}{path}", {"url": "x.example"}), 404, "NOT_FOUND")


@pytest.mark.parametrize("method", ["get", "patch", "put", "delete"])
def test_an_outsider_is_refused_at_a_window(owner, outsider, method) -> None:
    path = f"/api/maintenance-windows/{owner.post('/api/maintenance-windows', WINDOW).json()['id']}"
    assert_error(getattr(outsider, method)(path, WINDOW), 403, "FORBIDDEN")
    assert_error(getattr(owner, method)(f"/api/maintenance-windows/{MAX_ID}", WINDOW), 404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "path"),
    [(method, f"endpoints/1{path}") for method, path in ENDPOINT_CALLS]
    + [(method, "maintenance-windows/1") for method in ("get", "patch", "put", "delete")]
    + [
        ("get", "endpoints"),
        ("post", "endpoints"),
        ("post", "endpoints/bulk"),
        ("get", "endpoints/export"),
        ("post", "endpoints/import"),
        ("get", "endpoints/schema"),
        ("get", "maintenance-windows"),
        ("post", "maintenance-windows"),
    ],
)
def test_nobody_is_asked_to_log_in(anonymous, method, path) -> None:
    assert_error(getattr(anonymous, method)(f"/api/{path}", {}), 401, "NOT_LOGGED_IN")


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", "/endpoints"), ("get", "/endpoints/1"), ("post", "/endpoints/states"), ("get", "/maintenance-windows")],
)
def test_internal_addresses_do_not_exist_without_the_token(owner, anonymous, method, path) -> None:
    clients: list[Any] = [owner, anonymous, APIClient(HTTP_X_INTERNAL_TOKEN="wrong")]
    for client in clients:
        assert_error(getattr(client, method)(path), 404, "NOT_FOUND")


def test_a_list_shows_nobody_elses_endpoints(outsider, make) -> None:
    make()
    assert outsider.get("/api/endpoints").json()["page"]["total_count"] == 0
    assert outsider.get("/api/endpoints/export").json()["endpoints"] == []
