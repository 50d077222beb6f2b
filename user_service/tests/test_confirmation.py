"""Sign-up and change of email where EMAIL_CONFIRMATION is on: nothing happens before the link is followed."""

import time

import pytest

from common.testing.contracts import assert_error, assert_ok
from user_service.mails.outbox import mails_send
from user_service.models import LocalConsumer, User
from user_service.tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
BODY = {"email": "New@example.com", "password": PASSWORD, "name": "Ada", "time_zone": "Europe/Berlin"}


@pytest.fixture(autouse=True)
def confirmation_on(settings):
    settings.EMAIL_CONFIRMATION = True


def confirm(client, token):
    return client.post("/api/users/confirm", {"token": token})


def test_an_account_begins_with_the_link(anonymous, postbox):
    assert assert_ok(anonymous.post("/api/users", BODY)) == {"status": "ok"}
    assert not User.objects.exists()
    assert not LocalConsumer.objects.exists()
    mails_send()
    assert postbox.mails[0]["to"] == "new@example.com"
    assert postbox.mails[0]["subject"] == "Confirm your email for pongpong"
    response = confirm(anonymous, postbox.link_token())
    assert response.status_code == 201
    body = response.json()
    assert set(body) == {"id", "email", "name", "language", "time_zone", "created_at", "key"}
    assert (body["email"], body["name"], body["time_zone"]) == ("new@example.com", "Ada", "Europe/Berlin")
    login = {"email": "new@example.com", "password": PASSWORD}
    assert anonymous.post("/api/login", login).status_code == 200


def test_a_known_email_is_answered_alike_and_told_by_mail_only(anonymous, account, postbox):
    response = anonymous.post("/api/users", BODY | {"email": account.user.email})
    assert response.json() == {"status": "ok"}
    mails_send()
    assert "token=" not in postbox.mails[0]["text"]
    assert postbox.mails[0]["subject"] == "이미 pongpong 계정이 있습니다"


def test_a_link_makes_one_account(anonymous, postbox):
    anonymous.post("/api/users", BODY)
    mails_send()
    token = postbox.link_token()
    assert confirm(anonymous, token).status_code == 201
    assert_error(confirm(anonymous, token), 400, "EMAIL_TAKEN")


def test_a_link_works_for_a_day(anonymous, postbox, monkeypatch):
    anonymous.post("/api/users", BODY)
    mails_send()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 24 * 3600 + 1)
    assert_error(confirm(anonymous, postbox.link_token()), 400, "INVALID_TOKEN")


def test_the_link_does_not_show_what_it_carries(anonymous, postbox):
    anonymous.post("/api/users", BODY)
    mails_send()
    assert "argon2" not in postbox.mails[0]["text"]
    assert "Ada" not in postbox.link_token()


@pytest.mark.parametrize("token", ["x", "x" * 4096, "gAAAAAB", "é"])
def test_a_forged_link_is_refused(anonymous, db, token):
    assert_error(confirm(anonymous, token), 400, "INVALID_TOKEN")


def test_a_weak_password_is_refused_before_any_mail(anonymous, db):
    assert_error(anonymous.post("/api/users", BODY | {"password": "short"}), 400, "VALIDATION_FAILED")


def test_another_email_counts_once_its_link_was_followed(anonymous, account, postbox):
    response = account.client.patch("/api/users/me", {"email": "new@example.com", "password": PASSWORD, "name": "Ada"})
    assert response.json()["email"] == "owner@example.com"
    assert response.json()["name"] == "Ada"
    mails_send()
    assert postbox.mails[0]["to"] == "new@example.com"
    response = confirm(anonymous, postbox.link_token())
    assert response.status_code == 200
    assert response.json()["email"] == "new@example.com"
    assert "key" not in response.json()
    assert_error(confirm(anonymous, postbox.link_token()), 400, "INVALID_TOKEN")


def test_an_email_that_was_taken_meanwhile_stays_with_its_account(anonymous, account, other, postbox):
    account.client.patch("/api/users/me", {"email": "new@example.com", "password": PASSWORD})
    mails_send()
    User.objects.filter(id=other.user.id).update(email="new@example.com")
    assert_error(confirm(anonymous, postbox.link_token()), 400, "EMAIL_TAKEN")
