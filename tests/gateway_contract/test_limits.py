"""What the gateway bounds: bodies and guessing; and what it adds: a request id and the client's address."""

import json
import re
import secrets
import socket
import time
from contextlib import ExitStack, suppress
from urllib.parse import urlsplit

import pytest

from tests.gateway_contract.echo import LARGE
from tests.gateway_contract.target import TIMEOUT

KILOBYTES_64, MEGABYTE = 2**16, 2**20
MOST_GUESSES = 150
"""More wrong logins a minute than any gateway or service here lets one address make."""


def chunks(size):
    for _ in range(size // 65536):
        yield b"x" * 65536


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_of_ordinary_size_arrives_whole(echo, chunked):
    body = chunks(KILOBYTES_64) if chunked else b"x" * KILOBYTES_64
    assert echo.see(method="POST", body=body).body_bytes == KILOBYTES_64


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_below_ten_megabytes_arrives_whole_where_one_is_taken(echo, one, chunked):
    body = chunks(9 * MEGABYTE) if chunked else b"x" * 9 * MEGABYTE
    assert echo.see(LARGE, headers=one.headers, method="POST", body=body).body_bytes == 9 * MEGABYTE


def test_a_service_reads_a_body_that_comes_without_its_length(target):
    guess = [b'{"email": "nobody@example.com", ', b'"password": "wrong"}']
    answer = target.send("/user-service/login", [("Content-Type", "application/json")], method="POST", body=iter(guess))
    assert (answer.status, answer.json()["code"]) == (400, "INVALID_LOGIN")


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(
    "path",
    [
        "/user-service/login", "/user-service/users", "/endpoint-service/endpoints", "/endpoint-service/checks",
        "/endpoint-service/endpoints/import/", "/endpoint-service/ENDPOINTS/import", "/report-service/status-pages",
        "/notification-service/notifications",
    ],
)  # fmt: skip
def test_a_body_above_64_kilobytes_is_413(target, one, path, chunked):
    body = chunks(KILOBYTES_64 * 3) if chunked else b"x" * (KILOBYTES_64 + 1)
    headers = [*one.headers, ("Content-Type", "application/json")]
    answer = target.send(path, headers, method="POST", body=body)
    assert answer.status == 413, answer.body
    assert answer.json()["message"]


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("path", ["/endpoint-service/endpoints/import", "/endpoint-service/endpoints/bulk"])
def test_a_body_above_ten_megabytes_is_413_even_where_large_ones_are_taken(target, one, path, chunked):
    body = chunks(11 * MEGABYTE) if chunked else b"x" * 11 * MEGABYTE
    headers = [*one.headers, ("Content-Type", "application/json")]
    answer = target.send(path, headers, method="POST", body=body)
    assert answer.status == 413, answer.body
    assert answer.json()["message"]


@pytest.mark.parametrize("headers", [[], [("apikey", "wrong")]])
def test_nobody_sends_a_large_body(target, headers):
    answer = target.send("/endpoint-service/endpoints/import", headers, method="POST", body=b"x" * MEGABYTE)
    assert answer.status in {401, 413}, answer.body


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("arrived", [0, 60_000, 300_000])
@pytest.mark.parametrize(
    "path", ["/user-service/login", "/report-service/status-pages", "/endpoint-service/endpoints/import"]
)
def test_bodies_that_stop_hold_nobody_up(target, one, path, arrived, chunked):
    """More of them than a service has threads; and none becomes a success."""
    where = urlsplit(target.url)
    framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {max(65_000, arrived * 2)}"
    head = f"POST {where.path}{path} HTTP/1.1\r\nHost: {where.netloc}\r\napikey: {one.key}\r\n{framing}\r\n\r\n"
    begun = f"{arrived:x}\r\n".encode() + b" " * arrived if chunked else b" " * arrived
    with ExitStack() as stack:
        slow = [socket.create_connection((where.hostname or "", where.port or 80), TIMEOUT) for _ in range(30)]
        for client in slow:
            stack.enter_context(client)
            with suppress(OSError):  # refused before all of it was sent
                client.sendall(head.encode() + begun)
        began = time.monotonic()
        for _ in range(5):
            for page in ("/user-service/users/me", "/report-service/overview", "/endpoint-service/endpoints"):
                assert target.send(page, one.headers).status == 200
        assert time.monotonic() - began < 10
        for client in slow:
            client.settimeout(0.05)
            with suppress(OSError):
                assert client.recv(100).split()[1:2] not in ([b"200"], [b"201"])


def test_guessing_at_a_password_is_throttled_with_the_time_to_wait(target):
    guess = {"email": f"nobody-{secrets.token_hex(8)}@example.com", "password": "wrong"}
    for _ in range(MOST_GUESSES):
        answer = target.call("/user-service/login", guess)
        if answer.status == 429:
            break
        assert answer.status == 400, answer.body
    assert answer.status == 429
    assert 1 <= int(answer.header("Retry-After") or 0) <= 3600
    assert answer.json()["message"]


def test_a_request_gets_an_id_and_keeps_its_own(echo):
    given = echo.see().all("X-Request-ID")
    assert len(given) == 1
    assert re.fullmatch(r"[0-9a-f-]{36}(#\d+)?", given[0])
    assert echo.see(headers=[("X-Request-ID", "my-own.1")]).all("X-Request-ID") == ["my-own.1"]


def test_an_answer_says_the_id_once(target, one):
    answer = target.send("/user-service/users/me", [*one.headers, ("X-Request-ID", "my-own.1")])
    assert answer.all("X-Request-ID") == ["my-own.1"]
    assert target.send("/user-service/users/me").header("X-Request-ID")


def test_the_last_address_of_the_chain_is_the_one_that_the_gateway_saw(echo):
    """A service believes as many entries from the end as there are proxies of ours."""
    plain = ", ".join(echo.see().all("X-Forwarded-For"))
    claimed = ", ".join(echo.see(headers=[("X-Forwarded-For", "198.51.100.66")]).all("X-Forwarded-For"))
    assert plain
    assert claimed.split(", ")[-1] == plain.split(", ")[-1]


def test_no_answer_of_the_gateway_carries_the_key(target, one):
    for path in ("/user-service/nothing", "/nothing", "/user-service/users/0"):
        for answer in (target.send(path, one.headers), target.send(f"{path}?apikey={one.key}")):
            assert one.key not in json.dumps([answer.headers, answer.body])
