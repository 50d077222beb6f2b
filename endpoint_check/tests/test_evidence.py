"""What a failing site answered goes into the result, without the secrets that it was sent."""

import base64
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from common.contracts.options import BearerAuth, Options
from common.security.crypto import encrypt
from endpoint_check.engine.judging.budget import Unlimited
from endpoint_check.engine.judging.redaction import REDACTED, Redaction, secrets_of
from endpoint_check.engine.spec import Spec
from endpoint_check.feeds.feed_sync import feeds_sync
from endpoint_check.outbox.delivery import outboxes_deliver
from endpoint_check.tests.probing import probe
from endpoint_check.tests.sites import Site, certificate_into
from endpoint_check.tests.test_whole_way import Peers, endpoint, peers, run_checks

__all__ = ["peers"]


def echo(request: Request) -> Response:
    """What some sites do: they show every header that they were sent, in body and headers."""
    lines = [f"{name}: {value}" for name, value in request.headers.items()]
    headers = {"X-Echo": request.headers.get("X-Api-Key", ""), "Set-Cookie": "session=1"}
    return Response("\n".join(lines), status=500, headers=headers)


def test_a_sites_echo_of_the_specs_secrets_is_redacted(httpserver: HTTPServer):
    httpserver.expect_request("/site").respond_with_handler(echo)
    hidden = {"headers": {"X-Api-Key": 'k3y "quoted"'}, "auth": {"kind": "basic", "username": "me", "password": "pa55"}}
    outcome = probe(
        httpserver.url_for("/site"), headers={"X-Api-Key": "••••••", "X-Plain": "shown"}, secrets=encrypt(hidden)
    )
    assert outcome.response_headers is not None
    assert outcome.response_body is not None
    assert outcome.response_headers["X-Echo"] == outcome.response_headers["Set-Cookie"] == REDACTED
    assert "X-Plain: shown" in outcome.response_body
    for secret in ("k3y", "pa55", base64.b64encode(b"me:pa55").decode()):
        assert secret not in outcome.response_body


def test_a_sentence_about_an_assertion_does_not_tell_the_secret(httpserver: HTTPServer):
    httpserver.expect_request("/site").respond_with_handler(lambda r: Response(headers={"X-Echo": r.headers["X-Key"]}))
    outcome = probe(
        httpserver.url_for("/site"),
        secrets=encrypt({"headers": {"X-Key": "k3y"}}),
        assertions=[{"kind": "header", "target": "X-Echo", "value": "else"}],
    )
    assert outcome.error_code == "assertion_failed"
    assert "k3y" not in outcome.message
    assert REDACTED in outcome.message


def test_of_a_good_answer_nothing_is_kept(httpserver: HTTPServer):
    httpserver.expect_request("/site").respond_with_data("hello")
    outcome = probe(httpserver.url_for("/site"))
    assert outcome.response_headers is None
    assert outcome.response_body is None


def test_only_the_beginning_of_a_body_is_kept_whatever_it_is(httpserver: HTTPServer):
    httpserver.expect_request("/site").respond_with_data(b"\x00\xff" + "말".encode() * 2000, status=500)
    body = probe(httpserver.url_for("/site")).response_body
    assert body is not None
    assert 2040 <= len(body.encode()) <= 2048
    assert body.startswith("\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}말")


