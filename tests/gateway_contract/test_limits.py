"""What the gateway bounds: bodies and guessing; and what it adds: a request id and the client's address."""

import json
import re
import secrets

import pytest

MEGABYTE = 2**20
MOST_GUESSES = 150
"""More wrong logins a minute than any gateway or service here lets one address make."""


def chunks(size):
    for _ in range(size // 65536):
        yield b"x" * 65536


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_below_ten_megabytes_arrives_whole(echo, one, chunked):
    body = chunks(9 * MEGABYTE) if chunked else b"x" * 9 * MEGABYTE
    assert echo.see(headers=one.headers, method="POST", body=body).body_bytes == 9 * MEGABYTE


def test_a_service_reads_a_body_that_comes_without_its_length(target):
    guess = [b'{"email": "nobody@example.com", ', b'"password": "wrong"}']
    answer = target.send("/user-service/login", [("Content-Type", "application/json")], method="POST", body=iter(guess))
    assert (answer.status, answer.json()["code"]) == (400, "INVALID_LOGIN")


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_above_ten_megabytes_is_413(target, one, chunked):
    body = chunks(11 * MEGABYTE) if chunked else b"x" * 11 * MEGABYTE
    headers = [*one.headers, ("Content-Type", "application/json")]
    answer = target.send("/endpoint-service/endpoints", headers, method="POST", body=body)
    assert answer.status == 413, answer.body
    assert answer.json()["message"]


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
