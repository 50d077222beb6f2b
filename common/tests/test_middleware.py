"""What every request passes: the guard of odd paths, the internal token, the request id."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from rest_framework.test import APIClient

from common.middleware import PrivateMiddleware
from common.testing.contracts import assert_error


@pytest.mark.parametrize(
    "path",
    [
        "/api/../users",
        "/api//users",
        "/api/./users",
        "/api/..%2fusers",
        "/api/%2e%2e/users",
        "/api\\users",
        "/api/a%00b",
    ],
)
def test_odd_paths_do_not_exist_not_even_with_the_token(internal: APIClient, path: str) -> None:
    assert_error(internal.get(path), 404, "NOT_FOUND")


@pytest.mark.parametrize("path", ["/users", "/users/1", "/auth", "/apix", "/nothing"])
def test_internal_paths_do_not_exist_without_the_token(anonymous: APIClient, owner: APIClient, path: str) -> None:
    assert_error(anonymous.get(path), 404, "NOT_FOUND")
    assert_error(owner.get(path), 404, "NOT_FOUND")
    assert_error(APIClient(HTTP_X_INTERNAL_TOKEN="guess").get(path), 404, "NOT_FOUND")


@pytest.mark.parametrize("path", ["/users", "/keys/used", "/auth"])
def test_the_gateways_token_opens_no_internal_path(settings, path: str) -> None:
    token = settings.GATEWAY_TOKEN
    for headers in ({"HTTP_X_GATEWAY_TOKEN": token}, {"HTTP_X_GATEWAY_TOKEN": token, "HTTP_X_INTERNAL_TOKEN": token}):
        assert_error(APIClient(**headers, HTTP_X_CONSUMER_CUSTOM_ID="1").get(path), 404, "NOT_FOUND")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/health/live", "/metrics", "/schema", "/docs"])
def test_what_is_open_inside_does_not_exist_for_what_a_proxy_forwards(anonymous: APIClient, path: str) -> None:
    assert anonymous.get(path).status_code == 200
    assert_error(anonymous.get(path, headers={"X-Forwarded-For": "203.0.113.7"}), 404, "NOT_FOUND")


def test_a_harmless_request_id_is_kept_and_another_replaced(anonymous: APIClient) -> None:
    assert anonymous.get("/health/live", headers={"X-Request-ID": "abc-1.2:3"}).headers["X-Request-ID"] == "abc-1.2:3"
    for odd in ("a b", "a\x7f", "x" * 65, "ä"):
        assert anonymous.get("/health/live", headers={"X-Request-ID": odd}).headers["X-Request-ID"] != odd


def test_the_request_log_has_no_query(anonymous: APIClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    anonymous.get("/api/nothing?apikey=hush")
    assert "/api/nothing" in caplog.text
    assert "hush" not in caplog.text


def test_messages_are_korean_unless_english_is_asked_for() -> None:
    korean = APIClient().get("/api/nothing").json()["message"]
    assert korean == "이 주소에는 아무것도 없습니다."
    assert APIClient().get("/api/nothing", headers={"Accept-Language": "fr"}).json()["message"] == korean
    english = APIClient().get("/api/nothing", headers={"Accept-Language": "en-US,en;q=0.9,ko;q=0.1"}).json()["message"]
    assert english == "There is nothing at this address."


@pytest.mark.parametrize("path", ["/api/users/me", "/api/nothing", "/api/..%2fusers", "/users", "/health/live"])
def test_what_no_view_calls_cacheable_is_kept_by_no_cache(anonymous: APIClient, path: str) -> None:
    assert anonymous.get(path).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/api/schema", "/api/docs", "/schema", "/docs"])
def test_the_documents_are_everybodys(anonymous: APIClient, path: str) -> None:
    assert "no-store" not in anonymous.get(path).headers.get("Cache-Control", "")


def test_what_a_view_says_of_caches_is_kept(rf: RequestFactory) -> None:
    badge = HttpResponse(headers={"Cache-Control": "public, max-age=30"})
    assert (
        PrivateMiddleware(lambda _: badge)(rf.get("/api/badges/x.svg")).headers["Cache-Control"] == "public, max-age=30"
    )
