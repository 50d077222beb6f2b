"""Login and logout."""

import time

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher

from common.testing.cast import client_for
from common.testing.contracts import assert_error, assert_ok
from user_service.gateways.base import gateway
from user_service.keys import services as key_services
from user_service.models import Key, LocalConsumer
from user_service.tests.conftest import PASSWORD, make_account

pytestmark = pytest.mark.django_db


def log_in(client, email="owner@example.com", password=PASSWORD, **extra):
    return client.post("/api/login", {"email": email, "password": password}, **extra)


def test_login_answers_the_flat_user_with_a_new_key(anonymous, account):
    response = log_in(anonymous)
    assert response.status_code == 200
    body = response.json()
    assert set(body) == {"id", "email", "name", "language", "time_zone", "created_at", "key"}
    assert body["id"] == account.user.id
    assert body["key"] != account.key
    assert account.user.keys.count() == 2


def test_the_case_of_the_email_does_not_matter(anonymous, account):
    assert log_in(anonymous, email=" Owner@EXAMPLE.com ").status_code == 200


@pytest.mark.parametrize(
    ("email", "password"),
    [("owner@example.com", "wrong"), ("nobody@example.com", PASSWORD), ("no address", PASSWORD)],
)
def test_a_wrong_login_says_what_the_brief_says(anonymous, account, email, password):
    response = log_in(anonymous, email, password, HTTP_ACCEPT_LANGUAGE="")
    assert response.status_code == 400
    assert response.json() == {"message": "이메일 또는 비밀번호가 잘못되었습니다.", "code": "INVALID_LOGIN"}


def test_a_disabled_account_cannot_be_told_from_an_unknown_one(anonymous, account):
    account.user.is_active = False
    account.user.save()
    assert_error(log_in(anonymous), 400, "INVALID_LOGIN")


def test_an_unknown_email_takes_as_long_as_a_wrong_password(anonymous, account, settings):
    settings.LOGINS_PER_ACCOUNT = 100

    def fastest(email):
        times = []
        for _ in range(8):
            started = time.process_time()
            log_in(anonymous, email, "wrong")
            times.append(time.process_time() - started)
        return min(times)

    known, unknown = fastest("owner@example.com"), fastest("nobody@example.com")
    assert 0.6 < unknown / known < 1.6


def test_a_hash_of_another_cost_is_renewed_at_login(anonymous, account):
    hasher = Argon2PasswordHasher()
    hasher.memory_cost = 1024
    account.user.password = hasher.encode(PASSWORD, hasher.salt())
    account.user.save()
    assert log_in(anonymous).status_code == 200
    account.user.refresh_from_db()
    assert "m=19456,t=2,p=1" in account.user.password


def test_so_many_wrong_logins_a_minute_and_no_more(anonymous, account):
    for _ in range(10):
        assert_error(log_in(anonymous, password="wrong"), 400, "INVALID_LOGIN")
    response = log_in(anonymous)
    assert_error(response, 429, "TOO_MANY_REQUESTS")
    assert 1 <= int(response.headers["Retry-After"]) <= 6


def test_right_logins_are_not_counted(anonymous, account, settings):
    settings.LOGINS_PER_ACCOUNT = 1
    settings.LOGINS_PER_ADDRESS = 2
    assert [log_in(anonymous).status_code for _ in range(5)] == [200] * 5


def test_guesses_from_many_addresses_share_the_account_s_bucket(anonymous, account):
    answers = [
        log_in(anonymous, password="wrong", HTTP_X_FORWARDED_FOR=f"203.0.113.{number}").status_code
        for number in range(15)
    ]
    assert answers == [400] * 10 + [429] * 5


def test_a_storm_of_wrong_logins_does_not_lock_out_the_owner_s_own_address(anonymous, account):
    home = {"HTTP_X_FORWARDED_FOR": "198.51.100.7"}
    assert log_in(anonymous, **home).status_code == 200
    for number in range(30):
        log_in(anonymous, password="wrong", HTTP_X_FORWARDED_FOR=f"203.0.113.{number}")
    assert log_in(anonymous, **home).status_code == 200


