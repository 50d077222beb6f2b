"""Waiting for sockets: sites that hang cost nothing, whoever answers is heard at once, with epoll and without."""

import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from endpoint_check.engine import sockets
from endpoint_check.engine.multi import Engine
from endpoint_check.engine.spec import spec_of
from endpoint_check.tests.probing import OPEN
from endpoint_check.tests.sites import Site

HANGING = 200


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = Engine()
    yield engine
    engine.close()


@pytest.fixture
def hanging(engine: Engine) -> Iterator[None]:
    """So many probes of a site that says nothing, connected already."""
    with Site() as site:
        for _ in range(HANGING):
            engine.add(spec_of(f'{{"url": "http://127.0.0.1:{site.port}/", "timeout": 30}}'), OPEN, None)
        engine.run(0.5)
        assert engine.running == HANGING
        yield


def _slowly(_request: Request) -> Response:
    time.sleep(0.2)
    return Response("hello")


@pytest.mark.usefixtures("hanging")
def test_while_all_sites_hang_no_time_is_spent(engine: Engine):
    used = time.process_time()
    engine.run(1)
    assert time.process_time() - used < 0.1


@pytest.mark.usefixtures("hanging")
@pytest.mark.parametrize("path", ["/slow", "/large"])
def test_an_answer_among_many_that_hang_is_taken_when_it_comes(engine: Engine, httpserver: HTTPServer, path: str):
    httpserver.expect_request("/slow").respond_with_handler(_slowly)
    httpserver.expect_request("/large").respond_with_data(b"x" * 900_000)
    engine.add(spec_of(f'{{"url": "{httpserver.url_for(path)}", "timeout": 5}}'), OPEN, "answered")
    looks = 1
    while not (done := engine.step(5)):
        looks += 1
    ((job, outcome),) = done
    assert (job, outcome.status) == ("answered", "up")
    assert looks < 50, "each look is for news, or for a timer of libcurl's"


def test_a_name_that_is_looked_up_is_not_waited_for_in_vain(engine: Engine):
    engine.add(spec_of('{"url": "http://no-such-name.invalid/", "timeout": 30}'), OPEN, None)
    ((_, outcome),) = engine.run(20)
    assert outcome.error_code == "dns_failure"


def test_without_epoll_answers_are_taken_all_the_same(monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer):
    monkeypatch.setattr(sockets, "sys", SimpleNamespace(platform="darwin"))
    httpserver.expect_request("/site").respond_with_data("hello")
    engine = Engine()
    try:
        engine.add(spec_of(f'{{"url": "{httpserver.url_for("/site")}", "timeout": 5}}'), OPEN, None)
        ((_, outcome),) = engine.run(5)
    finally:
        engine.close()
    assert outcome.status == "up"
