"""What is read of a body: every coding, bombs, what is beyond the limit, and answers without an end."""

import gzip
import socket
import time
import zlib
from collections.abc import Callable
from typing import Any

import brotli
import pytest

from common.security.guarded_curl import BoundedBody
from endpoint_check.engine.http.answer import Answer
from endpoint_check.engine.http.body import MAX_MEMBERS, Broken, Compressed, codings_of
from endpoint_check.engine.outcome import Outcome
from endpoint_check.engine.spec import spec_of
from endpoint_check.tests.probing import probe
from endpoint_check.tests.raw_site import RawSite, answer

TEXT = b"hello " * 500
SAYS_HELLO = [{"kind": "body_contains", "value": "hello"}]


def raw_deflate(data: bytes) -> bytes:
    deflating = zlib.compressobj(wbits=-15)
    return deflating.compress(data) + deflating.flush()


def gzipped(data: bytes) -> bytes:
    """Without the time, which would be in the names of tests: xdist wants them the same in every worker."""
    return gzip.compress(data, mtime=0)


def coded(coding: str, body: bytes, *, conditions: bool = True, **spec: Any) -> Outcome:
    """What a probe finds of a body with this `Content-Encoding`."""
    with RawSite(answer(200, body, b"Content-Encoding: " + coding.encode())) as site:
        return probe(site.url(), assertions=SAYS_HELLO if conditions else [], **spec)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("", TEXT),
        ("identity", TEXT),
        ("gzip", gzipped(TEXT)),
        ("GZip", gzipped(TEXT)),
        ("x-gzip", gzipped(TEXT)),
        ("gzip", gzipped(b"x") + gzipped(TEXT)),
        ("gzip", gzipped(TEXT) + b"trailing"),
        ("gzip", gzipped(TEXT)[:-4]),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", raw_deflate(TEXT)),
        ("br", brotli.compress(TEXT)),
        ("identity, gzip", gzipped(TEXT)),
        ("gzip, br", brotli.compress(gzipped(TEXT))),
        ("gzip,gzip", gzipped(gzipped(TEXT))),
        ("gzip", b""),
    ],
)
def test_codings_that_are_known_are_undone(coding: str, body: bytes):
    outcome = coded(coding, body, conditions=bool(body))
    assert outcome.status == "up", outcome.message


@pytest.mark.parametrize(
    "coding",
    ["utf-8", "UTF-8", "binary", "aws-chunked", "zstd", "none", "x-odd", "gzip, zstd", "gzip,gzip,gzip", "말", "\xff"],
)
def test_a_coding_that_is_not_known_fails_nothing_but_conditions_on_the_body(coding: str):
    assert coded(coding, TEXT, conditions=False).status == "up"
    outcome = coded(coding, TEXT)
    assert (outcome.status, outcome.error_code, outcome.http_status) == ("down", "assertion_failed", 200)
    assert "is not known here" in outcome.message
    lines = [b"HTTP/1.1 200 OK\r\n", b"Content-Encoding: %b\r\n" % coding.encode("latin-1", "replace"), b"\r\n"]
    read = Answer(spec_of('{"url": "http://x/"}'), lines)
    assert read.write(TEXT) is None
    assert (read.received().body, bool(read.received().undecoded)) == (TEXT, True)
    with RawSite(answer(200, TEXT, b"Content-Encoding: zstd", b"X-A: b")) as site:
        condition = {"kind": "header", "target": "X-A", "operator": "equals", "value": "b"}
        assert probe(site.url(), assertions=[condition]).status == "up"


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", TEXT),
        ("gzip", gzipped(TEXT)[:10] + b"\xff" * 50),
        ("deflate", b"\xff" * 50),
        ("br", b"\xff" * 50),
        ("gzip", gzipped(b"") * (MAX_MEMBERS + 1)),
    ],
)
def test_what_is_not_what_it_is_said_to_be_is_a_broken_answer(coding: str, body: bytes):
    outcome = coded(coding, body, conditions=False)
    assert outcome.error_code == "protocol_error"
    assert outcome.message.startswith("The answer is broken: ")


