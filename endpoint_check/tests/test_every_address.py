"""A host is down when none of its addresses answers; a handshake that offers nothing beside TLS, and ends with a goodbye."""

import asyncio
import socket
import ssl
import time
from collections.abc import Callable

import pytest

from common.contracts.causes import text_cause
from common.contracts.results import ErrorCode
from common.security.addresses import AddressRule
from endpoint_check.engine.host_addresses import MOST, first_good
from endpoint_check.engine.outcome import Outcome, failed
from endpoint_check.tests.probing import probe, probes
from endpoint_check.tests.raw_site import RawSite, answer
from endpoint_check.tests.sites import Link, Site, chain_into, days
from endpoint_check.tests.test_ping import needs_leave

SILENT = "198.51.100.7"
"""TEST-NET-2 of RFC 5737: nobody has it."""


@pytest.fixture
def resolving(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lets `many.test` have these addresses."""
    system = socket.getaddrinfo

    def let(*addresses: str) -> None:
        def found(host, *arguments, **named):
            if host != "many.test":
                return system(host, *arguments, **named)
            if socket.AI_NUMERICHOST in arguments:
                raise socket.gaierror(socket.EAI_NONAME, "no number")
            return [entry for one in addresses for entry in system(one, *arguments, **named)]

        monkeypatch.setattr(socket, "getaddrinfo", found)

    return let


@needs_leave
@pytest.mark.parametrize(
    "addresses", [("127.0.0.1", SILENT), (SILENT, "127.0.0.1"), (SILENT, "198.51.100.8", "127.0.0.1")]
)
def test_a_ping_asks_every_address(resolving, addresses):
    resolving(*addresses)
    outcome = probe("many.test", kind="ping", timeout=3)
    assert outcome.status == "up", outcome.message
    assert outcome.resolved_ip == "127.0.0.1"
    assert outcome.total_ms is not None
    assert outcome.total_ms < 3000


@needs_leave
def test_a_ping_that_no_address_answers_ends_in_time(resolving):
    resolving(SILENT, "198.51.100.8", "198.51.100.9")
    began = time.monotonic()
    outcome = probe("many.test", kind="ping", timeout=0.8)
    assert time.monotonic() - began < 2.5
    assert outcome.error_code == "no_reply"


@pytest.mark.parametrize("first", ["refuses", "hangs", "may not be asked"])
def test_a_handshake_is_tried_at_every_address(resolving, tmp_path, monkeypatch, first: str):
    certificate = chain_into(tmp_path, Link("leaf", days(40)), host="many.test")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with Site(certificate) as site:
        hanging = socket.create_server(("127.0.0.3", site.port))
        before = {"refuses": "127.0.0.2", "hangs": "127.0.0.3", "may not be asked": "169.254.169.254"}[first]
        resolving(before, "127.0.0.1")
        outcome = probe(f"many.test:{site.port}", kind="tls", timeout=4)
        hanging.close()
    assert outcome.status == "up", outcome.message
    assert outcome.resolved_ip == "127.0.0.1"
    assert outcome.phases is not None
    assert outcome.phases.tls_ms > 0


def test_where_all_fail_the_last_one_is_told(resolving):
    with Site() as site:
        port = site.port
    resolving("127.0.0.2", "127.0.0.3")
    outcome = probe(f"many.test:{port}", kind="tls")
    assert outcome.error_code == "connection_refused"
    assert outcome.message.startswith(f"Connection refused by 127.0.0.3:{port} after ")


@pytest.mark.parametrize("kind", ["tls", "ping"])
def test_a_host_of_none_but_closed_addresses_is_not_asked(resolving, kind: str):
    resolving("10.0.0.1", "127.0.0.1")
    rule = AddressRule(allow_private=False, fleet_ports=frozenset())
    outcome = probe("many.test:443" if kind == "tls" else "many.test", kind=kind, rule=rule)
    assert outcome.message == "The address 10.0.0.1 may not be checked"


def test_a_name_of_hundreds_makes_no_flood():
    asked = []

    async def attempt(address: str) -> Outcome:
        asked.append(address)
        return failed(ErrorCode.NO_REPLY, text_cause(address))

    outcome = asyncio.run(first_good([str(number) for number in range(3)], attempt, 10))
    assert (asked, outcome.message) == (["0", "1", "2"], "2")
    assert MOST <= 16


def test_the_first_good_one_ends_the_others():
    ended = []

    async def attempt(address: str) -> Outcome:
        try:
            await asyncio.sleep(0.05 if address == "good" else 10)
        except asyncio.CancelledError:
            ended.append(address)
            raise
        return Outcome(status="up", resolved_ip=address)

    began = time.monotonic()
    outcome = asyncio.run(first_good(["slow", "good", "never"], attempt, 0.01))
    assert outcome.resolved_ip == "good"
    assert time.monotonic() - began < 5
    assert sorted(ended) in (["never", "slow"], ["slow"])


# The handshake itself.


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_handshake_offers_no_alpn_and_says_goodbye(tmp_path, monkeypatch, version: ssl.TLSVersion):
    certificate = chain_into(tmp_path, Link("leaf", days(40)))
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.minimum_version = context.maximum_version = version
    context.set_alpn_protocols(["http/1.1", "h2"])
    seen: list[object] = []

    def play(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True, suppress_ragged_eofs=False) as secured:
            seen.append(secured.selected_alpn_protocol())
            # An end without close_notify would be an SSLEOFError here.
            seen.append(secured.recv(100))
            secured.unwrap()

    with RawSite(play, reads=False) as site:
        outcome = probe(f"localhost:{site.port}", kind="tls")
        assert outcome.status == "up", outcome.message
    assert seen == [None, b""]


def test_a_server_that_never_says_goodbye_delays_little(tmp_path):
    certificate = chain_into(tmp_path, Link("leaf", days(40)))

    def silent(_connection: socket.socket) -> None:
        site.over.wait(10)

    with RawSite(silent, certificate=certificate, reads=False) as site:
        began = time.monotonic()
        outcome = probe(f"localhost:{site.port}", kind="tls", options={"verify_tls": False})
        assert time.monotonic() - began < 4
    assert outcome.status == "up"
    assert outcome.total_ms is not None
    assert outcome.total_ms < 1000


def test_many_handshakes_at_once(tmp_path):
    certificate = chain_into(tmp_path, Link("leaf", days(40)))
    with RawSite(answer(), certificate=certificate, reads=False) as site:
        spec = {"url": f"localhost:{site.port}", "kind": "tls", "options": {"verify_tls": False}}
        found = probes([spec] * 50)
    assert [outcome.status for _, outcome in found] == ["up"] * 50


# The version of HTTP.


@pytest.mark.parametrize(("asked", "secure"), [("2", False), ("2", True), ("3", True)])
def test_a_version_that_was_not_spoken_is_a_failure(tmp_path, asked: str, secure: bool):
    certificate = chain_into(tmp_path, Link("leaf", days(40))) if secure else None
    with RawSite(answer(200, b"hello"), certificate=certificate) as site:
        outcome = probe(site.url("/", "localhost"), timeout=8, options={"http_version": asked, "verify_tls": False})
    assert outcome.error_code == "protocol_error", outcome.message
    assert outcome.message == f"The site spoke HTTP/1.1; HTTP/{asked} was asked for"
    assert (outcome.http_version, outcome.http_status) == ("1.1", 200)


@pytest.mark.parametrize(("said", "spoken"), [(b"1.1", "1.1"), (b"1.0", "1.0")])
def test_the_version_that_was_spoken_stands_in_the_outcome(said: bytes, spoken: str):
    with RawSite(b"HTTP/%b 200 OK\r\nContent-Length: 0\r\n\r\n" % said) as site:
        outcome = probe(site.url(), options={"http_version": "1.1"})
    assert (outcome.status, outcome.http_version) == ("up", spoken)
