"""A frontend that talks to a small real HTTP server in the gateway's place, and needs no collected static files."""

from collections.abc import Iterator
from dataclasses import is_dataclass
from typing import Any

import msgspec
import pytest
from django.conf import settings
from django.template.base import Variable, VariableDoesNotExist
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


@pytest.fixture(autouse=True)
def known_attributes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Django shows nothing for an attribute that is gone; here a template that asks a struct for one fails its test."""
    asked: list[str] = []
    resolve = vars(Variable)["_resolve_lookup"]

    def resolved(variable: Variable, context: object) -> Any:
        try:
            return resolve(variable, context)
        except VariableDoesNotExist as error:
            owner = error.params[1] if len(error.params) > 1 else None
            if isinstance(owner, msgspec.Struct) or is_dataclass(owner):
                asked.append(f"{type(owner).__name__} has no {error.params[0]} ({variable})")
            raise

    monkeypatch.setattr(Variable, "_resolve_lookup", resolved)
    yield
    assert asked == []


@pytest.fixture
def gateway(httpserver: HTTPServer, settings: Any) -> Iterator[FakeGateway]:
    """The API as its documents describe it, with one user and two endpoints."""
    gateway = FakeGateway(httpserver)
    settings.SERVICE_URLS, settings.API_URL = {"gateway": gateway.url}, gateway.url
    yield gateway
    assert gateway.drift == []


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