@pytest.mark.parametrize("step", [1, 7, 1000, 16384])
@pytest.mark.parametrize(
    ("codings", "make"),
    [
        (["gzip"], gzipped),
        (["deflate"], zlib.compress),
        (["deflate"], raw_deflate),
        (["br"], brotli.compress),
        (["gzip", "br"], lambda data: brotli.compress(gzipped(data))),
        (["x-gzip"], lambda data: gzipped(data[:9]) + gzipped(data[9:]) + b"trail"),
    ],
)
def test_however_a_body_is_cut_into_pieces_it_is_the_same(
    codings: list[str], make: Callable[[bytes], bytes], step: int
):
    data, body = bytes(range(256)) * 20 + bytes(100_000), Compressed(1 << 20, codings)
    coded = make(data)
    for place in range(0, len(coded), step):
        assert body.add(coded[place : place + step])
    assert bytes(body.data) == data
    assert not body.cut


@pytest.mark.parametrize(("length", "cut"), [(1023, False), (1024, False), (1025, True), (5000, True)])
def test_a_body_is_cut_at_its_limit_and_says_so(length: int, cut: bool):
    plain, compressed = BoundedBody(1024), Compressed(1024, ["gzip"])
    data = b"x" * length
    plain.add(data)
    compressed.add(gzipped(data))
    for body in (plain, compressed):
        assert (len(body.data), body.cut) == (min(length, 1024), cut)


@pytest.mark.parametrize(
    ("codings", "bomb"),
    [
        (["gzip"], gzipped(bytes(64 << 20))),
        (["br"], brotli.compress(bytes(64 << 20), quality=1)),
        (["gzip", "gzip"], gzipped(gzipped(bytes(64 << 20)))),
        (["gzip", "gzip"], gzipped(gzipped(b"") * 200_000)),
    ],
)
def test_a_bomb_costs_no_more_than_its_limit(codings: list[str], bomb: bytes):
    body, began = Compressed(1 << 20, codings), time.process_time()
    try:
        for place in range(0, len(bomb), 16384):
            if not body.add(bomb[place : place + 16384]):
                break
    except Broken:
        pass
    assert len(body.data) <= 1 << 20
    assert time.process_time() - began < 1


def test_codings_are_named_in_the_order_in_which_they_were_applied():
    assert codings_of(["gzip", "br, Identity"]) == (["gzip", "br"], "")
    assert codings_of(["gzip", "zstd"]) == ([], "gzip, zstd")
    assert len(codings_of(["a" * 5000])[1]) <= 100


# Limits and answers without an end.


def test_the_limit_is_an_option():
    body = b"x" * 3000 + b"hello"
    with RawSite(answer(200, body)) as site:
        assert probe(site.url(), assertions=SAYS_HELLO, options={"max_body_kib": 3}).status == "up"
        outcome = probe(site.url(), assertions=SAYS_HELLO, options={"max_body_kib": 2})
        absent = [{"kind": "body_not_contains", "value": "hello"}]
        assert probe(site.url(), assertions=absent, options={"max_body_kib": 2}).error_code == "assertion_failed"
    assert outcome.error_code == "assertion_failed"
    assert outcome.message == 'The first 2 KiB of the body do not contain "hello".'


def endless(head: bytes, piece: bytes, every: float) -> Callable[[socket.socket], None]:
    """Sends pieces until nobody takes them any more."""

    def play(connection: socket.socket) -> None:
        connection.sendall(head)
        ends = time.monotonic() + 20
        while time.monotonic() < ends:
            connection.sendall(piece)
            time.sleep(every)

    return play


def held(data: bytes) -> Callable[[socket.socket], None]:
    """Sends so much and no more."""

    def play(connection: socket.socket) -> None:
        connection.sendall(data)
        connection.recv(1)

    return play


