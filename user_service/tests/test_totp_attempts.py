"""A second factor cannot be guessed, and who guesses at it does not lock its owner out."""

import time
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from django.utils import timezone

from common.testing.contracts import assert_error, assert_ok
from user_service.login.totp import _digest, _recovery_code
from user_service.mails import link_tokens
from user_service.mails.outbox import mails_send
from user_service.models import KnownNetwork, RecoveryCode, SecurityEvent, Totp, User
from user_service.tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
HOME, AWAY = "198.51.100.7", "192.0.2.1"
DAY = 86400


@pytest.fixture(autouse=True)
def no_minutes(settings):
    """What is meant here are days, not what one address or account may do in a minute."""
    settings.LOGINS_PER_ACCOUNT = settings.LOGINS_PER_ADDRESS = 10_000


@pytest.fixture
def factor(account):
    """The secret and the recovery codes of an account whose owner was at home."""
    secret = account.client.post("/api/users/me/totp", {"password": PASSWORD}).json()["secret"]
    codes = assert_ok(account.client.post("/api/users/me/totp/confirm", {"code": pyotp.TOTP(secret).now()}))
    Totp.objects.update(last_counter=0)
    KnownNetwork.objects.create(user=account.user, network=HOME)
    return secret, codes["recovery_codes"]


@pytest.fixture
def clock(monkeypatch):
    """Time that passes as it is told to."""
    now = [time.time()]
    monkeypatch.setattr("user_service.login.totp.time.time", lambda: now[0])
    monkeypatch.setattr("user_service.login.totp_attempts.timezone.now", lambda: datetime.fromtimestamp(now[0], UTC))
    return now


def log_in(client, code, address=AWAY):
    body = {"email": "owner@example.com", "password": PASSWORD, "code": code}
    return client.post("/api/login", body, HTTP_X_FORWARDED_FOR=address)


def right(secret, clock=None):
    Totp.objects.update(last_counter=0)
    return pyotp.TOTP(secret).at(int(clock[0] if clock else time.time()))


def guess(client, times, *, address=None):
    """How many of so many guesses, each from a network of its own, were looked at."""
    answers = [
        log_in(client, "000000", address or f"203.0.{number // 250}.{number % 250}").status_code
        for number in range(times)
    ]
    assert set(answers) <= {400, 429}
    return answers.count(400)


def test_a_day_has_few_guesses_however_many_networks_they_come_from(anonymous, factor, clock):
    looked_at = 0
    for _ in range(24):
        looked_at += guess(anonymous, 3)
        clock[0] += 3600
    assert 5 <= looked_at <= 2 * 20
    assert SecurityEvent.objects.filter(kind="code_failed").count() == looked_at


def test_waits_grow_and_are_said(anonymous, factor, clock):
    assert guess(anonymous, 8) == 5
    answer = log_in(anonymous, "000000")
    assert_error(answer, 429, "TOO_MANY_REQUESTS")
    assert 25 <= int(answer.headers["Retry-After"]) <= 30
    clock[0] += 31
    assert guess(anonymous, 3) == 1
    assert 55 <= int(log_in(anonymous, "000000").headers["Retry-After"]) <= 60


def test_after_the_cap_nothing_is_looked_at_until_the_day_is_over(anonymous, factor, clock, settings):
    settings.CODES_PER_DAY = 4
    secret, _ = factor
    assert guess(anonymous, 10) == 4
    assert log_in(anonymous, right(secret, clock)).status_code == 429
    clock[0] += DAY + 1
    assert log_in(anonymous, right(secret, clock)).status_code == 200


def test_right_codes_are_not_counted(anonymous, factor, settings):
    settings.CODES_PER_DAY = 2
    assert [log_in(anonymous, right(factor[0])).status_code for _ in range(5)] == [200] * 5


def test_the_owner_at_home_is_not_locked_out(anonymous, factor):
    guess(anonymous, 30)
    assert log_in(anonymous, right(factor[0]), HOME).status_code == 200


def test_the_owner_s_recovery_code_works_anywhere(anonymous, factor):
    guess(anonymous, 30)
    assert log_in(anonymous, factor[1][0]).status_code == 200


