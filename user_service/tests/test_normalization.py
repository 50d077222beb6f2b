"""Passwords in the characters of any keyboard."""

import unicodedata

import pytest
from django.contrib.auth.hashers import make_password
from hypothesis import given
from hypothesis import strategies as st

from common.testing.contracts import assert_error, assert_ok
from user_service.login.normalization import MOST_TYPED, code_normalized, password_candidates, password_normalized
from user_service.mails import link_tokens
from user_service.models import User
from user_service.tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
COMPOSED = "비밀번호는 아주 길게 äöü"
TYPED = unicodedata.normalize("NFD", COMPOSED)


def log_in(client, password):
    return client.post("/api/login", {"email": "owner@example.com", "password": password})


def change(account, new, current=PASSWORD):
    return account.client.post("/api/users/me/password", {"current_password": current, "new_password": new})


@pytest.mark.parametrize("chosen", [COMPOSED, TYPED])
@pytest.mark.parametrize("typed", [COMPOSED, TYPED])
def test_a_password_is_one_however_its_characters_are_composed(anonymous, account, chosen, typed):
    assert TYPED != COMPOSED
    assert_ok(change(account, chosen))
    assert log_in(anonymous, typed).status_code == 200
    assert_ok(change(account, PASSWORD, current=typed))


@pytest.mark.parametrize("chosen", [COMPOSED, TYPED])
def test_so_it_is_by_mail_and_at_sign_up(anonymous, account, chosen):
    body = {"token": link_tokens.password_reset_token(account.user), "new_password": chosen}
    assert_ok(anonymous.post("/api/password-reset/confirm", body))
    assert log_in(anonymous, COMPOSED).status_code == 200
    anonymous.post("/api/users", {"email": "new@example.com", "password": chosen})
    answer = anonymous.post("/api/login", {"email": "new@example.com", "password": TYPED})
    assert answer.status_code == 200


def test_an_older_password_works_as_it_was_typed_and_then_however(anonymous, account):
    User.objects.update(password=make_password(TYPED))
    assert_error(log_in(anonymous, COMPOSED), 400, "INVALID_LOGIN")
    assert log_in(anonymous, TYPED).status_code == 200
    assert log_in(anonymous, COMPOSED).status_code == 200
    assert log_in(anonymous, TYPED).status_code == 200


def test_composed_characters_are_what_the_length_counts(anonymous, account):
    longest = "각" * 256
    assert_ok(change(account, unicodedata.normalize("NFD", longest)))
    assert log_in(anonymous, longest).status_code == 200
    assert_error(change(account, "각" * 257, current=longest), 400, "VALIDATION_FAILED")
    assert_error(log_in(anonymous, "x" * 257), 400, "VALIDATION_FAILED")


def test_what_is_far_too_long_is_not_normalised(account):
    marks = "a" + "\u0301\u0316" * 1_000_000
    assert_error(change(account, marks), 400, "VALIDATION_FAILED")


@given(st.text(max_size=30))
def test_a_kept_spelling_is_tried_first_and_kept_as_it_is(typed):
    spellings = password_candidates(typed)
    assert spellings[0] == password_normalized(typed) == password_normalized(spellings[0])
    assert set(spellings) == {password_normalized(typed), typed}


@given(
    st.text("23456789abcdefghjkmnpqrstuvwxyz", min_size=1, max_size=10), st.sampled_from(" -\u2010\u2013\u00a0\u200b\t")
)
def test_whatever_stands_between_a_code_s_characters_is_none_of_it(code, between):
    assert code_normalized(between.join(code.upper()) + between) == code


def test_only_the_beginning_of_what_is_far_too_long_is_looked_at():
    assert len(code_normalized("1" * 10 * MOST_TYPED)) == MOST_TYPED
