"""Resetting a password by mail: once, for an hour, and nobody learns who has an account."""

import time
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from common.testing.contracts import assert_error, assert_ok
from user_service.accounts import services
from user_service.gateways.base import gateway
from user_service.login import password_hashers
from user_service.mails import link_tokens
from user_service.mails.outbox import mails_send
from user_service.models import Mail, User
from user_service.tasks import send_mails
from user_service.tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
NEW = "another fine sentence"


def ask(client, email="owner@example.com", **extra):
    return client.post("/api/password-reset", {"email": email}, **extra)


def reset(client, token, password=NEW):
    return client.post("/api/password-reset/confirm", {"token": token, "new_password": password})


def test_the_link_in_the_mail_sets_the_password_and_revokes_every_key(anonymous, account, postbox):
    account.client.post("/api/keys", {"name": "ci"})
    assert_ok(ask(anonymous, email="OWNER@example.com"))
    send_mails()
    assert postbox.to("owner@example.com")[-1] == "pongpong 비밀번호 재설정"
    assert set(postbox.tokens_seen) == {django_settings.INTERNAL_TOKEN}
    assert_ok(reset(anonymous, postbox.link_token()))
    assert not account.user.keys.exists()
    assert gateway().list_keys(user_id=account.user.id) == []
    login = {"email": "owner@example.com", "password": PASSWORD}
    assert_error(anonymous.post("/api/login", login), 400, "INVALID_LOGIN")
    assert anonymous.post("/api/login", login | {"password": NEW}).status_code == 200


def test_the_mail_speaks_the_user_s_language_and_leads_to_the_web_app(anonymous, account, postbox):
    for language, subject in (("ko", "pongpong 비밀번호 재설정"), ("en", "Set a new password for pongpong")):
        account.client.patch("/api/users/me", {"language": language})
        ask(anonymous)
        mails_send()
        mail = postbox.mails[-1]
        assert mail["subject"] == subject
        assert f"{django_settings.PUBLIC_URL}/password-reset/confirm?token=" in mail["text"]
        assert f'lang="{language}"' in mail["html"]
        assert "{{" not in mail["html"]


def test_an_unknown_email_is_answered_alike_and_gets_no_mail(anonymous, account, postbox):
    known, unknown = ask(anonymous), ask(anonymous, "nobody@example.com")
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    mails_send()
    assert [mail["to"] for mail in postbox.mails] == ["owner@example.com"]
    assert not Mail.objects.exists()


def test_an_unknown_email_costs_the_same_queries(anonymous, account, django_assert_num_queries):
    for email in ("owner@example.com", "nobody@example.com"):
        with django_assert_num_queries(1):
            ask(anonymous, email)


def test_a_link_works_once(anonymous, account, postbox):
    token = link_tokens.password_reset_token(account.user)
    assert_ok(reset(anonymous, token))
    assert_error(reset(anonymous, token, "a third fine sentence"), 400, "INVALID_TOKEN")


def test_in_a_storm_of_wrong_logins_the_owner_comes_in_from_anywhere_by_mail(anonymous, account):
    here = {"headers": {"X-Forwarded-For": "198.51.100.9"}}
    login = {"email": "owner@example.com", "password": NEW}
    for _ in range(django_settings.LOGINS_PER_ACCOUNT):
        anonymous.post("/api/login", login)
    assert_error(anonymous.post("/api/login", login, **here), 429, "TOO_MANY_REQUESTS")
    asked = {"token": link_tokens.password_reset_token(account.user), "new_password": login["password"]}
    for _ in range(password_hashers.IN_LINE):
        password_hashers._line.acquire(blocking=False)
    try:
        assert_ok(anonymous.post("/api/password-reset/confirm", asked, **here))
        assert anonymous.post("/api/login", login, **here).status_code == 200
    finally:
        password_hashers._line.release(password_hashers.IN_LINE)


