"""Each mailed link is bound to what it was made from: whatever happened since, it gives nobody what is not theirs."""

import pytest

from common.testing.contracts import assert_error, assert_ok
from user_service.accounts import services
from user_service.mails import link_tokens
from user_service.mails.outbox import mails_send
from user_service.models import PendingSignUp, User
from user_service.tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
THIEF, THEIRS = {"HTTP_X_FORWARDED_FOR": "203.0.113.66"}, "the thief's own sentence"
OWN, NEW = "the owner's own sentence", "victim@example.com"


@pytest.fixture(autouse=True)
def confirmation_on(settings):
    settings.EMAIL_CONFIRMATION = True


def sign_up(client, password, **headers):
    assert_ok(client.post("/api/users", {"email": NEW, "password": password, "name": "x"}, **headers))


def mailed(postbox):
    """The token of the mail that is sent now."""
    mails_send()
    return postbox.link_token()


def confirm(client, token, **body):
    return client.post("/api/users/confirm", {"token": token, **body})


def log_in(client, password, email=NEW):
    return client.post("/api/login", {"email": email, "password": password})


@pytest.mark.parametrize("order", [(THEIRS, OWN), (OWN, THEIRS), (THEIRS, OWN, THEIRS), (THEIRS, THEIRS)])
@pytest.mark.parametrize("followed", range(3))
def test_no_link_of_several_sign_ups_makes_an_account_with_another_s_password(anonymous, postbox, order, followed):
    links = []
    for password in order:
        sign_up(anonymous, password, **(THIEF if password == THEIRS else {}))
        links.append(mailed(postbox))
    link = links[followed % len(links)]
    assert confirm(anonymous, link).status_code == 400
    answer = confirm(anonymous, link, password=OWN)
    if link == links[-1]:
        assert answer.status_code == 201
        assert log_in(anonymous, OWN).status_code == 200
    else:
        assert_error(answer, 400, "INVALID_TOKEN")
        assert not User.objects.exists()
    assert_error(log_in(anonymous, THEIRS), 400, "INVALID_LOGIN")


def test_a_lone_link_followed_elsewhere_asks_for_the_password(anonymous, postbox):
    sign_up(anonymous, THEIRS, **THIEF)
    link = mailed(postbox)
    body = assert_error(confirm(anonymous, link), 400, "PASSWORD_NEEDED")
    assert list(body["errors"]) == ["password"]
    assert_error(confirm(anonymous, link, password="short"), 400, "VALIDATION_FAILED")
    assert confirm(anonymous, link, password=OWN).status_code == 201
    assert_error(log_in(anonymous, THEIRS), 400, "INVALID_LOGIN")


def test_whoever_signed_up_alone_and_follows_the_link_there_needs_no_password(anonymous, postbox):
    sign_up(anonymous, OWN)
    assert confirm(anonymous, mailed(postbox)).status_code == 201
    assert log_in(anonymous, OWN).status_code == 200


def test_a_sign_up_that_is_refused_leaves_the_link_before_it_good(anonymous, postbox, settings):
    settings.MAILS_PER_RECIPIENT = 1
    sign_up(anonymous, OWN)
    link = mailed(postbox)
    body = {"email": NEW, "password": THEIRS}
    assert_error(anonymous.post("/api/users", body, **THIEF), 429, "TOO_MANY_REQUESTS")
    assert confirm(anonymous, link).status_code == 201


def test_no_link_makes_the_account_that_was_deleted_since(anonymous, postbox):
    sign_up(anonymous, OWN)
    link = mailed(postbox)
    confirm(anonymous, link)
    services.user_delete(user=User.objects.get())
    assert_error(confirm(anonymous, link, password=OWN), 400, "INVALID_TOKEN")


def test_an_account_made_otherwise_makes_every_link_worthless(anonymous, postbox):
    sign_up(anonymous, THEIRS, **THIEF)
    link = mailed(postbox)
    user, _ = services.user_create(email=NEW, password=OWN)
    assert_error(confirm(anonymous, link, password=THEIRS), 400, "EMAIL_TAKEN")
    services.user_delete(user=user)
    assert_error(confirm(anonymous, link, password=THEIRS), 400, "INVALID_TOKEN")
    assert not PendingSignUp.objects.exists()


def test_a_mail_that_waited_too_long_is_not_sent_with_a_dead_link(anonymous, postbox):
    sign_up(anonymous, THEIRS)
    sign_up(anonymous, OWN)
    mails_send()
    assert len(postbox.mails) == 1


@pytest.fixture
def change(account, postbox):
    """The link of a thief who knows the password, mailed to their own address."""
    answer = account.client.patch("/api/users/me", {"email": "thief@example.com", "password": PASSWORD})
    assert answer.json()["email"] == "owner@example.com"
    return mailed(postbox)


