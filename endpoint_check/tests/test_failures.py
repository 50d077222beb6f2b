"""Each error code has a peer that provokes it, and says the whole sentence."""

import re
import socket
import time
from collections.abc import Callable

import pytest

from common.security.addresses import AddressRule
from endpoint_check.engine.outcome import Outcome
from endpoint_check.tests.probing import probe
from endpoint_check.tests.raw_site import Play, RawSite, answer, redirect, reset
from endpoint_check.tests.sites import Link, chain_into, days
from endpoint_check.tests.test_below_http import closed_port

OK = b"HTTP/1.1 200 OK\r\n"
MS = r"\d+ ms"


def closes(_connection: socket.socket) -> None:
    """FIN, and nothing else."""


def then(data: bytes, end: Callable[[socket.socket], None]) -> Play:
    """So much of an answer, and then the end."""

    def play(connection: socket.socket) -> None:
        connection.sendall(data)
        time.sleep(0.1)
        end(connection)

    return play


def keeps(connection: socket.socket) -> None:
    """Wait for the other side."""
    connection.recv(1)


def matches(outcome: Outcome, code: str, sentence: str, port: int) -> None:
    """`sentence` is the whole of it; `<ms>` stands for a time and PORT for the port."""
    pattern = re.escape(sentence.replace("PORT", str(port))).replace("<ms>", MS)
    assert outcome.error_code == code, outcome.message
    assert re.fullmatch(pattern, outcome.message), outcome.message
    assert outcome.status == "down"


BROKEN = "The answer is broken: "
NO_HTTP = "The answer is no HTTP; it begins with "