def test_headers_of_one_name_are_joined(httpserver: HTTPServer):
    headers = [("Via", "a"), ("Via", "b"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]
    httpserver.expect_request("/site").respond_with_response(Response(status=500, headers=headers))
    shown = probe(httpserver.url_for("/site")).response_headers
    assert shown is not None
    assert shown["Via"] == "a, b"
    assert shown["Set-Cookie"] == REDACTED


@given(st.text("0123456789/", min_size=1, max_size=40), st.text("ab말\n", max_size=3000), st.integers(0, 3000))
def test_no_form_of_a_secret_is_in_an_excerpt(secret: str, page: str, place: int):
    spec = Spec(url="http://x/", options=Options(auth=BearerAuth(token=secret)))
    redaction = Redaction(lambda: secrets_of(spec), Unlimited())
    for form in (secret, quote(secret)):
        body = page[:place] + form + page[place:]
        shown = redaction.excerpt(body, 2048)
        assert len(shown.encode()) <= 2048
        assert form not in shown


@pytest.mark.django_db(transaction=True)
def test_a_scheduled_failure_is_delivered_with_what_the_site_said(peers: Peers, httpserver: HTTPServer):
    httpserver.expect_request("/site").respond_with_data("out of order", status=503, headers={"X-Served-By": "a"})
    peers.endpoints = [endpoint(httpserver.url_for("/site"))]
    feeds_sync()
    run_checks()
    outboxes_deliver()
    (result,) = peers.results
    assert result["response_body"] == "out of order"
    assert result["response_headers"]["X-Served-By"] == "a"


@pytest.mark.django_db(transaction=True)
def test_every_result_over_tls_names_the_certificates_issuer(peers: Peers, tmp_path: Any, monkeypatch):
    certificate = certificate_into(tmp_path, days=60)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with Site(certificate) as site:
        peers.endpoints = [endpoint(f"https://localhost:{site.port}/")]
        feeds_sync()
        run_checks()
    outboxes_deliver()
    assert "Test authority" in peers.results[0]["certificate_issuer"]


SECRET = "s3cret-" + "0123456789abcdef" * 8
COOKIE = "c00kie-" + "fedcba9876543210" * 2


@pytest.mark.parametrize(
    "name", ["Set-Cookie", "WWW-Authenticate", "X-Session-Id", "X-Auth-Token", "X-Api-Key", "X-Secret"]
)
@pytest.mark.parametrize("operator", ["equals", "not_exists", "contains", "matches"])
def test_a_condition_on_a_header_that_logs_in_says_nothing_of_its_value(
    httpserver: HTTPServer, name: str, operator: str
):
    httpserver.expect_request("/site").respond_with_data("hello", headers={name: f"session={COOKIE}"})
    value = None if operator == "not_exists" else "else"
    condition = {"kind": "header", "target": name, "operator": operator, "value": value}
    outcome = probe(httpserver.url_for("/site"), assertions=[condition])
    assert outcome.error_code == "assertion_failed"
    assert REDACTED in outcome.message
    assert COOKIE[:10] not in str(outcome)


@pytest.mark.parametrize(
    "condition",
    [
        {"kind": "header", "target": "X-Debug", "value": "else"},
        {"kind": "json_path", "target": "$.debug", "value": "else"},
        {"kind": "json_path", "target": "$", "operator": "equals", "value": "else"},
        {"kind": "json_path", "target": "$.debug", "operator": "not_exists"},
    ],
)
@pytest.mark.parametrize("text", [SECRET, COOKIE, quote(f"a/{SECRET}"), "x" * 70 + SECRET, "x" * 470 + COOKIE])
def test_no_sentence_and_no_evidence_has_a_piece_of_a_secret_or_of_a_cookie_that_was_set(
    httpserver: HTTPServer, condition: dict[str, Any], text: str
):
    headers = {"X-Debug": text, "Set-Cookie": f"session={COOKIE}; Path=/"}
    httpserver.expect_request("/site").respond_with_data(f'{{"debug": "{text}"}}', headers=headers)
    hidden = {"headers": {"X-Key": SECRET}}
    outcome = probe(httpserver.url_for("/site"), secrets=encrypt(hidden), assertions=[condition])
    assert outcome.error_code == "assertion_failed"
    for piece in (SECRET[:12], COOKIE[:12], SECRET[-12:], COOKIE[-12:]):
        assert piece not in str(outcome)


def test_a_sentence_of_a_failed_transfer_has_no_secret_either(httpserver: HTTPServer):
    httpserver.expect_request("/site").respond_with_handler(
        lambda request: Response(status=302, headers={"Location": f"gopher-{request.headers['X-Key'][:9]}://x/"})
    )
    outcome = probe(httpserver.url_for("/site"), secrets=encrypt({"headers": {"X-Key": "s3cret-01"}}))
    assert outcome.status == "down"
    assert "s3cret-01" not in str(outcome)


def test_secrets_of_single_letters_make_no_bomb_of_the_evidence(httpserver: HTTPServer):
    httpserver.expect_request("/site").respond_with_data("redacted " * 20_000, status=500)
    hidden = {"headers": {f"X-Key-{n}": letter for n, letter in enumerate("redacton()")}}
    outcome = probe(httpserver.url_for("/site"), secrets=encrypt(hidden))
    assert outcome.response_body is not None
    assert len(outcome.response_body) <= 2048
    assert set(outcome.response_body) <= set(f"{REDACTED} ")


@given(st.text("abc", min_size=4, max_size=30), st.text("abcx", max_size=200), st.integers(0, 230))
def test_a_text_that_was_cut_ends_with_no_beginning_of_a_secret(secret: str, page: str, end: int):
    redaction = Redaction(lambda: [secret], Unlimited())
    shown = redaction.text((page + secret)[:end])
    assert not any(shown.endswith(secret[:size]) for size in range(4, len(secret)) if not page.endswith(secret[:size]))
