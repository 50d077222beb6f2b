"""Over a limit a request is refused by its head: which routes, for whom, and for how long."""

import json
import time
from typing import Any

import pytest
import redis
from hypothesis import example, given
from hypothesis import strategies as st

from common.limits import empty_buckets as memory
from common.limits import token_buckets
from common.limits.early_refusals import head_refusal, head_wait
from common.limits.empty_buckets import empty_buckets
from common.serving.arriving import Head
from common.testing.cast import client_for
from common.testing.heads import head_wait_of, marked
from user_service.tests.conftest import PASSWORD, Account

HERE, THERE = "198.51.100.7", "198.51.100.8"
WRONG = "not the password at all"
NETWORKS: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/login"): {"email": "owner@example.com", "password": WRONG},
    ("POST", "/users"): {"email": "owner@example.com", "password": PASSWORD},
    ("POST", "/users/confirm"): {"token": "x"},
    ("POST", "/password-reset"): {"email": "nobody@example.com"},
    ("POST", "/password-reset/confirm"): {"token": "x", "new_password": PASSWORD},
}
USERS: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/users/me/password"): {"current_password": WRONG, "new_password": PASSWORD},
    ("DELETE", "/users/me"): {"password": WRONG},
    ("DELETE", "/users/<id:user_id>"): {"password": WRONG},
    ("POST", "/users/me/totp"): {"password": WRONG},
    ("POST", "/users/me/totp/confirm"): {"code": "000000"},
    ("POST", "/users/me/totp/disable"): {"password": WRONG},
}


@pytest.fixture(autouse=True)
def tight(settings) -> None:
    """Two tries, and the account's own limits out of the way."""
    settings.LOGINS_PER_ADDRESS = settings.SIGN_UPS_PER_ADDRESS = 2
    settings.LOGINS_PER_ACCOUNT = 2
    settings.RESETS_PER_ACCOUNT = 100
    settings.TRUSTED_PROXIES = 1


def send(route: tuple[str, str], body: dict[str, Any], user_id: int | None, address: str = HERE) -> int:
    method, path = route
    path = path.replace("<id:user_id>", str(user_id))
    client = client_for(user_id)
    return client.generic(
        method, f"/api{path}", json.dumps(body), "application/json", HTTP_X_FORWARDED_FOR=address
    ).status_code


def test_every_route_that_says_so_is_tried_here() -> None:
    assert marked() == {*NETWORKS, *USERS}


@pytest.mark.parametrize("route", NETWORKS)
def test_a_network_over_its_limit_is_refused_by_the_head(account: Account, route: tuple[str, str]) -> None:
    assert head_wait_of(*route, address=HERE) == 0
    statuses = [send(route, NETWORKS[route], None) for _ in range(2)]
    assert 429 not in statuses
    assert 0 < head_wait_of(*route, address=HERE) <= 60
    assert head_wait_of(*route, address=HERE, user_id=account.user.id) > 0
    assert send(route, NETWORKS[route], None) == 429
    assert 0 < head_wait_of(*route, address=HERE) <= 60
    assert head_wait_of(*route, address=THERE) == 0
    assert head_wait_of("GET", "/users/me", address=HERE) == 0


@pytest.mark.parametrize("route", USERS)
def test_a_user_over_their_limit_is_refused_by_the_head(account: Account, route: tuple[str, str]) -> None:
    user_id = account.user.id
    method, path = route[0], route[1].replace("<id:user_id>", str(user_id))
    assert head_wait_of(method, path, user_id=user_id) == 0
    assert 429 not in [send(route, USERS[route], user_id) for _ in range(2)]
    assert 0 < head_wait_of(method, path, user_id=user_id, address=THERE) <= 60
    assert send(route, USERS[route], user_id) == 429
    assert head_wait_of(method, path, user_id=user_id + 1) == 0
    assert head_wait_of(method, path) == 0
    assert head_wait_of("PATCH", "/users/me", user_id=user_id) == 0


