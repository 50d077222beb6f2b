"""The websocket kind against real servers on loopback, the library's own, that do what they should, or refuse."""

import base64
import socket
import time

import pytest
from websockets.sync.server import ServerConnection

from common.security.crypto import encrypt
from endpoint_check.tests.probing import CLOSED, probe
from endpoint_check.tests.raw_site import RawSite, redirect
from endpoint_check.tests.sites import certificate_into
from endpoint_check.tests.websocket_sites import TEXT, address, contains, frame, hold, look, play_all, server, shaken


def test_a_handshake_is_enough_where_no_message_is_awaited():
    with server() as (url, asked):
        outcome = look(url)
    assert (outcome.status, outcome.http_status, outcome.resolved_ip) == ("up", 101, "127.0.0.1"), outcome.message
    assert outcome.phases is not None
    assert outcome.phases.connect_ms > 0
    assert outcome.phases.first_byte_ms > 0
    assert outcome.phases.tls_ms == 0
    assert outcome.total_ms is not None
    assert "Sec-WebSocket-Extensions" not in asked[0].headers


def test_a_message_is_sent_and_the_first_that_comes_is_judged():
    message = '{"안녕": "ping"}'
    condition = {"kind": "json_path", "target": "$.안녕", "operator": "equals", "value": "ping"}
    with server() as (url, _):
        good = look(url, options={"message": message}, assertions=[condition, *contains("안녕")])
        wrong = look(url, options={"message": message}, assertions=contains("pong"))
        unasked = look(url, options={"message": "x"})
    assert (good.status, good.message) == ("up", "")
    assert good.phases is not None
    assert good.phases.transfer_ms > 0
    assert (wrong.status, wrong.error_code, wrong.response_body) == ("down", "assertion_failed", message)
    assert wrong.http_status == 101
    assert unasked.status == "up"


def test_a_greeting_is_judged_without_a_message_of_ours():
    def greet(connection: ServerConnection) -> None:
        connection.send(["hel", "lo"])
        connection.recv()

    with server(greet) as (url, _):
        assert look(url, assertions=contains("hello")).status == "up"
        assert look(url, assertions=[{"kind": "body_regex", "value": "^h.*o$"}]).status == "up"


def test_text_is_utf_8_whatever_it_looks_like_and_bytes_are_an_answer_too():
    text = 'caf\u00e9 <meta charset="euc-kr"> \x1b$B'

    def greet(connection: ServerConnection) -> None:
        connection.send(text)
        connection.recv()

    def binary(connection: ServerConnection) -> None:
        connection.send(b"\x00\xffabc")
        connection.recv()

    with server(greet) as (url, _):
        assert look(url, assertions=contains("café")).status == "up"
    with server(binary) as (url, _):
        assert look(url, assertions=contains("abc")).status == "up"


def test_the_server_hears_headers_credentials_and_a_polite_goodbye():
    ended: list[int | None] = []

    def listen(connection: ServerConnection) -> None:
        try:
            connection.recv()
        finally:
            ended.append(connection.close_code)

    sealed = encrypt(
        {"headers": {"X-Key": "s3cret-value"}, "auth": {"kind": "basic", "username": "u", "password": "p"}}
    )
    with server(listen) as (url, asked):
        outcome = look(
            url, headers={"X-Key": "***", "X-Name": "값"}, secrets=sealed, options={"auth": {"kind": "basic"}}
        )
        look(url, headers={"User-Agent": "mine"}, options={"auth": {"kind": "bearer", "token": "t"}})
    assert outcome.status == "up", outcome.message
    first, second = (request.headers for request in asked)
    assert first["X-Key"] == "s3cret-value"
    assert first["X-Name"].encode("iso-8859-1").decode() == "값"
    assert first["Authorization"] == "Basic " + base64.b64encode(b"u:p").decode()
    assert first["User-Agent"] == "pongpong"
    assert (second["User-Agent"], second["Authorization"]) == ("mine", "Bearer t")
    assert ended == [1000, 1000]


