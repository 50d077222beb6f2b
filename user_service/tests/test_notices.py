"""What happens to an account is told to its address."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from django.utils import timezone

from common.models import DeadLetter
from common.testing.contracts import assert_error, assert_ok
from user_service.mails import link_tokens, outbox
from user_service.mails.notice_texts import NOTICE_TEXTS, Notice
from user_service.mails.outbox import mails_send
from user_service.models import KnownNetwork, Mail, SecurityEvent, User
from user_service.operators import services as operator_services
from user_service.tasks import purge
from user_service.tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
NEW = "another fine sentence"


@pytest.fixture(autouse=True)
def reads_english(account):
    User.objects.filter(id=account.user.id).update(language="en", time_zone="Europe/Berlin")


def told(postbox):
    mails_send()
    return postbox.to("owner@example.com")


def log_in(client, address="127.0.0.1", **extra):
    body = {"email": "owner@example.com", "password": PASSWORD, **extra}
    return client.post("/api/login", body, HTTP_X_FORWARDED_FOR=address)


def test_a_login_from_a_new_place_is_told_once(anonymous, account, postbox):
    for _ in range(2):
        log_in(anonymous, "203.0.113.9")
    assert told(postbox) == ["pongpong: A login from a new place"]
    assert "203.0.113.9" in postbox.mails[0]["text"]
    assert "(Europe/Berlin)" in postbox.mails[0]["text"]
    log_in(anonymous, "198.51.100.1")
    assert len(told(postbox)) == 2


def test_one_household_is_one_place(anonymous, account, postbox):
    for number in range(5):
        log_in(anonymous, f"2001:db8:1:2::{number}")
    assert len(told(postbox)) == 1
    log_in(anonymous, "2001:db8:1:3::1")
    assert len(told(postbox)) == 2


def test_whoever_signed_up_there_is_at_no_new_place(anonymous, postbox):
    anonymous.post("/api/users", {"email": "new@example.com", "password": PASSWORD})
    anonymous.post("/api/login", {"email": "new@example.com", "password": PASSWORD})
    mails_send()
    assert postbox.mails == []


def test_a_place_that_was_not_seen_for_a_year_is_new(anonymous, account, postbox):
    log_in(anonymous)
    KnownNetwork.objects.update(seen_at=timezone.now() - timedelta(days=364))
    purge()
    log_in(anonymous)
    assert len(told(postbox)) == 1
    KnownNetwork.objects.update(seen_at=timezone.now() - timedelta(days=366))
    purge()
    log_in(anonymous)
    assert len(told(postbox)) == 2


def test_password_key_and_factor_are_told(anonymous, account, postbox):
    account.client.post("/api/keys", {"name": "<b>ci</b>"})
    secret = account.client.post("/api/users/me/totp", {"password": PASSWORD}).json()["secret"]
    codes = account.client.post("/api/users/me/totp/confirm", {"code": pyotp.TOTP(secret).now()}).json()
    log_in(anonymous, code=codes["recovery_codes"][0])
    account.client.post("/api/users/me/totp/disable", {"password": PASSWORD})
    account.client.post("/api/users/me/password", {"current_password": PASSWORD, "new_password": NEW})
    token = link_tokens.password_reset_token(User.objects.get())
    anonymous.post("/api/password-reset/confirm", {"token": token, "new_password": PASSWORD})
    operator_services.user_reset_password(user=User.objects.get(), password=NEW)
    account.client.delete("/api/users/me", {"password": NEW})
    assert told(postbox) == [
        "pongpong: A new API key",
        "pongpong: Two-step login is on",
        "pongpong: A recovery code was used",
        "pongpong: A login from a new place",
        "pongpong: Two-step login is off",
        "pongpong: Your password was changed",
        "pongpong: Your password was set anew",
        "pongpong: Your password was set anew",
        "pongpong: Your account was deleted",
    ]
    assert "“<b>ci</b>”" in postbox.mails[0]["text"]
    assert "<b>ci</b>" not in postbox.mails[0]["html"]
    assert "by whoever runs this pongpong" in postbox.mails[-2]["text"]


def test_each_notice_has_its_words_in_both_languages(account, postbox):
    for about in NOTICE_TEXTS:
        for language in ("en", "ko"):
            data = Notice(about, "::1", "it", datetime(2026, 1, 1, tzinfo=UTC), "UTC")
            outbox.mail_queue(kind=Mail.Kind.NOTICE, email="a@example.com", data=data, language=language)
    mails_send()
    assert len(postbox.to("a@example.com")) == 2 * len(NOTICE_TEXTS)
    assert all("%(" not in mail["text"] for mail in postbox.mails)


def test_a_flood_of_one_kind_leaves_the_others_and_the_audit_log(account, postbox):
    for number in range(20):
        made = account.client.post("/api/keys", {"name": str(number)}).json()
        account.client.delete(f"/api/keys/{made['id']}")
    account.client.post("/api/users/me/password", {"current_password": PASSWORD, "new_password": NEW})
    subjects = told(postbox)
    assert subjects.count("pongpong: A new API key") == 5
    assert subjects[-1] == "pongpong: Your password was changed"
    assert SecurityEvent.objects.filter(kind="key_created").count() == 20


def test_where_emails_are_not_confirmed_one_gets_few_notices_a_day(anonymous, account, postbox):
    User.objects.update(email_confirmed=False)
    for number in range(10):
        account.client.post("/api/keys", {"name": str(number)})
        log_in(anonymous, f"203.0.113.{number}")
        body = {"current_password": PASSWORD, "new_password": PASSWORD}
        account.client.post("/api/users/me/password", body)
    assert 1 <= len(told(postbox)) <= 10


def test_a_password_is_changed_only_so_often(account):
    body = {"current_password": PASSWORD, "new_password": PASSWORD}
    answers = [account.client.post("/api/users/me/password", body).status_code for _ in range(12)]
    assert answers == [200] * 10 + [429] * 2


def test_a_notice_waits_longer_than_a_link(account, postbox):
    account.client.post("/api/keys", {"name": "ci"})
    Mail.objects.update(created_at=timezone.now() - timedelta(hours=5))
    assert told(postbox) == ["pongpong: A new API key"]


def test_a_mail_that_cannot_be_made_is_set_aside_and_the_others_go(account, postbox):
    Mail.objects.create(kind=Mail.Kind.NOTICE, email="a@example.com", language="en", data={"about": "nothing known"})
    account.client.post("/api/keys", {"name": "ci"})
    assert told(postbox) == ["pongpong: A new API key"]
    assert not Mail.objects.exists()
    assert DeadLetter.objects.get().queue == "mails"


def test_a_mail_that_no_key_opens_is_set_aside_and_the_others_go(account, postbox, settings):
    old, settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS, ["another-encryption-key-" + "z" * 20]
    account.client.post("/api/keys", {"name": "lost"})
    settings.ENCRYPTION_KEYS = old
    account.client.post("/api/keys", {"name": "ci"})
    assert len(told(postbox)) == 1
    assert DeadLetter.objects.get().queue == "mails"


def test_a_key_alone_deletes_no_account(account):
    for body in (None, {}, {"password": ""}, {"password": "wrong"}):
        answer = account.client.delete("/api/users/me", body)
        assert list(assert_error(answer, 400, "VALIDATION_FAILED")["errors"]) == ["password"]
    answers = [account.client.delete("/api/users/me", {"password": "wrong"}).status_code for _ in range(10)]
    assert answers[-1] == 429
    assert User.objects.get().deletion_asked_at is None


def test_another_password_ends_the_named_keys_where_asked(account, anonymous):
    account.client.post("/api/keys", {"name": "ci"})
    body = {"current_password": PASSWORD, "new_password": NEW}
    assert_ok(account.client.post("/api/users/me/password", body))
    assert account.user.keys.filter(kind="named").count() == 1
    assert_ok(
        account.client.post(
            "/api/users/me/password", {"current_password": NEW, "new_password": PASSWORD, "revoke_keys": True}
        )
    )
    assert [str(key.credential) for key in account.user.keys.all()] == [account.credential]
