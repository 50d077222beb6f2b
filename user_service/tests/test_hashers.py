"""Hashing takes turns, so that a storm of logins leaves threads and processors to everybody else."""

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.hashers import check_password, make_password

from common.api.errors import TooManyRequests
from common.testing.contracts import assert_error
from user_service.login import password_hashers
from user_service.tests.conftest import PASSWORD


def test_as_many_as_fit_in_the_line_are_served():
    with ThreadPoolExecutor(password_hashers.IN_LINE) as pool:
        hashes = list(pool.map(make_password, [PASSWORD] * 20))
    assert all(check_password(PASSWORD, encoded) for encoded in hashes)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a priority is the whole process's")
def test_hashing_steps_back_and_nobody_else_does():
    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    before = niceness()
    make_password(PASSWORD)
    assert password_hashers._in_turn(niceness) == min(19, before + password_hashers.NICENESS)
    assert niceness() == before


def test_whoever_comes_while_the_line_is_full_is_told_to_come_back():
    taken = [password_hashers._line.acquire(blocking=False) for _ in range(password_hashers.IN_LINE)]
    assert all(taken)
    try:
        with pytest.raises(TooManyRequests):
            make_password(PASSWORD)
    finally:
        password_hashers._line.release(password_hashers.IN_LINE)
    assert make_password(PASSWORD)


@pytest.mark.django_db
def test_a_full_line_has_a_place_for_the_owner_at_a_known_address(anonymous, account):
    body = {"email": account.user.email, "password": PASSWORD}
    assert anonymous.post("/api/login", body).status_code == 200
    for _ in range(password_hashers.IN_LINE):
        password_hashers._line.acquire(blocking=False)
    try:
        elsewhere = anonymous.post("/api/login", body, headers={"X-Forwarded-For": "198.51.100.9"})
        assert_error(elsewhere, 429, "TOO_MANY_REQUESTS")
        assert anonymous.post("/api/login", body).status_code == 200
    finally:
        password_hashers._line.release(password_hashers.IN_LINE)


@pytest.mark.django_db
def test_a_login_says_so_too(anonymous, account):
    body = {"email": account.user.email, "password": PASSWORD}
    for _ in range(password_hashers.IN_LINE):
        password_hashers._line.acquire(blocking=False)
    try:
        response = anonymous.post("/api/login", body)
    finally:
        password_hashers._line.release(password_hashers.IN_LINE)
    assert_error(response, 429, "TOO_MANY_REQUESTS")
    assert response.headers["Retry-After"] == "1"
    assert anonymous.post("/api/login", body).status_code == 200