def test_a_new_password_by_mail_lets_the_owner_in_anywhere(anonymous, account, factor):
    guess(anonymous, 30)
    guess(anonymous, 30, address=AWAY)
    token, new = link_tokens.password_reset_token(account.user), "another fine sentence"
    assert_ok(anonymous.post("/api/password-reset/confirm", {"token": token, "new_password": new}))
    body = {"email": "owner@example.com", "password": new, "code": right(factor[0])}
    assert anonymous.post("/api/login", body, HTTP_X_FORWARDED_FOR=AWAY).status_code == 200


def test_somebody_with_the_password_is_noticed(anonymous, account, factor, postbox):
    User.objects.update(language="en")
    guess(anonymous, 2)
    mails_send()
    assert "pongpong: Somebody has your password" not in postbox.to("owner@example.com")
    guess(anonymous, 10)
    mails_send()
    assert postbox.to("owner@example.com").count("pongpong: Somebody has your password") == 1
    kinds = [event["kind"] for event in account.client.get("/api/users/me/events?per_page=100").json()["items"]]
    assert kinds.count("code_failed") == 5


def test_wrong_recovery_codes_are_noticed_too(anonymous, factor, postbox):
    for _ in range(3):
        assert_error(log_in(anonymous, "aaaaa-aaaaa"), 400, "INVALID_CODE")
    mails_send()
    assert "pongpong: 누군가 비밀번호를 알고 있습니다" in postbox.to("owner@example.com")


def test_a_login_in_two_steps_costs_no_try(anonymous, factor, settings):
    settings.LOGINS_PER_ACCOUNT = 1
    for _ in range(3):
        assert_error(log_in(anonymous, ""), 400, "CODE_NEEDED")
    assert log_in(anonymous, right(factor[0])).status_code == 200


@pytest.mark.parametrize(
    "typed",
    ["{} {}", " {}{} ", "{}-{}", "{}\u00a0{}", "{}\u2009{}\u200b", "\ufeff{}{}", "{}\u2013{}"],
)
@pytest.mark.parametrize("digits", ["0123456789", "０１２３４５６７８９", "٠١٢٣٤٥٦٧٨٩"])
def test_a_code_may_be_typed_as_people_and_apps_write_it(anonymous, factor, typed, digits):
    code = right(factor[0]).translate(str.maketrans("0123456789", digits))
    assert log_in(anonymous, typed.format(code[:3], code[3:])).status_code == 200


@pytest.mark.parametrize(
    "typed",
    [str.upper, lambda code: code.replace("-", ""), lambda code: code.replace("-", " ").upper(), lambda code: f" {code}\n",
     lambda code: code.replace("-", "\u2010"), lambda code: code.translate({ord("2"): "２", ord("a"): "Ａ"})],
)  # fmt: skip
def test_a_recovery_code_may_be_typed_so_too(anonymous, factor, typed):
    assert log_in(anonymous, typed(factor[1][0])).status_code == 200
    assert_error(log_in(anonymous, factor[1][0]), 400, "INVALID_CODE")


def test_recovery_codes_are_kept_with_a_slow_hash(account, factor):
    kept = RecoveryCode.objects.all()
    assert {bytes(code.salt) for code in kept} != {b""}
    assert not {bytes(code.digest) for code in kept} & {_digest(code) for code in factor[1]}


def test_older_recovery_codes_work_until_they_are_used(anonymous, account, factor):
    old = _recovery_code()
    RecoveryCode.objects.create(user=account.user, digest=_digest(old))
    assert log_in(anonymous, old.replace("-", "").upper()).status_code == 200
    assert_error(log_in(anonymous, old), 400, "INVALID_CODE")
    assert log_in(anonymous, factor[1][0]).status_code == 200


def test_a_very_long_code_is_refused_before_it_is_looked_at(anonymous, factor):
    assert_error(log_in(anonymous, "1" * 65), 400, "VALIDATION_FAILED")
    assert_error(log_in(anonymous, "1" * 64), 400, "INVALID_CODE")


def test_a_day_is_over_after_a_day(anonymous, factor, settings):
    settings.CODES_PER_DAY = 3
    guess(anonymous, 5)
    assert Totp.objects.get().wrong_codes == 3
    Totp.objects.update(wrong_codes_since=timezone.now() - timedelta(days=1, seconds=1))
    assert guess(anonymous, 5) == 3