def test_a_subprotocol_is_offered_and_the_handshakes_own_headers_are_ours():
    with RawSite(shaken(frame(TEXT, b"hi"), b"Sec-WebSocket-Protocol: chat.v2\r\n")) as site:
        url = address(site)
        assert look(url, headers={"Sec-WebSocket-Protocol": "chat.v1, chat.v2"}).status == "up"
        assert site.asked[0].all("Sec-WebSocket-Protocol") == ["chat.v1, chat.v2"]
        unasked = look(url)
        own = look(url, headers={"Sec-WebSocket-Key": "abc"})
    assert (unasked.status, unasked.error_code) == ("down", "protocol_error")
    assert (own.status, own.error_code) == ("unknown", "invalid_spec")


@pytest.mark.parametrize("status", [200, 403, 404, 500])
def test_a_refused_handshake_shows_its_status_and_its_text(status):
    with server(status=status) as (url, _):
        outcome = look(url)
    assert (outcome.status, outcome.error_code, outcome.http_status) == ("down", "unexpected_status", status)
    assert outcome.message == f"The site answered {status}; expected 101"
    assert outcome.response_body == "Not you.\n"
    assert outcome.response_headers is not None
    assert "Content-Length" in outcome.response_headers


def test_a_refusal_whose_text_never_ends_waits_for_nothing():
    head = b"HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nsorry\r\n"
    with RawSite(play_all(head, hold)) as site:
        outcome = look(address(site))
    assert (outcome.error_code, outcome.http_status) == ("unexpected_status", 403)
    assert outcome.total_ms is not None
    assert outcome.total_ms < 3000


@pytest.mark.parametrize("location", ["http://169.254.169.254/latest", "ws://10.0.0.1/", "/elsewhere"])
def test_a_redirect_is_not_followed_but_named(location):
    with RawSite(redirect(location)) as site:
        outcome = look(address(site))
        assert len(site.asked) == 1
    assert (outcome.error_code, outcome.http_status) == ("unexpected_status", 302)
    assert location in outcome.message


@pytest.mark.parametrize("location", ["ws://127.0.0.1:{port}/", "ws://localhost:{port}/", "wss://127.0.0.1:{port}/"])
def test_a_forbidden_address_sees_no_connection(location):
    with RawSite(b"", reads=False) as site:
        outcome = probe(location.format(port=site.port), kind="websocket", rule=CLOSED)
        assert site.asked == []
    assert (outcome.status, outcome.error_code) == ("down", "blocked_address")


def test_nobody_there_and_a_name_that_is_none():
    with socket.create_server(("127.0.0.1", 0)) as unheard:
        port = unheard.getsockname()[1]
    assert look(f"ws://127.0.0.1:{port}/").error_code == "connection_refused"
    assert look("ws://nowhere.invalid/").error_code == "dns_failure"
    assert look(f"ws://127.0.0.1:{port}/", options={"ip_version": "6"}).error_code == "dns_failure"


def test_certificates_are_verified_and_watched(tmp_path, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    certificate = certificate_into(tmp_path, days=5)
    with server(certificate=certificate) as (url, _):
        refused = look(url)
        taken = look(url, options={"verify_tls": False, "message": "hi"}, assertions=contains("hi"))
        short = look(
            url, options={"verify_tls": False}, assertions=[{"kind": "certificate_days", "operator": "at_least", "value": 30}]
        )  # fmt: skip
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        trusted = look(url)
    assert (refused.error_code, refused.http_status) == ("certificate_invalid", None)
    assert taken.status == trusted.status == "up", (taken.message, trusted.message)
    assert taken.phases is not None
    assert taken.phases.tls_ms > 0
    assert taken.certificate_expires_at is not None
    assert [due.days for due in taken.certificates_due] == [7]
    assert (short.status, short.error_code) == ("degraded", "assertion_failed")


def test_an_expired_certificate_is_said_to_be(tmp_path, monkeypatch):
    certificate = certificate_into(tmp_path, days=-1)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with server(certificate=certificate) as (url, _):
        assert look(url).error_code == "certificate_expired"


def test_a_slow_answer_is_degraded():
    def late(connection: ServerConnection) -> None:
        time.sleep(0.3)
        connection.send("late")
        connection.recv()

    with server(late) as (url, _):
        slow = look(url, options={"degraded_ms": 100}, assertions=contains("late"))
        timed = look(
            url, assertions=[*contains("late"), {"kind": "response_time", "operator": "at_most", "value": 100}]
        )
    assert (slow.status, slow.error_code) == (timed.status, timed.error_code) == ("degraded", "response_too_slow")