def test_one_link_used_makes_the_others_worthless(anonymous, account):
    first = link_tokens.password_reset_token(account.user)
    second = link_tokens.password_reset_token(account.user)
    assert_ok(reset(anonymous, second))
    assert_error(reset(anonymous, first), 400, "INVALID_TOKEN")


def test_a_link_is_worthless_once_the_email_has_changed(anonymous, account):
    token = link_tokens.password_reset_token(account.user)
    account.client.patch("/api/users/me", {"email": "new@example.com", "password": PASSWORD})
    assert_error(reset(anonymous, token), 400, "INVALID_TOKEN")


def test_a_link_works_for_an_hour(anonymous, account, monkeypatch):
    token = link_tokens.password_reset_token(account.user)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 3590)
    assert link_tokens.password_reset_user_id(token) == account.user.id
    monkeypatch.setattr(time, "time", lambda: now + 3610)
    assert_error(reset(anonymous, token), 400, "INVALID_TOKEN")


@pytest.mark.parametrize("token", ["x", "a:b:c", "x" * 4096, "é", "=" * 30])
def test_a_forged_token_is_refused(anonymous, account, token):
    assert_error(reset(anonymous, token), 400, "INVALID_TOKEN")


def test_the_token_of_a_deleted_account_is_refused(anonymous, account):
    token = link_tokens.password_reset_token(account.user)
    services.user_delete(user=account.user)
    assert_error(reset(anonymous, token), 400, "INVALID_TOKEN")


def test_a_weak_password_leaves_the_link_good(anonymous, account):
    token = link_tokens.password_reset_token(account.user)
    assert list(assert_error(reset(anonymous, token, "short"), 400, "VALIDATION_FAILED")["errors"]) == ["new_password"]
    assert_ok(reset(anonymous, token))


def test_only_so_many_mails_an_hour_go_to_one_address(anonymous, account):
    answers = [ask(anonymous).status_code for _ in range(6)]
    assert answers == [200] * 5 + [429]
    answers = [ask(anonymous, "nobody@example.com").status_code for _ in range(6)]
    assert answers == [200] * 5 + [429]


def test_only_so_many_tokens_a_minute_are_tried(anonymous, account, settings):
    settings.LOGINS_PER_ADDRESS = 2
    assert [reset(anonymous, "x").status_code for _ in range(3)] == [400, 400, 429]


def test_a_mail_waits_while_email_service_is_away_and_keeps_its_idempotency_key(anonymous, account, postbox, settings):
    postbox_url = settings.SERVICE_URLS
    ask(anonymous)
    settings.SERVICE_URLS = {"email_service": "http://127.0.0.1:9"}
    assert mails_send() == 0
    assert mails_send() == 0, "it is not tried again at once"
    settings.SERVICE_URLS = postbox_url
    Mail.objects.update(next_attempt_at=timezone.now())
    mail_id = Mail.objects.get().id
    assert mails_send() == 1
    assert postbox.mails[0]["idempotency_key"] == f"user_service.mail.{mail_id}"
    assert not Mail.objects.exists()


@pytest.mark.parametrize(("permanent", "left"), [(True, 0), (False, 1)])
def test_a_refused_mail_is_tried_again_only_where_that_may_help(anonymous, account, postbox, permanent, left):
    answer = {"status": "fail", "code": "REFUSED", "message": "no", "permanent": permanent, "retry_after": None}
    postbox.answers = [(200, answer)]
    ask(anonymous)
    mails_send()
    assert Mail.objects.count() == left


def test_a_mail_that_could_not_be_sent_for_an_hour_is_dropped(anonymous, account, postbox):
    ask(anonymous)
    Mail.objects.update(created_at=timezone.now() - timedelta(minutes=61))
    assert mails_send() == 1
    assert postbox.mails == []


def test_a_disabled_account_gets_no_mail(anonymous, account, postbox):
    User.objects.update(is_active=False)
    ask(anonymous)
    mails_send()
    assert postbox.mails == []
