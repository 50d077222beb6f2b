"""When something is missing or away, a page says so, and nothing that was typed is lost."""

import pytest
from django.test import Client

from frontend.presenters import dashboard_rows
from frontend.tests.fake import FakeGateway

AWAY = {"gateway": "http://127.0.0.1:9"}


def test_an_unknown_address_is_a_page_with_a_way_out(nobody: Client):
    response = nobody.get("/nothing-here")
    assert response.status_code == 404
    assert "There is nothing at this address" in response.text
    assert 'href="/"' in response.text


@pytest.mark.parametrize("path", ["/endpoints/0", "/endpoints/99999999999999999999", "/../etc", "/endpoints//7"])
def test_odd_addresses_are_pages_too(nobody: Client, path: str):
    response = nobody.get(path)
    assert response.status_code == 404
    assert response.headers["Content-Type"].startswith("text/html")


def test_a_gateway_that_is_away_gives_a_page_that_says_so(visitor: Client, settings):
    settings.SERVICE_URLS = AWAY
    response = visitor.get("/dashboard")
    assert response.status_code == 503
    assert "pongpong cannot be reached right now" in response.text


def test_a_form_keeps_its_content_while_the_gateway_is_away(visitor: Client, settings):
    settings.SERVICE_URLS = AWAY
    form = {"url": "https://kept.example", "interval": "60", "method": "GET", "expected_status": "200", "timeout": "9",
            "failure_threshold": "3", "recovery_threshold": "2"}  # fmt: skip
    response = visitor.post("/endpoints/new", form)
    assert response.status_code == 503
    assert "https://kept.example" in response.text
    assert "Nothing was saved" in response.text


def test_what_was_posted_can_be_sent_again_even_where_the_form_could_not_be_built(visitor: Client, settings):
    settings.SERVICE_URLS = AWAY
    response = visitor.post("/notifications/4", {"name": "Kept & <safe>", "events": ["down", "up"], "token": "xoxb-1"})
    assert response.status_code == 503
    assert "Kept &amp; &lt;safe&gt;" in response.text
    assert response.text.count('<textarea name="events" hidden>') == 2
    assert "xoxb-1" not in response.text
    assert "Send it again" in response.text


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_failing_api_is_told_as_being_away(visitor: Client, gateway: FakeGateway, status: int):
    gateway.answers["GET", "/report-service/incidents"] = (status, {"message": "x", "code": "ERROR"})
    assert visitor.get("/incidents").status_code == 503


def test_an_answer_that_is_not_as_documented_is_none(visitor: Client, gateway: FakeGateway):
    gateway.answers["GET", "/endpoint-service/endpoints"] = (200, {"unexpected": True})
    assert visitor.get("/dashboard").status_code == 503
    gateway.drift.clear()


def test_an_error_inside_is_a_page(visitor: Client, monkeypatch: pytest.MonkeyPatch):
    visitor.raise_request_exception = False
    monkeypatch.setattr(dashboard_rows, "count_states", None)
    response = visitor.get("/dashboard")
    assert response.status_code == 500
    assert "This page failed on our side" in response.text


def test_an_ended_session_sends_htmx_to_the_log_in_page_as_a_whole(visitor: Client, gateway: FakeGateway):
    gateway.key_valid = False
    response = visitor.get("/dashboard/live", headers={"HX-Request": "true"})
    assert response.headers["HX-Redirect"].startswith("/login")


@pytest.mark.parametrize("path", ["/health/live", "/metrics", "/%6detrics"])
def test_health_and_metrics_do_not_exist_for_what_a_proxy_forwards(client: Client, db: None, path: str):
    assert client.get(path, headers={"X-Forwarded-For": "203.0.113.7"}).status_code == 404


def test_health_and_metrics_answer_without_the_gateway(client: Client, db: None):
    assert client.get("/health/live").json() == {"status": "ok"}
    assert client.get("/health/ready").json()["status"] == "ok"
    assert client.get("/metrics").status_code == 200


def test_the_language_follows_the_choice_then_the_browser_then_is_korean(client: Client, db: None):
    assert '<html lang="ko"' in client.get("/").text
    assert '<html lang="en"' in client.get("/", headers={"Accept-Language": "en"}).text
    client.post("/language", {"language": "ko", "next": "/login"})
    assert '<html lang="ko"' in client.get("/", headers={"Accept-Language": "en"}).text


def test_the_theme_is_kept_and_given_back_to_the_system(client: Client, db: None):
    assert client.post("/theme", {"theme": "dark", "next": "/login"}).headers["Location"] == "/login"
    assert 'data-theme="dark"' in client.get("/login").text
    client.post("/theme", {"theme": "system"})
    assert "data-theme" not in client.get("/login").text


def test_https_makes_cookies_secure_and_sends_hsts(settings, client: Client, db: None, gateway: FakeGateway):
    settings.SESSION_COOKIE_SECURE = True
    settings.SECURE_HSTS_SECONDS = 31536000
    response = client.post("/login", {"email": "a@example.com", "password": "x"}, secure=True)
    assert response.cookies["pongpong_session"]["secure"]
    assert response.cookies["pongpong_session"]["httponly"]
    assert response.headers["Strict-Transport-Security"].startswith("max-age=31536000")


@pytest.mark.parametrize(("status", "words"), [(429, "요청이 너무 많습니다"), (413, "요청이 너무 큽니다")])
def test_what_kong_refuses_by_itself_is_told_in_the_readers_language(
    nobody: Client, gateway: FakeGateway, status: int, words: str
):
    nobody.cookies["django_language"] = "ko"
    gateway.answers["POST", "/user-service/login"] = (status, {"message": "In English.", "request_id": "1"})
    login = {"email": "owner@example.com", "password": "a passphrase"}
    response = nobody.post("/login", login)
    assert words in response.text
    assert "In English." not in response.text