def head(kind: str, *lines: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", *([f"Content-Type: {kind}"] if kind else []), *lines, "", ""]).encode()


STREAMS = [
    pytest.param(head("text/event-stream"), b"data: hello\n\n", id="SSE"),
    pytest.param(head("text/event-stream; charset=utf-8"), b": ping\n\ndata: hello\n\n", id="SSE with charset"),
    pytest.param(head("Audio/MPEG", "icy-name: hello"), b"\xff\xfbhello" + b"\0" * 500, id="radio"),
    pytest.param(head("audio/aacp", "Content-Length: 999999999"), b"hello" + b"\0" * 500, id="radio with a length"),
    pytest.param(head("", "icy-br: 128"), b"hello" * 100, id="ICY headers alone"),
    pytest.param(head("multipart/x-mixed-replace; boundary=b"), b"--b\r\n\r\nhello\r\n", id="MJPEG"),
    pytest.param(head("video/mp2t"), b"hello" * 100, id="video"),
    pytest.param(head("application/x-ndjson"), b'{"a": "hello"}\n', id="lines of JSON"),
    pytest.param(head("text/plain"), b"hello\n", id="a log"),
    pytest.param(head(""), b"hello\n", id="no type"),
]


@pytest.mark.parametrize(("start", "piece"), STREAMS)
def test_an_endless_answer_whose_status_and_conditions_are_met_is_up(start: bytes, piece: bytes):
    with RawSite(endless(start, piece, 0.02)) as site:
        outcome = probe(site.url(), timeout=1, assertions=SAYS_HELLO)
        assert outcome.status == "up", outcome.message
        assert outcome.total_ms is not None
        assert outcome.total_ms < 900, "what takes for ever says nothing about how fast a site is"
        wrong = probe(site.url(), timeout=1, assertions=[{"kind": "body_contains", "value": "goodbye"}])
        assert wrong.error_code == "assertion_failed"
        assert probe(site.url(), timeout=1, expected_status="204").error_code == "unexpected_status"


def test_a_stream_that_nobody_asks_to_be_read_is_left_at_once():
    with RawSite(endless(head("text/event-stream"), b"data: hello\n\n", 0.02)) as site:
        began = time.monotonic()
        assert probe(site.url(), timeout=10).status == "up"
        assert time.monotonic() - began < 5


def test_a_stream_in_which_nothing_has_happened_yet_is_up():
    with RawSite(held(head("text/event-stream"))) as site:
        assert probe(site.url(), timeout=0.5).status == "up"


def test_a_stream_as_fast_as_it_can_is_cut_at_the_limit():
    with RawSite(endless(head("audio/mpeg"), b"hello" * 20_000, 0)) as site:
        began = time.monotonic()
        assert probe(site.url(), timeout=10, assertions=SAYS_HELLO).status == "up"
        assert time.monotonic() - began < 8


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        pytest.param(head("text/html"), b"<p>hello</p>", id="a page"),
        pytest.param(head("application/json"), b'"hello",', id="JSON"),
        pytest.param(head("text/plain", "Content-Length: 100000"), b"hello", id="with a length"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX-A: ", b"hello", id="headers"),
    ],
)
def test_a_document_that_does_not_come_to_its_end_in_time_is_no_answer(start: bytes, piece: bytes):
    with RawSite(endless(start, piece, 0.02)) as site:
        outcome = probe(site.url(), timeout=0.6)
    assert outcome.error_code == "read_timeout"
    assert outcome.message.startswith(f"No complete answer from 127.0.0.1:{site.port} after ")


def test_what_stops_in_the_middle_is_no_stream():
    with RawSite(held(head("") + b"hello")) as site:
        assert probe(site.url(), timeout=0.6).error_code == "read_timeout"


def test_header_values_are_read_in_utf_8_or_else_in_latin_1():
    with RawSite(answer(500, b"", "X-A: 말 é".encode(), "X-B: café".encode("latin-1"))) as site:
        outcome = probe(site.url())
    assert outcome.response_headers is not None
    assert outcome.response_headers["X-A"] == "말 é"
    assert outcome.response_headers["X-B"] == "café"
