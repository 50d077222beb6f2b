"""Calls between services: timeouts, bounded retries of what is safe, the token and the request id along."""

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from common.api.errors import PeerError
from common.between.http import Peer
from common.telemetry.logs import request_id


@pytest.fixture
def peer(httpserver: HTTPServer, settings) -> Peer:
    settings.SERVICE_URLS = {"email_service": httpserver.url_for("").rstrip("/")}
    return Peer("email_service")


def test_a_call_carries_the_token_and_the_request_id(peer: Peer, httpserver: HTTPServer, settings) -> None:
    headers = {"X-Internal-Token": settings.INTERNAL_TOKEN, "X-Request-ID": "request-1"}
    httpserver.expect_request("/things", method="GET", query_string="a=1", headers=headers).respond_with_json({"b": 2})
    token = request_id.set("request-1")
    assert peer.get("/things", params={"a": 1}) == {"b": 2}
    request_id.reset(token)


def test_what_is_idempotent_is_tried_three_times(peer: Peer, httpserver: HTTPServer) -> None:
    seen: list[Request] = []

    def answer(request: Request) -> Response:
        seen.append(request)
        return Response("{}", 200 if len(seen) == 3 else 503, content_type="application/json")

    httpserver.expect_request("/things").respond_with_handler(answer)
    assert peer.get("/things") == {}
    assert len(seen) == 3


def test_a_plain_post_is_sent_once(peer: Peer, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/things").respond_with_data("", status=503)
    with pytest.raises(PeerError) as caught:
        peer.post("/things", json={})
    assert (caught.value.status, caught.value.permanent, len(httpserver.log)) == (503, False, 1)


def test_a_refusal_is_not_repeated_and_keeps_its_reason(peer: Peer, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/things").respond_with_json({"message": "no", "code": "NO"}, status=400)
    with pytest.raises(PeerError) as caught:
        peer.get("/things")
    assert (caught.value.permanent, caught.value.body, len(httpserver.log)) == (
        True,
        {"message": "no", "code": "NO"},
        1,
    )


def test_a_redirect_is_not_followed(peer: Peer, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/things").respond_with_data("", status=302, headers={"Location": "/elsewhere"})
    with pytest.raises(PeerError):
        peer.get("/things")
    assert len(httpserver.log) == 1


def test_nobody_there_and_no_answer_in_time_are_told_apart_from_a_refusal(settings) -> None:
    settings.SERVICE_URLS = {"email_service": "http://127.0.0.1:9"}
    with pytest.raises(PeerError) as caught:
        Peer("email_service").post("/things")
    assert (caught.value.status, caught.value.permanent) == (None, False)


def test_what_is_not_json_is_an_error(peer: Peer, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/things").respond_with_data("<html>")
    with pytest.raises(PeerError, match="not JSON"):
        peer.get("/things")