@pytest.mark.parametrize(
    ("play", "code", "sentence", "status"),
    [
        (closes, "connection_reset", "The server closed the connection without an answer (127.0.0.1:PORT, after <ms>)", None),
        (reset, "connection_reset", "Connection reset by 127.0.0.1:PORT after <ms>", None),
        (then(OK + b"X: ", reset), "connection_reset", "Connection reset by 127.0.0.1:PORT after <ms>", 200),
        (then(OK + b"\r\nhello", reset), "connection_reset", "Connection reset by 127.0.0.1:PORT after <ms>", 200),
        (then(OK + b"Content-Length: 9\r\n\r\nhello", reset), "connection_reset",
         "Connection reset by 127.0.0.1:PORT after <ms>", 200),
        (then(b"SSH-2.0-OpenSSH_9.6\r\n", keeps), "protocol_error", NO_HTTP + r'"SSH-2.0-OpenSSH_9.6\r\n"', None),
        (b"ICY 200 OK\r\nicy-name: x\r\n\r\n\xff\xfb", "protocol_error", NO_HTTP + r'"ICY 200 OK\r\n"', None),
        (then(b"220 mail.test ESMTP\r\n", keeps), "protocol_error", NO_HTTP + r'"220 mail.test ESMTP\r\n"', None),
        (b"-ERR unknown command\r\n", "protocol_error", NO_HTTP + r'"-ERR unknown command\r\n"', None),
        (b"<html>hello", "protocol_error", NO_HTTP + '"<html>hello"', None),
        ("말\u202e".encode(), "protocol_error", NO_HTTP + '"말\N{REPLACEMENT CHARACTER}"', None),
        (b"\x00\x01\x7f\xff", "protocol_error",
         NO_HTTP + r'"\u0000\u0001' + '\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}"', None),
        (b"x" * 5000, "protocol_error", NO_HTTP + f'"{"x" * 60}"', None),
        (b"\r\n", "protocol_error", NO_HTTP + r'"\r\n"', None),
        (b"HTTP/1.1 099 Odd\r\n\r\n", "protocol_error", NO_HTTP + r'"HTTP/1.1 099 Odd\r\n"', None),
        (b"HTTP/1.1 000 Odd\r\n\r\n", "protocol_error", NO_HTTP + r'"HTTP/1.1 000 Odd\r\n"', None),
        (b"HTTP/1.1 1000 Odd\r\n\r\n", "protocol_error", NO_HTTP + r'"HTTP/1.1 1000 Odd\r\n"', None),
        (b"HTTP/1.2 200 OK\r\n\r\n", "protocol_error", BROKEN + "Unsupported HTTP/1 subversion in response", None),
        (b"HTTP/1.1 abc\r\n\r\n", "protocol_error", BROKEN + "Unsupported HTTP/1 subversion in response", None),
        (b"HTTP/9.9 200 OK\r\n\r\n", "protocol_error", BROKEN + "Unsupported HTTP version in response", None),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n", "protocol_error",
         BROKEN + "chunk hex-length char not a hex digit: 0x7a", 200),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 50 + b"\r\n", "protocol_error", BROKEN + "*", 200),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhelloXX", "protocol_error", BROKEN + "*", 200),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n10\r\nhello", "protocol_error", BROKEN + "*", 200),
        (OK + b"Transfer-Encoding: odd\r\n\r\nhello", "protocol_error", BROKEN + "*", 200),
        (OK + b"Content-Length: 50\r\n\r\nhello", "protocol_error", BROKEN + "end of response with 45 bytes missing", 200),
        (OK + b"Content-Length: abc\r\n\r\nhello", "protocol_error", BROKEN + "Invalid Content-Length: value", 200),
        (OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "protocol_error", BROKEN + "Invalid Content-Length: value", 200),
        (OK + b"X: " + b"a" * 400_000 + b"\r\n\r\n", "protocol_error", BROKEN + "it has a header that is too long", 200),
        (OK + b"X: a\r\n" * 6000 + b"\r\n", "protocol_error", BROKEN + "Too many response headers, 5000 is max", 200),
        (OK + b"no colon\r\n\r\n", "protocol_error", BROKEN + "Header without colon", 200),
        (OK + b"X: a\0b\r\n\r\n", "protocol_error", BROKEN + "NUL byte in header", 200),
        (OK + b"X: ", "protocol_error", BROKEN + "it ends in the middle of its headers", 200),
        (redirect("/"), "too_many_redirects", "More than 10 redirects", 302),
        (redirect("ftp://a.test/"), "invalid_redirect", "Redirected to an address that is not followed: ftp://a.test/", 302),
        (answer(503), "unexpected_status", "The site answered 503; expected 200-299", 503),
        (keeps, "read_timeout", "No complete answer from 127.0.0.1:PORT after <ms>", None),
        (then(OK + b"Content-Length: 9\r\n\r\nhello", keeps), "read_timeout",
         "No complete answer from 127.0.0.1:PORT after <ms>", 200),
    ],
)  # fmt: skip
def test_what_a_server_does_is_told_as_what_it_is(play: bytes | Play, code: str, sentence: str, status: int | None):
    with RawSite(play) as site:
        outcome = probe(site.url(), timeout=1)
    if sentence.endswith("*"):
        assert outcome.message.startswith(sentence[:-1])
        assert len(outcome.message) > len(sentence)
        sentence = outcome.message
    matches(outcome, code, sentence, site.port)
    assert outcome.http_status == status


@pytest.mark.parametrize("before", [b"\r\n", b"\n\r\n\r\n"])
def test_a_line_before_the_answer_is_shown(before: bytes):
    with RawSite(before + answer()) as site:
        outcome = probe(site.url())
    assert outcome.error_code == "protocol_error"
    assert outcome.message.startswith(NO_HTTP + '"\\')


def test_a_refusal_of_one_address_is_not_told_of_another_that_answered():
    """localhost may be ::1 first, where nobody listens."""
    with RawSite(closes) as site:
        outcome = probe(site.url("/", "localhost"))
    where = f"127.0.0.1:{site.port}"
    matches(
        outcome,
        "connection_reset",
        f"The server closed the connection without an answer ({where}, after <ms>)",
        site.port,
    )


