"""The cast of user_service: real accounts with real keys, on a real PostgreSQL and Valkey."""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import pytest
import redis
from django.conf import settings
from django.db.backends.signals import connection_created
from pytest_httpserver import HTTPServer
from rest_framework.test import APIClient
from werkzeug import Request, Response

from common.limits.empty_buckets import empty_buckets
from common.limits.token_buckets import local_buckets
from common.testing.cast import client_for
from user_service.accounts import services
from user_service.keys.key_cache import key_cache
from user_service.models import Key, User

PASSWORD = "correct horse battery"


@dataclass
class Account:
    """A user, the key of their first login, and a client that speaks as the gateway would for them."""

    user: User
    key: str
    credential: str
    client: APIClient


def make_account(email: str = "owner@example.com", **profile: Any) -> Account:
    user, key = services.user_create(email=email, password=PASSWORD, **profile)
    credential = str(Key.objects.get(user=user).credential)
    return Account(user, key, credential, client_for(user.id, credential=credential))


@pytest.fixture(autouse=True)
def empty_stores() -> None:
    """No bucket and no cached key comes from another test."""
    client = redis.Redis.from_url(settings.BROKER_URL)
    for key in client.scan_iter("user_service:*"):
        client.delete(key)
    client.close()
    key_cache.clear()
    local_buckets.clear()
    empty_buckets.clear()


@pytest.fixture(autouse=True, scope="session")
def patient_database() -> None:
    """A test is one transaction, which a request is not; some import `wsgi`, with which a request's limits begin."""
    connection_created.disconnect(dispatch_uid="common.processes.database")


@pytest.fixture
def account(db: None) -> Account:
    return make_account()


@pytest.fixture
def other(db: None) -> Account:
    return make_account("other@example.com")


class Postbox:
    """email_service, as docs/architecture.md says that it answers; keeps what it was given."""

    def __init__(self, server: HTTPServer) -> None:
        self.mails: list[dict[str, Any]] = []
        self.answers: list[tuple[int, dict[str, Any]]] = []
        """What to answer first instead of taking the mail."""
        self.tokens_seen: list[str | None] = []
        server.expect_request("/emails", method="POST").respond_with_handler(self._take)

    def _take(self, request: Request) -> Response:
        self.tokens_seen.append(request.headers.get("X-Internal-Token"))
        status, body = self.answers.pop(0) if self.answers else (200, {"status": "ok", "message_id": "<1@pongpong>"})
        if body["status"] == "ok":
            self.mails.append(json.loads(request.data))
        return Response(json.dumps(body), status, content_type="application/json")

    def link_token(self) -> str:
        """The token in the newest mail that has one in its link."""
        links = [link for mail in self.mails if (link := re.search(r"\?(token=\S+)", mail["text"]))]
        return str(parse_qs(links[-1][1])["token"][0])

    def to(self, address: str) -> list[str]:
        """The subjects of what this address got, oldest first."""
        return [mail["subject"] for mail in self.mails if mail["to"] == address]


@pytest.fixture
def postbox(httpserver: HTTPServer, settings: Any) -> Postbox:
    settings.SERVICE_URLS = {"email_service": httpserver.url_for("").rstrip("/")}
    return Postbox(httpserver)
