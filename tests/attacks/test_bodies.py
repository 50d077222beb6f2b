"""Requests that are slow, large or odd hold nobody else's."""

import contextlib
import json
import socket
import time
from typing import Any
from urllib.parse import urlsplit

import psutil

from deploy.local.running import RunningFleet
from tests.attacks.raw import Raw, Tally, everywhere
from tests.outside import User

MEBIBYTE = 1024 * 1024
GROWTH = 300 * MEBIBYTE
"""By how much the whole fleet may have grown after everything here."""


def begin(url: str, request: bytes) -> socket.socket:
    """A connection with the beginning of a request."""
    address = urlsplit(url)
    connection = socket.create_connection((address.hostname, address.port), 10)
    with contextlib.suppress(OSError):
        connection.sendall(request)
    return connection


def head(path: str, length: str, *headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json", length, *headers, "", ""]
    return "\r\n".join(lines).encode()


def test_requests_that_stop_midway_hold_no_thread(fleet: RunningFleet, tally: Tally, unharmed: Any) -> None:
    gateway, web = fleet.gateway_url, fleet.frontend_url
    begun = [
        *[(gateway, head("/user-service/login", "Content-Length: 400000") + b"[" * 300_000)] * 30,
        *[(gateway, head("/report-service/status-pages", "Transfer-Encoding: chunked") + b"5\r\nabc")] * 30,
        *[(gateway, head("/user-service/users", "Content-Length: 60") + b"{")] * 30,
        *[(web, head("/login", "Content-Length: 100") + b"a")] * 30,
        *[(web, b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")] * 30,
        *[(gateway, b"GET /user-service/users/me HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")] * 30,
    ]
    tally.count(len(begun))
    with contextlib.ExitStack() as stack, unharmed():
        for url, request in begun:
            stack.enter_context(begin(url, request))
        time.sleep(15)


def test_answers_that_nobody_reads_hold_no_thread(
    fleet: RunningFleet, tally: Tally, attacker: User, unharmed: Any
) -> None:
    endpoints = [
        {"url": f"http://127.0.0.1:9/{number}", "enabled": False, "body": "x" * 5000, "method": "POST"} for number in range(200)
    ]  # fmt: skip
    made = attacker.post("/endpoint-service/endpoints/bulk", {"action": "create", "endpoints": endpoints})
    assert made.status_code in {200, 201}, made.text[:500]
    request = (
        f"GET /endpoint-service/endpoints?per_page=100 HTTP/1.1\r\nHost: localhost\r\napikey: {attacker.key}\r\n\r\n"
    ).encode()
    tally.count(40)
    with contextlib.ExitStack() as stack, unharmed():
        for _ in range(40):
            stack.enter_context(begin(fleet.gateway_url, request * 5))
        time.sleep(10)


def test_large_and_odd_bodies_are_refused_cheaply(  # noqa: PLR0917  fixtures
    fleet: RunningFleet, gateway: Raw, web: Raw, tally: Tally, attacker: User, unharmed: Any
) -> None:
    pids = fleet.pids().values()
    before = sum(psutil.Process(pid).memory_info().rss for pid in pids)
    many = b"[" + b"[]," * (10 * MEBIBYTE // 3) + b"[]]"
    typed = [("Content-Type", "application/json")]
    bodies = [
        many,
        b"[" * MEBIBYTE,
        b'{"a":' * 100_000,
        b'"' + b"\\u0000" * 500_000 + b'"',
        b"\xff" * MEBIBYTE,
        b"9" * MEBIBYTE,
    ]
    paths = [
        "/user-service/login",
        "/user-service/users",
        "/report-service/status-pages",
        "/endpoint-service/endpoints",
    ]
    tries = [(path, body) for path in paths for body in bodies] * 2
    with unharmed():
        answers = everywhere(lambda one: gateway.send("POST", one[0], typed, one[1]), tries)
        assert {answer.status for answer in answers} <= {0, 400, 401, 408, 413, 429, 431, 503}
        form = [("Content-Type", "multipart/form-data; boundary=x")]
        upload = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n' + b"x" * (20 * MEBIBYTE)
        refused = everywhere(lambda path: web.send("POST", path, form, upload), ["/login", "/sign-up", "/"] * 3)
        assert {answer.status for answer in refused} <= {0, 400, 403, 405, 408, 413, 429, 431, 503}
        yaml = [("Content-Type", "application/yaml"), ("apikey", str(attacker.key))]
        for text in (b"1:" * 290_000 + b"1", b"!!int ''", b"&a [*a]", b"- " * 200_000, b"a: &a {b: &b [*a]}\n" * 5000):
            answer = gateway.send("POST", "/endpoint-service/endpoints/import", yaml, text)
            assert answer.status in {400, 413}, (text[:30], answer.status, answer.body[:200])
    after = sum(psutil.Process(pid).memory_info().rss for pid in fleet.pids().values())
    assert after - before < GROWTH, f"{(after - before) / MEBIBYTE:.0f} MiB more"


def test_text_that_no_database_holds_is_refused_by_its_field(gateway: Raw, attacker: User) -> None:
    keyed = [("Content-Type", "application/json"), ("apikey", str(attacker.key))]
    for path in ("/endpoint-service/endpoints", "/endpoint-service/maintenance-windows", "/notification-service/notifications",
                 "/report-service/status-pages", "/user-service/keys", "/endpoint-service/checks"):  # fmt: skip
        for odd in (r"\u0000", r"\ud800", r"\udfff"):
            body = f'{{"name": "{odd}", "url": "http://{odd}/", "title": "{odd}", "slug": "a", "kind": "{odd}", "settings": {{"{odd}": "{odd}"}}}}'
            answer = gateway.send("POST", path, keyed, body.encode())
            assert answer.status == 400, (path, odd, answer.status, answer.body[:300])
            assert json.loads(answer.body)["code"], path
