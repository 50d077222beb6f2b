"""The second factor, API keys, and sessions that end."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from frontend.tests.fake import KEY, USER, FakeGateway, iso
from frontend.tests.fake_more import RECOVERY_CODES, SECRET, page
from frontend.tests.markup import squeezed
from frontend.web import visitor as visitors

LOGIN = {"email": "owner@example.com", "password": "correct horse"}
TOTP = "/user-service/users/me/totp"


@pytest.fixture
def half_in(nobody: Client, gateway: FakeGateway) -> Client:
    """Somebody with the right password, whose account asks for a code."""
    gateway.refuse("POST", "/user-service/login", 400, "CODE_NEEDED", "Enter the code.")
    assert (
        nobody.post("/login", LOGIN | {"next": "/endpoints/7"}).headers["Location"] == "/login/code?next=/endpoints/7"
    )
    gateway.answers["POST", "/user-service/login"] = (200, USER | {"key": KEY})
    return nobody


def test_the_code_is_asked_for_alone_after_the_password(half_in: Client, gateway: FakeGateway):
    assert 'name="password"' not in half_in.get("/login/code").text
    response = half_in.post("/login/code", {"code": " 123456 ", "next": "/endpoints/7"})
    assert response.headers["Location"] == "/endpoints/7"
    assert gateway.sent("POST", "/user-service/login") == LOGIN | {"code": "123456"}


def test_the_password_waits_encrypted_and_leaves_with_the_login(half_in: Client):
    [session] = Session.objects.all()
    assert "correct horse" not in str(session.get_decoded())
    half_in.post("/login/code", {"code": "123456"})
    [session] = Session.objects.all()
    assert "second_step" not in session.get_decoded()


def test_a_wrong_code_can_be_corrected(half_in: Client, gateway: FakeGateway):
    gateway.refuse("POST", "/user-service/login", 400, "INVALID_CODE", "This code is wrong.")
    response = half_in.post("/login/code", {"code": "000000"})
    assert response.status_code == 400
    assert "This code is wrong." in response.text


def test_the_second_step_ends_after_five_minutes(half_in: Client, monkeypatch: pytest.MonkeyPatch):
    later = datetime.now(UTC).timestamp() + 301
    monkeypatch.setattr("frontend.web.visitor.time.time", lambda: later)
    assert half_in.post("/login/code", {"code": "123456"}).headers["Location"] == "/login"


def test_nobody_reaches_the_second_step_without_the_first(nobody: Client):
    assert nobody.get("/login/code?next=/reports").headers["Location"] == "/login?next=/reports"


def test_the_second_factor_is_set_up_by_qr_code_and_shows_recovery_codes_once(visitor: Client, gateway: FakeGateway):
    assert visitor.post("/settings/totp", {"password": "correct horse"}).headers["Location"] == "/settings/totp/confirm"
    text = visitor.get("/settings/totp/confirm").text
    assert '<svg class="qr"' in text or 'class="qr"' in text
    assert "JBSW Y3DP" in text
    [session] = Session.objects.all()
    assert SECRET not in str(session.get_decoded())
    shown = visitor.post("/settings/totp/confirm", {"code": "123 456"})
    assert gateway.sent("POST", f"{TOTP}/confirm") == {"code": "123456"}
    assert "</li><li>".join(RECOVERY_CODES) in squeezed(shown.text)
    assert visitor.get("/settings/totp/confirm").headers["Location"] == "/settings/totp"


def test_a_wrong_first_code_keeps_the_qr_code(visitor: Client, gateway: FakeGateway):
    visitor.post("/settings/totp", {"password": "correct horse"})
    gateway.refuse("POST", f"{TOTP}/confirm", 400, "INVALID_CODE", "This code is wrong.")
    response = visitor.post("/settings/totp/confirm", {"code": "000000"})
    assert "This code is wrong." in response.text
    assert 'class="qr"' in response.text


def test_the_second_factor_is_switched_off_with_the_password(visitor: Client, gateway: FakeGateway):
    gateway.answers["GET", TOTP] = (200, {"enabled": True, "recovery_codes_left": 1})
    assert "1 recovery code is left" in visitor.get("/settings/security").text
    visitor.post("/settings/totp/disable", {"password": "correct horse"})
    assert gateway.sent("POST", f"{TOTP}/disable") == {"password": "correct horse"}


def test_a_change_of_password_offers_to_revoke_the_named_keys(visitor: Client, gateway: FakeGateway):
    assert "Revoke my API keys too (deploy, ci)" in visitor.get("/settings/password").text
    body = {"current_password": "correct horse", "new_password": "another horse"}
    for asked in (False, True):
        visitor.post("/settings/password", body | ({"revoke_keys": "on"} if asked else {}))
        assert gateway.sent("POST", "/user-service/users/me/password") == body | {"revoke_keys": asked}


def test_without_named_keys_nothing_is_offered(visitor: Client, gateway: FakeGateway):
    gateway.answers["GET", "/user-service/keys"] = (200, page([]))
    assert "revoke_keys" not in visitor.get("/settings/password").text


def test_many_keys_are_not_all_named(visitor: Client, gateway: FakeGateway):
    gateway.answers["GET", "/user-service/keys"] = (
        200,
        page([{"id": n, "name": f"key{n}", "created_at": iso(), "last_used_at": None} for n in range(12)]),
    )
    assert "key9, …)" in visitor.get("/settings/password").text


def test_a_new_key_is_shown_once(visitor: Client):
    assert "secret-key-shown-once" in visitor.post("/settings/keys/new", {"name": "ci"}).text
    assert "secret-key-shown-once" not in visitor.get("/settings/keys").text


def test_a_key_may_expire(visitor: Client, gateway: FakeGateway):
    visitor.post("/settings/keys/new", {"name": "ci", "days": "30"})
    ends = datetime.fromisoformat(gateway.sent("POST", "/user-service/keys")["expires_at"])
    assert timedelta(days=29) < ends - datetime.now(UTC) < timedelta(days=31)
    visitor.post("/settings/keys/new", {"name": "ci"})
    assert "expires_at" not in gateway.sent("POST", "/user-service/keys")


def test_a_key_is_revoked_by_a_button(visitor: Client, gateway: FakeGateway):
    assert visitor.get("/settings/keys/5/delete").status_code == 405
    visitor.post("/settings/keys/5/delete")
    assert ("DELETE", "/user-service/keys/5", None) in gateway.calls


def test_a_login_removes_sessions_that_have_ended_but_not_too_many(nobody: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(visitors, "PURGED_AT_ONCE", 3)
    past, future = timezone.now() - timedelta(days=1), timezone.now() + timedelta(days=1)
    for number in range(5):
        Session.objects.create(session_key=f"old{number}", session_data="", expire_date=past)
    Session.objects.create(session_key="living", session_data="", expire_date=future)
    nobody.post("/login", LOGIN)
    assert Session.objects.filter(session_key__startswith="old").count() == 2
    assert Session.objects.filter(session_key="living").exists()
