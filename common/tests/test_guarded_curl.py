"""The one libcurl that connects to what users name: guarded at the socket, over HTTP alone, bounded."""

from pathlib import Path

import pycurl
import pytest
from pytest_httpserver import HTTPServer

from common.security.addresses import AddressRule
from common.security.guarded_curl import BoundedBody, GuardedCurl

ROOT = Path(__file__).resolve().parents[2]
OPEN = AddressRule(allow_private=True, fleet_ports=frozenset())
CLOSED = AddressRule(allow_private=False, fleet_ports=frozenset())


def get(url: str, rule: AddressRule, **options: object) -> tuple[GuardedCurl, int]:
    guarded = GuardedCurl(rule)
    guarded.guard()
    guarded.curl.setopt(pycurl.URL, url)
    guarded.curl.setopt(pycurl.WRITEFUNCTION, lambda _: None)
    guarded.curl.setopt(pycurl.TIMEOUT_MS, 5000)
    for name, value in options.items():
        guarded.curl.setopt(getattr(pycurl, name), value)
    try:
        guarded.curl.perform()
    except pycurl.error as error:
        return guarded, error.args[0]
    return guarded, 0


def test_an_open_address_is_connected_to(httpserver: HTTPServer):
    httpserver.expect_request("/").respond_with_data("ok")
    guarded, code = get(httpserver.url_for("/"), OPEN)
    assert (code, guarded.blocked) == (0, "")
    assert guarded.peer is not None
    assert guarded.peer[1] == httpserver.port


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "[::1]", "[::ffff:127.0.0.1]"])
def test_a_closed_address_is_refused_by_whatever_name(httpserver: HTTPServer, host: str):
    guarded, code = get(f"http://{host}:{httpserver.port}/", CLOSED)
    assert code == pycurl.E_COULDNT_CONNECT
    assert guarded.blocked
    assert guarded.peer is None
    assert httpserver.log == []


def test_a_redirect_asks_the_rule_again(httpserver: HTTPServer):
    fleet = AddressRule(allow_private=True, fleet_ports=frozenset({9}))
    httpserver.expect_request("/").respond_with_data(status=302, headers={"Location": "http://127.0.0.1:9/"})
    guarded, code = get(httpserver.url_for("/"), fleet, FOLLOWLOCATION=1)
    assert code == pycurl.E_COULDNT_CONNECT
    assert guarded.blocked == "127.0.0.1"


def test_no_proxy_of_the_environment_is_asked(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch):
    for name in ("http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    httpserver.expect_request("/").respond_with_data("ok")
    assert get(httpserver.url_for("/"), OPEN)[1] == 0


@pytest.mark.parametrize(
    "url", ["file:///etc/hostname", "gopher://127.0.0.1/", "ftp://127.0.0.1/", "dict://127.0.0.1/"]
)
def test_it_speaks_nothing_but_http(url: str):
    assert get(url, OPEN)[1] == pycurl.E_UNSUPPORTED_PROTOCOL


def test_headers_without_end_are_no_answer(httpserver: HTTPServer):
    lines: list[bytes] = []
    httpserver.expect_request("/").respond_with_data(headers={f"X-{number}": "x" * 8000 for number in range(60)})
    _, code = get(httpserver.url_for("/"), OPEN, HEADERFUNCTION=lines.append)
    assert code != 0
    assert sum(map(len, lines)) <= 310 * 1024


def test_a_body_is_kept_up_to_its_limit():
    body = BoundedBody(5)
    assert body.add(b"123")
    assert body.add(b"45")
    assert not body.add(b"6")
    assert (bytes(body.data), body.cut) == (b"12345", True)


def test_nothing_else_in_the_fleet_makes_a_libcurl_handle():
    made = [
        path.relative_to(ROOT).as_posix()
        for folder in ("common", *(path.parent.name for path in ROOT.glob("*/settings.py")))
        for path in (ROOT / folder).rglob("*.py")
        if "tests" not in path.parts
        and ("pycurl.Curl(" in path.read_text() or "OPENSOCKETFUNCTION" in path.read_text())
    ]
    assert set(made) == {"common/security/guarded_curl.py"}