def test_one_address_guesses_at_many_accounts_only_so_often(anonymous, account, settings):
    settings.LOGINS_PER_ADDRESS = 3
    answers = [log_in(anonymous, f"{number}@example.com", "wrong").status_code for number in range(5)]
    assert answers == [400] * 3 + [429] * 2


def test_guessing_is_bounded_while_valkey_is_away(anonymous, account, settings, caplog):
    settings.BROKER_URL = "redis://127.0.0.1:9/0"
    answers = [log_in(anonymous, password="wrong").status_code for _ in range(12)]
    assert answers == [400] * 10 + [429] * 2
    assert "this process throttles by itself" in caplog.text
    assert 1 <= int(log_in(anonymous).headers["Retry-After"]) <= 6


def test_the_owner_logs_in_any_number_of_times_while_valkey_is_away(anonymous, account, settings):
    settings.BROKER_URL = "redis://127.0.0.1:9/0"
    settings.LOGINS_PER_ACCOUNT = 2
    assert [log_in(anonymous).status_code for _ in range(4)] == [200] * 4


def test_an_account_keeps_its_newest_login_keys_only(anonymous, account, monkeypatch):
    monkeypatch.setattr(key_services, "MOST_LOGIN_KEYS", 3)
    for _ in range(5):
        log_in(anonymous)
    assert account.user.keys.count() == 3
    assert not Key.objects.filter(credential=account.credential).exists()
    assert len(gateway().list_keys(user_id=account.user.id)) == 3


def test_a_lost_consumer_is_repaired_by_the_next_login(anonymous, account):
    LocalConsumer.objects.all().delete()
    assert log_in(anonymous).status_code == 200
    assert len(gateway().list_keys(user_id=account.user.id)) == 1


def test_logout_revokes_the_key_in_use_and_no_other(anonymous, account):
    log_in(anonymous)
    assert_ok(account.client.post("/api/logout"))
    assert account.credential not in [str(key) for key in gateway().list_keys(user_id=account.user.id)]
    assert account.user.keys.count() == 1


def test_logout_with_another_user_s_credential_revokes_nothing(account, other):
    assert_ok(client_for(other.user.id, credential=account.credential).post("/api/logout"))
    assert account.user.keys.count() == 1


def test_logout_needs_a_login(anonymous):
    assert_error(anonymous.post("/api/logout"), 401, "NOT_LOGGED_IN")


def test_the_login_of_a_deleted_account_fails(anonymous):
    account = make_account("gone@example.com")
    assert account.client.delete("/api/users/me", {"password": PASSWORD}).status_code == 204
    assert_error(log_in(anonymous, "gone@example.com"), 400, "INVALID_LOGIN")
    assert_error(log_in(anonymous, "", ""), 400, "VALIDATION_FAILED")


def test_an_ipv6_household_counts_as_one_address(anonymous, account, settings):
    settings.LOGINS_PER_ADDRESS = 3
    answers = [
        log_in(
            anonymous, f"{number}@example.com", "wrong", HTTP_X_FORWARDED_FOR=f"2001:db8:1:2:{number}::1"
        ).status_code
        for number in range(5)
    ]
    assert answers == [400] * 3 + [429] * 2
    elsewhere = log_in(anonymous, "a@example.com", "wrong", HTTP_X_FORWARDED_FOR="2001:db8:1:3::1")
    assert elsewhere.status_code == 400


def test_an_ipv4_address_is_the_same_written_as_ipv6(anonymous, account, settings):
    settings.LOGINS_PER_ADDRESS = 1
    assert log_in(anonymous, password="wrong", HTTP_X_FORWARDED_FOR="203.0.113.5").status_code == 400
    assert log_in(anonymous, password="wrong", HTTP_X_FORWARDED_FOR="::ffff:203.0.113.5").status_code == 429


def test_the_owner_s_household_is_known_by_its_network(anonymous, account):
    assert log_in(anonymous, HTTP_X_FORWARDED_FOR="2001:db8:1:2::1").status_code == 200
    for number in range(15):
        log_in(anonymous, password="wrong", HTTP_X_FORWARDED_FOR=f"203.0.113.{number}")
    assert log_in(anonymous, HTTP_X_FORWARDED_FOR="2001:db8:1:2:ffff::9").status_code == 200