@pytest.mark.parametrize(("kind", "scheme"), [("http", "http://"), ("tcp", ""), ("tls", "")])
def test_a_port_that_nobody_listens_on(kind: str, scheme: str):
    port = closed_port()
    outcome = probe(f"{scheme}127.0.0.1:{port}", kind=kind)
    matches(outcome, "connection_refused", "Connection refused by 127.0.0.1:PORT after <ms>", port)


@pytest.mark.parametrize(("kind", "scheme"), [("http", "http://"), ("tcp", ""), ("tls", "")])
def test_an_address_that_may_not_be_checked(kind: str, scheme: str):
    with RawSite(answer()) as site:
        rule = AddressRule(allow_private=True, fleet_ports=frozenset({site.port}))
        outcome = probe(f"{scheme}127.0.0.1:{site.port}", kind=kind, rule=rule)
    matches(outcome, "blocked_address", "The address 127.0.0.1 may not be checked", site.port)


@pytest.mark.parametrize("kind", ["http", "tcp", "tls", "ping"])
def test_a_name_that_nobody_knows(kind: str):
    url = {"http": "http://nowhere.invalid/", "ping": "nowhere.invalid"}.get(kind, "nowhere.invalid:80")
    outcome = probe(url, kind=kind, timeout=20)
    assert outcome.error_code == "dns_failure"
    assert outcome.message.startswith("The name could not be resolved: ")


@pytest.mark.parametrize("kind", ["http", "tls"])
@pytest.mark.parametrize(
    ("ends", "host", "told"),
    [
        (-3, "localhost", ("certificate_expired", "certificate has expired")),
        (60, "elsewhere.test", ("certificate_invalid", "localhost")),
    ],
)
def test_a_certificate_that_does_not_hold(tmp_path, monkeypatch, *, kind, ends, host, told):
    certificate = chain_into(tmp_path, Link("leaf", days(ends)), host=host)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with RawSite(answer(), certificate=certificate) as site:
        outcome = probe(f"https://localhost:{site.port}/" if kind == "http" else f"localhost:{site.port}", kind=kind)
    assert outcome.error_code == told[0]
    assert outcome.message.startswith("The certificate is not accepted: ")
    assert told[1] in outcome.message


@pytest.mark.parametrize("kind", ["http", "tls"])
@pytest.mark.parametrize(
    "play",
    [
        pytest.param(then(b"HTTP/1.1 400 Bad Request\r\n\r\n", closes), id="plain HTTP"),
        pytest.param(then(b"SSH-2.0-x\r\n", keeps), id="SSH"),
        pytest.param(then(b"\x15\x03\x01\x00\x02\x02\x28", closes), id="an alert"),
        pytest.param(closes, id="closed"),
        pytest.param(then(b"", reset), id="reset"),
    ],
)
def test_what_shakes_no_hands_is_a_tls_error(kind: str, play: Play):
    with RawSite(play, reads=False) as site:
        address = f"127.0.0.1:{site.port}"
        outcome = probe(f"https://{address}/" if kind == "http" else address, kind=kind)
    assert outcome.error_code == "tls_error", outcome.message
    assert outcome.message.startswith("The TLS handshake failed: ")


@pytest.mark.parametrize("kind", ["http", "tls"])
def test_a_handshake_that_never_ends(kind: str):
    def hears(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.recv(1)

    with RawSite(hears, reads=False) as site:
        address = f"127.0.0.1:{site.port}"
        outcome = probe(f"https://{address}/" if kind == "http" else address, kind=kind, timeout=0.5)
    matches(outcome, "read_timeout", "No complete answer from 127.0.0.1:PORT after <ms>", site.port)


def test_an_address_that_never_answers():
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(0)
    port = server.getsockname()[1]
    waiting = [socket.socket() for _ in range(8)]
    try:
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        time.sleep(0.2)
        found = {kind: probe(f"127.0.0.1:{port}", kind=kind, timeout=0.5) for kind in ("tcp", "tls")}
    finally:
        for one in (server, *waiting):
            one.close()
    for outcome in found.values():
        matches(outcome, "connect_timeout", "No connection to 127.0.0.1:PORT after <ms>", port)
