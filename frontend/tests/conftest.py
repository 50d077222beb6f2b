"""A frontend that talks to a small real HTTP server in the gateway's place, and needs no collected static files."""

from typing import Any

import pytest
from django.test import Client
from pytest_httpserver import HTTPServer

from frontend.tests.fake import FakeGateway


@pytest.fixture(autouse=True)
def plain_files(settings: Any) -> None:
    """Static files straight from the folders, over http."""
    storage = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": storage}
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = True
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = settings.LANGUAGE_COOKIE_SECURE = False


@pytest.fixture
def gateway(httpserver: HTTPServer, settings: Any) -> FakeGateway:
    """The API as docs/architecture.md describes it, with one user and two endpoints."""
    settings.SERVICE_URLS = {"gateway": httpserver.url_for("").rstrip("/")}
    return FakeGateway(httpserver)


@pytest.fixture
def visitor(client: Client, db: None, gateway: FakeGateway) -> Client:
    """Somebody who is logged in and reads English."""
    client.cookies["django_language"] = "en"
    response = client.post("/login", {"email": "owner@example.com", "password": "correct horse"})
    assert response.status_code == 302, response.content
    return client


@pytest.fixture
def nobody(client: Client, db: None, gateway: FakeGateway) -> Client:
    """Somebody who is not logged in and reads English."""
    client.cookies["django_language"] = "en"
    return client