def reset(anonymous, account):
    token = link_tokens.password_reset_token(User.objects.get(id=account.user.id))
    return anonymous.post("/api/password-reset/confirm", {"token": token, "new_password": OWN})


def by_reset(anonymous, account):
    assert_ok(reset(anonymous, account))


def by_another_password(anonymous, account):
    body = {"current_password": PASSWORD, "new_password": OWN}
    assert_ok(account.client.post("/api/users/me/password", body))


def by_another_change(anonymous, account):
    account.client.patch("/api/users/me", {"email": "later@example.com", "password": PASSWORD})


def by_the_same_change_again(anonymous, account):
    account.client.patch("/api/users/me", {"email": "thief@example.com", "password": PASSWORD})


def by_naming_the_present_email(anonymous, account):
    assert account.client.patch("/api/users/me", {"email": "owner@example.com"}).status_code == 200


def by_deleting_the_account(anonymous, account):
    assert account.client.delete("/api/users/me", {"password": PASSWORD}).status_code == 204


def by_an_operator(anonymous, account):
    User.objects.filter(id=account.user.id).update(is_active=False)


@pytest.mark.parametrize(
    "ended",
    [
        by_reset,
        by_another_password,
        by_another_change,
        by_the_same_change_again,
        by_naming_the_present_email,
        by_deleting_the_account,
        by_an_operator,
    ],
)
def test_a_change_of_email_is_ended_by_whatever_happened_since(anonymous, account, change, ended):
    ended(anonymous, account)
    assert_error(confirm(anonymous, change), 400, "INVALID_TOKEN")
    assert not User.objects.filter(email="thief@example.com").exists()


def test_the_newest_change_of_email_works_once(anonymous, account, change, postbox):
    account.client.patch("/api/users/me", {"email": "later@example.com", "password": PASSWORD})
    link = mailed(postbox)
    assert confirm(anonymous, link).json()["email"] == "later@example.com"
    assert_error(confirm(anonymous, link), 400, "INVALID_TOKEN")


def test_a_reset_link_is_ended_by_a_confirmed_change_of_email(anonymous, account, change):
    token = link_tokens.password_reset_token(account.user)
    assert confirm(anonymous, change).status_code == 200
    body = {"token": token, "new_password": OWN}
    assert_error(anonymous.post("/api/password-reset/confirm", body), 400, "INVALID_TOKEN")


def test_the_old_address_is_told_of_the_wish_and_of_the_change(anonymous, account, change, postbox):
    subjects = ["pongpong: 이메일 주소 변경이 요청되었습니다", "pongpong: 이메일 주소가 변경되었습니다"]
    assert postbox.to("owner@example.com") == subjects[:1]
    confirm(anonymous, change)
    mails_send()
    assert postbox.to("owner@example.com") == subjects
    assert "thief@example.com" in postbox.mails[-1]["text"]


def test_without_confirmation_the_old_address_is_told_too(account, postbox, settings):
    settings.EMAIL_CONFIRMATION = False
    account.client.patch("/api/users/me", {"email": "new@example.com", "password": PASSWORD})
    mails_send()
    assert [mail["to"] for mail in postbox.mails] == ["owner@example.com"]


@pytest.mark.parametrize("kind", ["sign_up", "email_change", "reset"])
def test_one_recipient_gets_few_mails_of_each_kind_whoever_asks(anonymous, account, postbox, kind):
    spellings = ["victim@example.com", "VICTIM@Example.com", "victim+1@example.com", "victim+x@EXAMPLE.com"]
    for number in range(40):
        email, address = spellings[number % 4], {"HTTP_X_FORWARDED_FOR": f"203.0.113.{number}"}
        if kind == "sign_up":
            anonymous.post("/api/users", {"email": email, "password": OWN}, **address)
        elif kind == "email_change":
            account.client.patch("/api/users/me", {"email": email, "password": PASSWORD}, **address)
        else:
            User.objects.update(email=email.lower())
            anonymous.post("/api/password-reset", {"email": email}, **address)
    mails_send()
    assert len([mail for mail in postbox.mails if mail["to"].lower().startswith("victim")]) <= 5


def test_an_address_that_confirmed_nothing_gets_only_what_it_can_confirm(anonymous, account, postbox, settings):
    User.objects.update(email_confirmed=False)
    account.client.post("/api/keys", {"name": "ci"})
    account.client.patch("/api/users/me", {"email": "new@example.com", "password": PASSWORD})
    anonymous.post("/api/password-reset", {"email": "owner@example.com"})
    mails_send()
    assert sorted(mail["to"] for mail in postbox.mails) == ["new@example.com", "owner@example.com"]
    assert_ok(reset(anonymous, account))
    mails_send()
    assert postbox.to("owner@example.com")[-1] == "pongpong: 비밀번호가 재설정되었습니다"
