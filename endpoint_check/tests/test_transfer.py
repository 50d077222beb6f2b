"""HTTP probes: what is sent, to whom, and that no spec whatever ends the others' checks."""

import base64
import json
import time
from typing import Any

import pycurl
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from endpoint_check.check_loop.loop import CheckLoop
from endpoint_check.engine.http.curl_transfer import Transfer
from endpoint_check.engine.multi import Engine
from endpoint_check.engine.spec import InvalidSpec, spec_of
from endpoint_check.feeds.feed_sync import endpoints_apply
from endpoint_check.models import Monitor, ResultOutbox
from endpoint_check.tests.outboxes import waiting
from endpoint_check.tests.probing import OPEN, probe, probes
from endpoint_check.tests.test_whole_way import FOR_EVER, endpoint

BEARER = {"auth": {"kind": "bearer", "token": "s3cret-t0ken"}}


def sent(server: HTTPServer, name: str = "Authorization") -> list[str | None]:
    """A header of every request that arrived, in their order."""
    return [request.headers.get(name) for request, _ in server.log]


def redirect_to(url: str) -> Response:
    return Response(status=302, headers={"Location": url})


@pytest.mark.parametrize("query", ["", "?a=1&b"])
def test_a_check_past_caches_asks_for_an_address_of_its_own_each_time(httpserver: HTTPServer, query: str):
    httpserver.expect_request("/site").respond_with_response(redirect_to("/there"))
    httpserver.expect_request("/there").respond_with_data("hello")
    url = httpserver.url_for(f"/site{query}")
    for _time in range(2):
        assert probe(url, options={"cache_busting": True}).status == "up"
    assert probe(url).status == "up"
    asked = [request.full_path.removesuffix("?") for request, _ in httpserver.log]
    first, second, plain = asked[0], asked[2], asked[4]
    assert first != second
    assert first.startswith(f"/site{query}{'&' if query else '?'}pongpong=")
    assert (plain, asked[1]) == (f"/site{query}", "/there")


def test_a_bearer_token_is_sent_as_such(httpserver: HTTPServer):
    httpserver.expect_request("/site").respond_with_data("hello")
    assert probe(httpserver.url_for("/site"), options=BEARER).status == "up"
    assert sent(httpserver) == ["Bearer s3cret-t0ken"]


def test_basic_credentials_are_sent_in_utf_8(httpserver: HTTPServer):
    httpserver.expect_request("/site").respond_with_data("hello")
    auth = {"kind": "basic", "username": "jürgen", "password": "p:w"}
    assert probe(httpserver.url_for("/site"), options={"auth": auth}).status == "up"
    assert sent(httpserver) == ["Basic " + base64.b64encode("jürgen:p:w".encode()).decode()]


@pytest.mark.parametrize(
    "credentials",
    [{"options": BEARER}, {"headers": {"Authorization": "Bearer s3cret-t0ken"}}],
    ids=["option", "header"],
)
def test_a_redirect_to_another_host_is_not_shown_the_token(httpserver: HTTPServer, credentials):
    elsewhere = f"http://127.0.0.1:{httpserver.port}/elsewhere"
    httpserver.expect_request("/site").respond_with_response(redirect_to(elsewhere))
    httpserver.expect_request("/elsewhere").respond_with_data("hello")
    assert "localhost" in httpserver.url_for("/site"), "a name, and then an address, are two hosts"
    assert probe(httpserver.url_for("/site"), **credentials).http_status == 200
    assert sent(httpserver) == ["Bearer s3cret-t0ken", None]


def test_a_redirect_on_the_same_host_keeps_the_token(httpserver: HTTPServer):
    httpserver.expect_request("/site").respond_with_response(redirect_to("/there"))
    httpserver.expect_request("/there").respond_with_data("hello")
    assert probe(httpserver.url_for("/site"), options=BEARER).status == "up"
    assert sent(httpserver) == ["Bearer s3cret-t0ken"] * 2


def test_a_token_is_forgotten_before_the_next_probe(httpserver: HTTPServer):
    httpserver.expect_request("/site").respond_with_data("hello")
    url, engine = httpserver.url_for("/site"), Engine()
    for options in ("{}", '{"auth": {"kind": "bearer", "token": "s3cret"}}', "{}"):
        engine.add(spec_of(f'{{"url": "{url}", "options": {options}}}'), OPEN, None)
        engine.run(5)
    engine.close()
    assert sent(httpserver) == [None, "Bearer s3cret", None]


