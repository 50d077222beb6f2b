"""Accounts from the command line, and secrets under another key."""

import io
import time

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from common.security.key_use import KeyUse, key_use
from user_service.errors import InvalidToken
from user_service.mails import link_tokens
from user_service.models import Key, LocalKey, Totp, User
from user_service.tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)
NEW_KEY = "another-encryption-key-" + "n" * 30


def command(*arguments):
    output = io.StringIO()
    call_command(*arguments, stdout=output)
    return output.getvalue()


def log_in(client, email, password):
    return client.post("/api/login", {"email": email, "password": password})


def test_a_created_account_can_log_in_with_the_printed_password(anonymous):
    printed = command("user", "create", "New@Example.com", "--name", "Ada", "--language", "en")
    user = User.objects.get()
    assert (user.email, user.name, user.language) == ("new@example.com", "Ada", "en")
    assert not user.keys.exists()
    assert not LocalKey.objects.exists()
    assert log_in(anonymous, "new@example.com", printed.rpartition(" ")[2].strip()).status_code == 200


def test_a_password_comes_from_the_input_and_is_judged_like_any_other(anonymous, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    with pytest.raises(CommandError, match="too short"):
        command("user", "create", "new@example.com", "--password-stdin")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    assert PASSWORD not in command("user", "create", "new@example.com", "--password-stdin")
    assert log_in(anonymous, "new@example.com", PASSWORD).status_code == 200


@pytest.mark.parametrize("email", ["", "nobody", "a@b@c", "a b@example.com"])
def test_what_is_no_address_makes_no_account(email):
    with pytest.raises(CommandError, match="no address"):
        command("user", "create", email)
    assert not User.objects.exists()


def test_an_address_that_is_taken_is_refused(account):
    with pytest.raises(CommandError, match="account"):
        command("user", "create", account.user.email)


def test_a_disabled_account_is_out_at_once_and_comes_back_with_its_password(account, anonymous):
    command("user", "disable", account.user.email)
    assert not LocalKey.objects.exists()
    assert log_in(anonymous, account.user.email, PASSWORD).json()["code"] == "INVALID_LOGIN"
    assert account.client.get("/api/users/me").status_code == 401
    command("user", "enable", account.user.email.upper())
    assert log_in(anonymous, account.user.email, PASSWORD).status_code == 200
    kinds = list(account.user.events.order_by("id").values_list("kind", flat=True))
    assert kinds[-3:] == ["disabled", "enabled", "logged_in"]


def test_a_reset_password_ends_every_login(account, anonymous):
    printed = command("user", "reset-password", account.user.email)
    assert not Key.objects.filter(user=account.user).exists()
    assert log_in(anonymous, account.user.email, PASSWORD).status_code == 400
    assert log_in(anonymous, account.user.email, printed.rpartition(" ")[2].strip()).status_code == 200


@pytest.mark.parametrize("action", ["disable", "enable", "reset-password"])
def test_an_account_that_does_not_exist_is_said_so(action):
    with pytest.raises(CommandError):
        command("user", action, "nobody@example.com")


def stored_secret():
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM user_service_totp")
        return cursor.fetchone()[0]


def test_every_stored_secret_comes_under_the_current_key(account, settings):
    account.client.post("/api/users/me/totp", {"password": PASSWORD})
    before, secret, old = stored_secret(), Totp.objects.get().secret, settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = [NEW_KEY, *old]
    assert command("reencrypt") == "1 secrets are under the current key now.\n"
    assert command("reencrypt") == "0 secrets are under the current key now.\n"
    assert stored_secret() != before
    settings.ENCRYPTION_KEYS = [NEW_KEY]
    assert Totp.objects.get().secret == secret


def test_a_secret_that_no_key_opens_stops_it_and_stays(account, settings):
    account.client.post("/api/users/me/totp", {"password": PASSWORD})
    before = stored_secret()
    settings.ENCRYPTION_KEYS = [NEW_KEY]
    with pytest.raises(ValueError, match="ENCRYPTION_KEYS"):
        command("reencrypt")
    assert stored_secret() == before


def test_a_reset_link_outlives_the_secret_key_as_long_as_that_is_a_fallback(account, settings):
    token, old = link_tokens.password_reset_token(account.user), settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-secret-key-" + "n" * 40, [old]
    assert link_tokens.password_reset_user_id(token) == account.user.id
    link_tokens.password_reset_check(token, account.user)
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(InvalidToken):
        link_tokens.password_reset_user_id(token)


def test_the_token_before_opens_internal_paths_while_it_is_a_fallback(internal, account, settings):
    old = settings.INTERNAL_TOKEN
    settings.INTERNAL_TOKEN, settings.INTERNAL_TOKEN_FALLBACKS = "another-internal-token-" + "n" * 30, [old]
    assert internal.get("/users").status_code == 200
    settings.INTERNAL_TOKEN_FALLBACKS = []
    assert internal.get("/users").status_code == 404


def test_user_service_notes_the_use_of_its_own_keys(account, settings, monkeypatch):
    settings.KEY_USE_EVERY = 0.01
    assert account.user.keys.get().last_used_at is None
    own = KeyUse()
    own.deliver = key_use.deliver
    own.note(account.credential)
    deadline = time.monotonic() + 5
    while account.user.keys.get().last_used_at is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert account.user.keys.get().last_used_at is not None
