"""What the tests of endpoint_service share."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from django.conf import settings
from pytest_httpserver import HTTPServer
from rest_framework.test import APIClient

from common.limits.empty_buckets import empty_buckets

Make = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def _empty_buckets() -> Iterator[None]:
    """Rate limits start anew with each test."""
    yield
    client = redis.Redis.from_url(settings.BROKER_URL)
    if keys := client.keys("endpoint_service:bucket:*"):
        client.delete(*keys)
    client.close()
    empty_buckets.clear()


@pytest.fixture
def make(owner: APIClient) -> Make:
    """Creates an endpoint of the owner through the API and returns it."""

    def make(url: str = "https://example.com", **fields: Any) -> dict[str, Any]:
        response = owner.post("/api/endpoints", {"url": url, **fields})
        assert response.status_code == 201, response.json()
        body: dict[str, Any] = response.json()
        return body

    return make


@pytest.fixture
def checker(httpserver: HTTPServer, settings: Any) -> HTTPServer:
    """A server in endpoint_check's place."""
    settings.SERVICE_URLS = {**settings.SERVICE_URLS, "endpoint_check": httpserver.url_for("").rstrip("/")}
    return httpserver
