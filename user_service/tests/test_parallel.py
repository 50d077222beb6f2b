"""Rules that hold for one request hold for any number of them at once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pyotp
import pytest
from django.contrib.auth.hashers import make_password
from django.db import connections

from common.api.errors import TooManyRequests
from user_service.accounts import services
from user_service.errors import EmailTaken, InvalidCode, TooManyKeys, TotpEnabled
from user_service.gateways.base import gateway
from user_service.keys import services as key_services
from user_service.login import passwords, totp
from user_service.login.totp_attempts import FREE
from user_service.models import Key, LocalConsumer, LocalKey, RecoveryCode, Totp, User
from user_service.tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)
T = TypeVar("T")
MANY = 12


def at_once(call: Callable[[int], T]) -> list[T | Exception]:
    """What `MANY` calls return, or raise, that begin at the same moment in threads of their own."""
    barrier = threading.Barrier(MANY)

    def one(number: int) -> T | Exception:
        try:
            barrier.wait(timeout=30)
            return call(number)
        except Exception as error:  # noqa: BLE001  the tests look at it
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(one, range(MANY)))


def failed(outcomes, kind):
    """How many ended with that error; each of the others went well."""
    errors = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert all(isinstance(error, kind) for error in errors), errors
    return len(errors)


def test_an_account_has_only_so_many_named_keys(account, monkeypatch):
    monkeypatch.setattr(key_services, "MOST_NAMED_KEYS", 5)
    outcomes = at_once(
        lambda number: key_services.named_key_create(user=account.user, name=str(number), expires_at=None, address="")
    )
    assert failed(outcomes, TooManyKeys) == MANY - 5
    assert account.user.keys.filter(kind=Key.Kind.NAMED).count() == 5
    assert len(gateway().list_keys(user_id=account.user.id)) == 5 + 1


def test_an_account_has_only_so_many_login_keys(account, monkeypatch):
    monkeypatch.setattr(key_services, "MOST_LOGIN_KEYS", 3)
    failed(at_once(lambda _: key_services.login_key_create(user=account.user)), ())
    assert account.user.keys.count() <= 3
    assert len(gateway().list_keys(user_id=account.user.id)) == account.user.keys.count()


def test_an_email_has_one_account(db):
    encoded = make_password(PASSWORD)

    def sign_up(_):
        return services._user_insert(User(email="new@example.com", password=encoded), "")

    assert failed(at_once(sign_up), EmailTaken) == MANY - 1
    assert User.objects.count() == LocalConsumer.objects.count() == LocalKey.objects.count() == 1


def test_wrong_codes_are_counted_before_they_are_looked_at(account):
    Totp.objects.create(user=account.user, secret=pyotp.random_base32(), confirmed_at=account.user.created_at)
    outcomes = at_once(lambda _: totp.totp_check(user=account.user, code="000000", address="", known=None))
    assert sum(isinstance(outcome, InvalidCode) for outcome in outcomes) == FREE
    assert sum(isinstance(outcome, TooManyRequests) for outcome in outcomes) == MANY - FREE


def test_a_code_opens_the_account_once(account, settings):
    settings.CODES_PER_DAY = 100
    secret = pyotp.random_base32()
    Totp.objects.create(user=account.user, secret=secret, confirmed_at=account.user.created_at)
    code = pyotp.TOTP(secret).now()
    outcomes = at_once(lambda _: totp.totp_check(user=account.user, code=code, address="", known=None))
    assert outcomes.count(None) == 1


def test_a_recovery_code_opens_the_account_once(account):
    Totp.objects.create(user=account.user, secret=pyotp.random_base32(), confirmed_at=account.user.created_at)
    code = totp._recovery_code()
    RecoveryCode.objects.create(user=account.user, digest=totp._digest(code))
    outcomes = at_once(lambda _: totp.totp_check(user=account.user, code=code, address="", known=None))
    assert outcomes.count(None) == 1


def test_a_factor_that_is_on_is_never_swapped_for_one_that_is_being_set_up(account, monkeypatch):
    monkeypatch.setattr(totp, "password_confirm", lambda **_: None)
    secret = pyotp.random_base32()
    Totp.objects.create(user=account.user, secret=secret)

    def begin_or_confirm(number):
        if number:
            return totp.totp_begin(user=account.user, password=PASSWORD)
        return totp.totp_confirm(user=account.user, code=pyotp.TOTP(secret).now(), address="")

    outcomes = at_once(begin_or_confirm)
    kept = Totp.objects.get()
    if not isinstance(outcomes[0], Exception):
        assert (kept.secret, failed(outcomes[1:], TotpEnabled)) == (
            secret,
            sum(isinstance(o, TotpEnabled) for o in outcomes),
        )
    else:
        assert kept.confirmed_at is None


@pytest.mark.parametrize("begun", ["change", "renewal", "key", "email"])
def test_what_began_with_the_old_password_undoes_no_reset(account, begun):
    """A thief's request was looked at before the owner's reset and goes on after it."""
    thief = User.objects.get(id=account.user.id)
    passwords.password_replace(user=account.user, password="the owner's new sentence")
    if begun == "change":
        assert not passwords.password_replace(user=thief, password="the thief's sentence")
    elif begun == "renewal":
        passwords.password_matches(user=thief, password=PASSWORD)
    elif begun == "key":
        with pytest.raises(Exception, match="NOT_LOGGED_IN"):
            key_services.login_key_create(user=thief)
        assert account.user.keys.count() == len(gateway().list_keys(user_id=account.user.id)) == 1
    else:
        with pytest.raises(Exception, match="NOT_LOGGED_IN"):
            services.user_update(user=thief, address="", email="thief@example.com", password=PASSWORD)
    fresh = User.objects.get(id=account.user.id)
    assert fresh.email == "owner@example.com"
    assert passwords.password_matches(user=fresh, password="the owner's new sentence")
