"""The second factor."""

import time

import pyotp
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from common.testing.contracts import assert_error, assert_ok
from user_service.login.totp import _digest, _recovery_code
from user_service.models import RecoveryCode, Totp
from user_service.tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def begin(account):
    return assert_ok(account.client.post("/api/users/me/totp", {"password": PASSWORD}))["secret"]


def code_at(secret, seconds=0):
    if (left := 30 - time.time() % 30) < 2:  # else the next time step begins before the code is looked at
        time.sleep(left)
    return pyotp.TOTP(secret).at(int(time.time()) + seconds)


def switch_on(account):
    secret = begin(account)
    response = account.client.post("/api/users/me/totp/confirm", {"code": code_at(secret, -30)})
    return secret, assert_ok(response)["recovery_codes"]


def log_in(client, **extra):
    return client.post("/api/login", {"email": "owner@example.com", "password": PASSWORD, **extra})


def test_it_counts_once_a_code_has_confirmed_it(anonymous, account):
    begin(account)
    assert account.client.get("/api/users/me/totp").json() == {"enabled": False, "recovery_codes_left": 0}
    assert log_in(anonymous).status_code == 200
    switch_on(account)
    assert account.client.get("/api/users/me/totp").json() == {"enabled": True, "recovery_codes_left": 10}
    assert_error(log_in(anonymous), 400, "CODE_NEEDED")


def test_an_app_gets_an_address_to_scan(account):
    body = assert_ok(account.client.post("/api/users/me/totp", {"password": PASSWORD}))
    assert set(body) == {"status", "secret", "uri"}
    assert body["uri"] == f"otpauth://totp/pongpong:owner%40example.com?secret={body['secret']}&issuer=pongpong"


def test_a_login_takes_a_code_once(anonymous, account):
    secret, _ = switch_on(account)
    code = code_at(secret)
    assert log_in(anonymous, code=code).status_code == 200
    assert_error(log_in(anonymous, code=code), 400, "INVALID_CODE")


def test_the_codes_before_and_after_count_too_and_no_others(anonymous, account):
    secret, _ = switch_on(account)
    assert_error(log_in(anonymous, code=code_at(secret, 90)), 400, "INVALID_CODE")
    assert_error(log_in(anonymous, code=code_at(secret, -90)), 400, "INVALID_CODE")
    assert log_in(anonymous, code=code_at(secret, 29)).status_code == 200


def test_without_the_password_a_code_is_not_even_looked_at(anonymous, account):
    secret, _ = switch_on(account)
    assert_error(log_in(anonymous, password="wrong", code=code_at(secret)), 400, "INVALID_LOGIN")
    assert log_in(anonymous, code=code_at(secret)).status_code == 200


def test_a_recovery_code_works_once_in_place_of_a_code(anonymous, account):
    _, codes = switch_on(account)
    assert len(set(codes)) == 10
    assert log_in(anonymous, code=codes[0].upper()).status_code == 200
    assert_error(log_in(anonymous, code=codes[0]), 400, "INVALID_CODE")
    assert account.client.get("/api/users/me/totp").json()["recovery_codes_left"] == 9


def test_nothing_of_it_is_stored_in_clear(account):
    secret, codes = switch_on(account)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM user_service_totp")
        assert secret not in cursor.fetchone()[0]
    assert codes[0].encode() not in [bytes(code.digest) for code in RecoveryCode.objects.all()]


def test_codes_are_tried_only_so_often(anonymous, account, settings):
    switch_on(account)
    settings.LOGINS_PER_ACCOUNT = 3
    assert [log_in(anonymous, code="000000").status_code for _ in range(4)] == [400, 400, 400, 429]


def test_setting_it_up_and_switching_it_off_need_the_password(account):
    assert_error(account.client.post("/api/users/me/totp", {"password": "wrong"}), 400, "VALIDATION_FAILED")
    switch_on(account)
    assert_error(account.client.post("/api/users/me/totp/disable", {"password": "wrong"}), 400, "VALIDATION_FAILED")
    assert Totp.objects.exists()


def test_it_can_be_switched_off(anonymous, account):
    switch_on(account)
    assert_ok(account.client.post("/api/users/me/totp/disable", {"password": PASSWORD}))
    assert not RecoveryCode.objects.exists()
    assert log_in(anonymous).status_code == 200


def test_what_is_on_is_not_set_up_anew(account):
    switch_on(account)
    assert_error(account.client.post("/api/users/me/totp", {"password": PASSWORD}), 400, "TOTP_ENABLED")
    assert_error(account.client.post("/api/users/me/totp/confirm", {"code": "1"}), 400, "TOTP_ENABLED")


def test_a_wrong_first_code_switches_nothing_on(account):
    assert_error(account.client.post("/api/users/me/totp/confirm", {"code": "000000"}), 400, "INVALID_CODE")
    begin(account)
    assert_error(account.client.post("/api/users/me/totp/confirm", {"code": "abc"}), 400, "INVALID_CODE")
    assert account.client.get("/api/users/me/totp").json()["enabled"] is False


def test_one_user_s_code_is_nothing_to_another(anonymous, account, other):
    switch_on(account)
    secret, codes = switch_on(other)
    assert_error(log_in(anonymous, code=code_at(secret)), 400, "INVALID_CODE")
    assert_error(log_in(anonymous, code=codes[0]), 400, "INVALID_CODE")


@pytest.mark.parametrize(
    ("method", "path"), [("get", "totp"), ("post", "totp"), ("post", "totp/confirm"), ("post", "totp/disable")]
)
def test_nobody_has_no_second_factor(anonymous, method, path):
    assert_error(getattr(anonymous, method)(f"/api/users/me/{path}"), 401, "NOT_LOGGED_IN")


@given(st.sampled_from([" ", "", "\n"]), st.booleans())
def test_a_recovery_code_may_be_typed_with_blanks_and_capitals(blank, capitals):
    code = _recovery_code()
    typed = blank + (code.upper() if capitals else code) + blank
    assert _digest(typed) == _digest(code)
