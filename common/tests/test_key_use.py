"""Keys' use, collected and told in batches."""

import json
import threading
import time
from uuid import UUID

import pytest
from werkzeug import Request, Response

from common.security.key_use import KeyUse, key_use, post
from common.testing.cast import client_for

FIRST, SECOND = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"


@pytest.fixture
def told(settings):
    """A collector whose deliveries are kept."""
    settings.KEY_USE_EVERY = 0.05
    use: KeyUse = KeyUse()
    kept: list[object] = []
    use.deliver = kept.append
    return use, kept


def wait_for(kept, count=1):
    deadline = time.monotonic() + 5
    while len(kept) < count and time.monotonic() < deadline:
        time.sleep(0.01)
    return kept


def test_many_uses_become_one_delivery_with_the_newest_time(told):
    use, kept = told
    for _ in range(100):
        use.note(FIRST)
    use.note(SECOND)
    (delivery,) = wait_for(kept)
    assert set(delivery) == {UUID(FIRST), UUID(SECOND)}
    time.sleep(0.1)
    assert len(kept) == 1
    use.note(FIRST)
    assert wait_for(kept, 2)[1][UUID(FIRST)] > delivery[UUID(FIRST)]


def test_what_is_no_uuid_spoils_nothing(told):
    use, kept = told
    use.note("not-a-uuid")
    use.note(FIRST)
    assert set(wait_for(kept)[0]) == {UUID(FIRST)}


def test_a_delivery_that_fails_is_forgotten_and_the_next_one_goes(told, caplog):
    use, kept = told
    use.deliver = lambda _: 1 / 0
    use.note(FIRST)
    deadline = time.monotonic() + 5
    while not caplog.records and time.monotonic() < deadline:
        time.sleep(0.01)
    use.deliver = kept.append
    use.note(SECOND)
    assert set(wait_for(kept)[0]) == {UUID(SECOND)}


def test_where_the_gateway_notes_it_nothing_is_collected(settings):
    settings.KEY_USE_EVERY = 0
    use, before = KeyUse(), threading.active_count()
    use.note(FIRST)
    assert threading.active_count() == before


def test_user_service_is_told_in_its_own_words(told, settings, httpserver):
    settings.SERVICE_URLS = {"user_service": httpserver.url_for("").rstrip("/")}
    bodies = []

    def take(request: Request) -> Response:
        bodies.append((request.headers["X-Internal-Token"], json.loads(request.data)))
        return Response('{"status": "ok"}', content_type="application/json")

    httpserver.expect_request("/keys/used", method="POST").respond_with_handler(take)
    use, _ = told
    use.deliver = post
    use.note(FIRST)
    ((token, body),) = wait_for(bodies)
    assert token == settings.INTERNAL_TOKEN
    assert body["keys"][0]["credential"] == FIRST


@pytest.mark.django_db
def test_a_request_with_a_key_is_noted_and_one_without_is_not(monkeypatch):
    noted: list[str] = []
    monkeypatch.setattr(key_use, "note", noted.append)
    client_for(1, credential=FIRST).get("/api/users/me")
    client_for(None).get("/api/users/me")
    client_for(1, credential=SECOND).get("/users/me")
    assert noted == [FIRST]
