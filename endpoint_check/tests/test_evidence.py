"""What a failing site answered goes into the result, without the secrets that it was sent."""

import base64
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from common.crypto import encrypt
from endpoint_check.delivery import outboxes_deliver
from endpoint_check.engine.redaction import REDACTED, Redaction
from endpoint_check.engine.spec import Auth, Options, Spec
from endpoint_check.following import feeds_follow
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
    redaction = Redaction(Spec(url="http://x/", options=Options(auth=Auth(kind="bearer", token=secret))))
    for form in (secret, quote(secret)):
        body = page[:place] + form + page[place:]
        shown = redaction.excerpt(body.encode(), 2048)
        assert len(shown.encode()) <= 2048
        assert form not in shown


@pytest.mark.django_db(transaction=True)
def test_a_scheduled_failure_is_delivered_with_what_the_site_said(peers: Peers, httpserver: HTTPServer):
    httpserver.expect_request("/site").respond_with_data("out of order", status=503, headers={"X-Served-By": "a"})
    peers.endpoints = [endpoint(httpserver.url_for("/site"))]
    feeds_follow()
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
        feeds_follow()
        run_checks()
    outboxes_deliver()
    assert "Test authority" in peers.results[0]["certificate_issuer"]