def test_a_limit_of_one_account_refuses_nothing_else_of_the_network(settings, account: Account) -> None:
    settings.LOGINS_PER_ADDRESS, settings.LOGINS_PER_ACCOUNT = 100, 1
    login = NETWORKS["POST", "/login"]
    assert [send(("POST", "/login"), login, None) for _ in range(2)] == [400, 429]
    assert head_wait_of("POST", "/login", address=HERE) == 0


def test_what_is_given_back_refuses_nobody(settings, account: Account) -> None:
    settings.LOGINS_PER_ADDRESS = 1
    right = {"email": account.user.email, "password": PASSWORD}
    for _ in range(3):
        assert send(("POST", "/login"), right, None) == 200
        assert head_wait_of("POST", "/login", address=HERE) == 0


def test_it_is_believed_for_seconds_only(monkeypatch: pytest.MonkeyPatch, account: Account) -> None:
    for _ in range(2):
        send(("POST", "/users/me/totp"), {"password": WRONG}, account.user.id)
    later = time.monotonic() + memory.BELIEVED + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert head_wait_of("POST", "/users/me/totp", user_id=account.user.id) == 0
    assert not empty_buckets


@pytest.mark.parametrize("route", [*NETWORKS, *USERS])
def test_without_valkey_too_and_the_head_never_asks_it(
    monkeypatch: pytest.MonkeyPatch, account: Account, route: tuple[str, str]
) -> None:
    asked: list[str] = []

    def away() -> redis.Redis:
        asked.append("")
        raise redis.ConnectionError

    monkeypatch.setattr(token_buckets, "client", away)
    monkeypatch.setattr("user_service.login.rate_limits.client", away)
    body, user_id = (NETWORKS | USERS)[route], account.user.id if route in USERS else None
    for _ in range(3):
        send(route, body, user_id)
    asked.clear()
    path = route[1].replace("<id:user_id>", str(account.user.id))
    assert head_wait_of(route[0], path, user_id=user_id, address=HERE) > 0
    assert not asked


def test_only_so_many_are_remembered_and_only_what_routes_ask_about(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST", 3)
    kept = memory.EmptyBuckets()
    kept.watch("a")
    for number in range(5):
        kept.note("a", f"key {number}", 9)
        kept.note("b", f"other {number}", 9)
    assert [bool(kept.wait(f"key {number}")) for number in range(5)] == [False, False, True, True, True]
    assert not kept.wait("other 4")
    kept.note("a", "key 4", 0)
    assert not kept.wait("key 4")


@given(
    path=st.binary(max_size=60), lines=st.lists(st.tuples(st.binary(max_size=30), st.binary(max_size=80)), max_size=6)
)
@example(path=b"/api/login", lines=[(b"X-Forwarded-For", b"\xff"), (b"X-Forwarded-Client", b":::\x00")])
@example(path=b"/api/users/me/totp", lines=[(b"X-Consumer-Custom-ID", b"9" * 19), (b"X-Gateway-Token", b"\xff")])
@example(path=b"/api/users/%ff%00", lines=[(b"Accept-Language", b"*;q=nan,\xc3,ko-" + b"x" * 50)])
def test_no_head_breaks_the_loop(path: bytes, lines: list[tuple[bytes, bytes]]) -> None:
    empty_buckets.note("token", "somebody's", 9)
    for method in (b"POST", b"DELETE", b"CLS"):
        head = Head(method + b" " + path + b" HTTP/1.1\r\n" + b"".join(b"%b: %b\r\n" % one for one in lines) + b"\r\n")
        assert head_wait(head, "192.0.2.1") == 0
        assert head_refusal(head)[0] == "TOO_MANY_REQUESTS"


@pytest.mark.parametrize(
    ("asked", "begins"), [("", "요청이"), ("en", "Too many"), ("ko", "요청이"), ("fr;q=1, en;q=0.5", "Too many")]
)
def test_it_is_said_in_the_clients_language(asked: str, begins: str) -> None:
    head = Head(f"POST /api/login HTTP/1.1\r\nAccept-Language: {asked}\r\n\r\n".encode())
    assert head_refusal(head)[1].startswith(begins), head_refusal(head)[1]
