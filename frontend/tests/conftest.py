"""A frontend that talks to a small real HTTP server in the gateway's place, and needs no collected static files."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, override_settings
from playwright.sync_api import Browser
from pytest_httpserver import HTTPServer

from frontend.tests.browser import running_chromium
from frontend.tests.fake import FakeGateway


@pytest.fixture(autouse=True, scope="session")
def plain_files(django_test_environment: None) -> Iterator[None]:
    """Static files straight from the folders, cookies over http; for the live server too, hence a whole session."""
    storage = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(
        STORAGES=settings.STORAGES | {"staticfiles": storage},
        WHITENOISE_AUTOREFRESH=True,
        WHITENOISE_USE_FINDERS=True,
        SESSION_COOKIE_SECURE=False,
        CSRF_COOKIE_SECURE=False,
        LANGUAGE_COOKIE_SECURE=False,
    ):
        yield


@pytest.fixture
def gateway(httpserver: HTTPServer, settings: Any) -> FakeGateway:
    """The API as docs/architecture.md describes it, with one user and two endpoints."""
    gateway = FakeGateway(httpserver)
    settings.SERVICE_URLS, settings.API_URL = {"gateway": gateway.url}, gateway.url
    return gateway


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One Chromium for a module's tests. Its loop runs in this thread, over which Django would refuse the database."""
    with pytest.MonkeyPatch.context() as patch, running_chromium() as running:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield running


@pytest.fixture
def browser(chromium: Browser, live_server: Any, gateway: FakeGateway) -> Iterator[Browser]:
    """Chromium with nobody in it; whoever comes leaves before the servers do."""
    yield chromium
    for context in chromium.contexts:
        context.close()


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