def test_headers_of_other_alphabets_and_empty_ones_are_sent(httpserver: HTTPServer):
    httpserver.expect_request("/site").respond_with_data("hello")
    assert probe(httpserver.url_for("/site"), headers={"X-Name": "이름", "X-Empty": ""}).status == "up"
    (name,) = sent(httpserver, "X-Name")
    assert name is not None
    assert name.encode("iso-8859-1").decode() == "이름"
    assert sent(httpserver, "X-Empty") == [""]


def test_method_and_body_arrive(httpserver: HTTPServer):
    seen: list[tuple[str, bytes]] = []

    def answer(request: Request) -> Response:
        seen.append((request.method, request.get_data()))
        return Response("hello")

    httpserver.expect_request("/site").respond_with_handler(answer)
    for method in ("HEAD", "PUT", "POST"):
        body = "" if method == "HEAD" else "말"
        assert probe(httpserver.url_for("/site"), method=method, body=body).status == "up"
    assert seen == [("HEAD", b""), ("PUT", "말".encode()), ("POST", "말".encode())]


@pytest.mark.parametrize(
    "spec",
    [
        '{"url": "http://x/", "timeout": 0}',
        '{"url": "http://x/", "timeout": 1e300}',
        '{"url": "http://x/", "options": {"max_redirects": -1}}',
        '{"url": "http://x/", "options": {"auth": {"kind": "bearer", "token": "a\\r\\nHost: y"}}}',
    ],
)
def test_specs_without_an_end_and_smuggling_ones_are_refused(spec: str):
    with pytest.raises(InvalidSpec):
        spec_of(spec)


def test_a_spec_that_libcurl_does_not_take_is_one_failed_probe(httpserver: HTTPServer):
    httpserver.expect_request("/site").respond_with_data("hello")
    good: dict[str, Any] = {"url": httpserver.url_for("/site")}
    found = dict(probes([{"url": "http://ü/"}, good, {"url": "http://a\x00b/"}, good]))
    assert found[1].status == found[3].status == "up"
    assert found[0].error_code == found[2].error_code == "invalid_spec"


@pytest.mark.django_db(transaction=True)
def test_an_unexpected_fault_in_one_monitor_ends_neither_the_loop_nor_the_others(
    httpserver: HTTPServer, settings, monkeypatch
):
    settings.ALLOW_PRIVATE_TARGETS = True
    httpserver.expect_request("/site").respond_with_data("hello")
    prepare = Transfer.prepare

    def failing(self, spec, *arguments):
        if spec.url.endswith("/odd"):
            raise KeyError("secret")
        prepare(self, spec, *arguments)

    monkeypatch.setattr(Transfer, "prepare", failing)
    urls = {1: httpserver.url_for("/site"), 2: httpserver.url_for("/odd"), 3: httpserver.url_for("/site")}
    endpoints_apply([endpoint(url, endpoint_id=number, interval=FOR_EVER) for number, url in urls.items()])
    Monitor.objects.filter(endpoint_id=3).update(spec="[" * 100_000)
    CheckLoop(region="default", stopping=lambda: False, on_news=lambda: None).run(1)
    payloads = " ".join(ResultOutbox.objects.values_list("payload", flat=True))
    assert len(waiting(ResultOutbox)) == 3
    assert payloads.count('"error_code":"internal_error"') >= 1
    assert payloads.count('"status":"up"') == 1
    assert "secret" not in payloads


def test_the_constant_that_pycurl_lacks_is_libcurls():
    assert not hasattr(pycurl, "HTTPAUTH_BEARER"), "use it instead of ours"


def test_each_probe_of_a_handle_has_its_own_timeout(httpserver: HTTPServer):
    def late(_request: Request) -> Response:
        time.sleep(0.4)
        return Response("hello")

    httpserver.expect_request("/late").respond_with_handler(late)
    engine, found = Engine(slots=1), []
    for timeout in (5, 0.1, 5):
        spec = {"url": httpserver.url_for("/late"), "timeout": timeout}
        engine.add(spec_of(json.dumps(spec)), OPEN, None)
        ((_, outcome),) = engine.run(10)
        found.append(outcome.status)
    engine.close()
    assert found == ["up", "down", "up"]
