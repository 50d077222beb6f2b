"""Who may make an account: everybody, the first one alone, or nobody but the operator (SIGN_UP)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from common.testing.contracts import assert_error
from user_service.accounts import services
from user_service.mails.outbox import mails_send
from user_service.models import LocalConsumer, User
from user_service.operators import services as operator_services
from user_service.tests.conftest import PASSWORD


def sign_up(client, email="new@example.com"):
    return client.post("/api/users", {"email": email, "password": PASSWORD})


@pytest.mark.django_db
def test_the_first_account_may_be_made_and_no_second(anonymous, settings):
    settings.SIGN_UP = "first"
    assert sign_up(anonymous).status_code == 201
    assert_error(sign_up(anonymous, "second@example.com"), 403, "SIGN_UP_CLOSED")
    assert_error(sign_up(anonymous), 403, "SIGN_UP_CLOSED")  # nor is it told which addresses there are
    assert User.objects.count() == LocalConsumer.objects.count() == 1


@pytest.mark.django_db
def test_nobody_signs_up_where_it_is_closed(anonymous, settings):
    settings.SIGN_UP = "closed"
    assert_error(sign_up(anonymous), 403, "SIGN_UP_CLOSED")


@pytest.mark.django_db
def test_an_operator_makes_accounts_all_the_same(anonymous, settings):
    settings.SIGN_UP = "first"
    sign_up(anonymous)
    operator_services.user_add(email="second@example.com", password=PASSWORD)
    assert User.objects.count() == 2


@pytest.mark.django_db
def test_a_link_mailed_before_somebody_else_was_first_makes_no_account(anonymous, postbox, settings):
    settings.SIGN_UP, settings.EMAIL_CONFIRMATION = "first", True
    assert sign_up(anonymous).json() == {"status": "ok"}
    mails_send()
    services.user_create(email="first@example.com", password=PASSWORD)
    answer = anonymous.post("/api/users/confirm", {"token": postbox.link_token()})
    assert_error(answer, 403, "SIGN_UP_CLOSED")
    assert_error(sign_up(anonymous, "third@example.com"), 403, "SIGN_UP_CLOSED")


@pytest.mark.django_db(transaction=True)
def test_of_many_first_ones_at_once_one_gets_in(anonymous, settings):
    settings.SIGN_UP = "first"

    def one(number):
        try:
            return sign_up(anonymous, f"user{number}@example.com").status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:  # as many as may wait for a hash
        answers = sorted(pool.map(one, range(4)))
    assert answers == [201, 403, 403, 403]
    assert User.objects.count() == LocalConsumer.objects.count() == 1
