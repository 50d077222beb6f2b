"""Signing up, logging in and out, and what the session keeps."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from pytest_httpserver import HTTPServer

from common.security.client_address import HEADER
from common.testing.cast import OWNER_ID
from frontend.tests.fake import KEY, USER, FakeGateway

SIGN_UP = {"email": "new@example.com", "password": "correct horse", "url": "https://example.com"}
LOGIN = {"email": "owner@example.com", "password": "wrong"}


def test_signing_up_leads_to_the_first_steps_with_the_url_that_was_tried(nobody: Client):
    response = nobody.post("/sign-up", SIGN_UP, follow=True)
    assert response.redirect_chain == [("/welcome", 302)]
    assert 'value="https://example.com"' in response.text


def test_where_addresses_are_confirmed_signing_up_leads_to_the_link(nobody: Client, gateway: FakeGateway):
    gateway.answers["POST", "/user-service/users"] = (200, {"status": "ok"})
    response = nobody.post("/sign-up", SIGN_UP, follow=True)
    assert response.redirect_chain == [("/sign-up/confirm", 302)]
    assert "We have sent you a mail" in response.text


def test_signing_up_sends_the_language_and_the_browsers_time_zone(nobody: Client, gateway: FakeGateway):
    nobody.cookies["time_zone"] = "Europe/Berlin"
    nobody.post("/sign-up", SIGN_UP)
    sent = gateway.sent("POST", "/user-service/users")
    assert (sent["language"], sent["time_zone"]) == ("en", "Europe/Berlin")


def test_the_key_is_kept_encrypted_and_never_shown(visitor: Client):
    [session] = Session.objects.all()
    assert KEY not in str(session.get_decoded())
    assert session.get_decoded()["user"]["id"] == OWNER_ID
    assert KEY not in visitor.get("/dashboard").text


def test_a_login_changes_the_session_id(nobody: Client, gateway: FakeGateway):
    nobody.post("/sign-up", SIGN_UP)
    planted = nobody.cookies["pongpong_session"].value
    nobody.post("/login", LOGIN)
    assert nobody.cookies["pongpong_session"].value != planted


def test_a_login_changes_the_secret_of_forms(nobody: Client):
    nobody.get("/login")
    planted = nobody.cookies["csrftoken"].value
    nobody.post("/login", LOGIN)
    assert nobody.cookies["csrftoken"].value != planted


def test_a_wrong_password_is_told_and_the_address_is_kept(nobody: Client, gateway: FakeGateway):
    gateway.refuse("POST", "/user-service/login", 400, "INVALID_LOGIN", "The e-mail or the password is wrong.")
    response = nobody.post("/login", LOGIN)
    assert response.status_code == 400
    assert "The e-mail or the password is wrong." in response.text
    assert 'value="owner@example.com"' in response.text


def test_an_error_of_the_api_stands_at_its_field(nobody: Client, gateway: FakeGateway):
    gateway.refuse("POST", "/user-service/users", 400, "VALIDATION_FAILED", "Not valid.", email=["Taken already."])
    response = nobody.post("/sign-up", SIGN_UP)
    assert response.status_code == 400
    assert response.context["form"].errors["email"] == ["Taken already."]


def test_a_login_leads_back_to_where_one_wanted_to_go(nobody: Client):
    assert nobody.post("/login", LOGIN | {"next": "/endpoints/7"}).headers["Location"] == "/endpoints/7"


def test_a_login_never_leads_to_another_site(nobody: Client):
    odd = (
        "landing",
        "aaa",
        "-1",
        "[null]",
        "..",
        "?a=1",
        "#a",
        "\u202e/x",
        "%2f",
        "http:evil.example",
        "https:/evil.example",
    )
    for target in ("https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example", *odd):
        assert nobody.post("/login", LOGIN | {"next": target}).headers["Location"] == "/dashboard"


def test_logging_out_revokes_the_key_and_forgets_the_session(visitor: Client, gateway: FakeGateway):
    visitor.post("/logout")
    assert ("POST", "/user-service/logout", {}) in gateway.calls
    assert not Session.objects.filter(session_data__contains="user").exists()
    assert visitor.get("/dashboard").status_code == 302


def test_logging_out_works_while_the_gateway_is_away(visitor: Client, gateway: FakeGateway, settings):
    settings.SERVICE_URLS = {"gateway": "http://127.0.0.1:9"}
    assert visitor.post("/logout").status_code == 302


def test_forms_are_refused_without_their_token(gateway: FakeGateway, db: None):
    client = Client(enforce_csrf_checks=True)
    response = client.post("/login", LOGIN)
    assert response.status_code == 403
    assert "<h1>" in response.text


def test_each_call_carries_key_address_language_and_request_id(visitor: Client, gateway: FakeGateway):
    visitor.get("/dashboard", headers={"X-Request-ID": "abc-1", "X-Forwarded-For": "198.51.100.7"})
    headers = gateway.requests[-1].headers
    assert headers["apikey"] == KEY
    assert headers["X-Request-ID"] == "abc-1"
    assert headers["Accept-Language"] == "en"
    assert headers[HEADER].startswith("198.51.100.7:")
    assert headers["X-Forwarded-For"] == "198.51.100.7"


def test_a_browser_cannot_claim_another_address(visitor: Client, gateway: FakeGateway):
    visitor.get("/dashboard", headers={HEADER: "192.0.2.1:x:y"})
    assert gateway.requests[-1].headers[HEADER].startswith("127.0.0.1:")


def test_a_replaced_encryption_key_ends_the_session_quietly(visitor: Client, settings):
    settings.ENCRYPTION_KEYS = ["another-encryption-key-" + "z" * 20]
    assert visitor.get("/dashboard").headers["Location"].startswith("/login")


def test_trying_a_url_shows_its_result_without_an_account(nobody: Client, gateway: FakeGateway):
    response = nobody.post("/", {"url": "https://example.com"})
    assert response.status_code == 200
    assert "203.0.113.7" in response.text
    assert "apikey" not in gateway.requests[-1].headers


def test_the_profile_changes_language_and_time_zone(visitor: Client, gateway: FakeGateway):
    profile = {"name": "Kim", "language": "ko", "time_zone": "Asia/Seoul"}
    gateway.answers["PATCH", "/user-service/users/me"] = (200, USER | profile)
    response = visitor.post("/settings", profile)
    assert gateway.sent("PATCH", "/user-service/users/me") == profile
    assert response.cookies["django_language"].value == "ko"


def test_the_account_is_deleted_only_by_its_name(visitor: Client, gateway: FakeGateway):
    assert visitor.post("/settings/delete", {"name": "yes"}).status_code == 400
    assert visitor.post("/settings/delete", {"name": "yes", "password": "correct horse"}).status_code == 400
    assert "DELETE" not in [method for method, _, _ in gateway.calls]
    answer = visitor.post("/settings/delete", {"name": "owner@example.com", "password": "correct horse"})
    assert answer.headers["Location"] == "/"
    assert ("DELETE", "/user-service/users/me", {"password": "correct horse"}) in gateway.calls


def test_the_account_stays_where_the_password_is_wrong(visitor: Client, gateway: FakeGateway):
    gateway.refuse("DELETE", "/user-service/users/me", 400, "VALIDATION_FAILED", "x", password=["Not the password."])
    answer = visitor.post("/settings/delete", {"name": "owner@example.com"})
    assert answer.status_code == 400
    assert answer.context["form"].errors["password"] == ["Not the password."]
    assert visitor.get("/settings").status_code == 200


def test_no_log_line_or_url_holds_the_key(visitor: Client, gateway: FakeGateway, httpserver: HTTPServer):
    visitor.get("/dashboard")
    assert all(KEY not in request.url for request in gateway.requests)


@pytest.mark.parametrize(("page", "path"), [("/login", "login"), ("/sign-up", "users")])
@pytest.mark.parametrize("length", [128, 129, 256])
def test_a_long_password_is_passed_on_as_it_was_typed(
    nobody: Client, gateway: FakeGateway, page: str, path: str, length: int
):
    typed = " " + "\u1112\u1161\u11ab" * (length - 1)
    nobody.post(page, {"email": "new@example.com", "password": typed})
    assert gateway.sent("POST", f"/user-service/{path}")["password"] == typed


def test_a_reset_link_sets_a_new_password(nobody: Client, gateway: FakeGateway):
    assert 'value="tok"' in nobody.get("/password-reset/confirm?token=tok").text
    body = {"token": "tok", "new_password": "correct horse"}
    assert nobody.post("/password-reset/confirm", body).headers["Location"] == "/login"
    assert gateway.sent("POST", "/user-service/password-reset/confirm") == body


def test_opening_a_confirmation_link_does_not_use_it_up(nobody: Client, gateway: FakeGateway):
    nobody.get("/sign-up/confirm?token=tok")
    assert not gateway.calls
    assert nobody.post("/sign-up/confirm?token=tok", {"token": "tok"}).headers["Location"] == "/welcome"


def test_whoever_follows_a_sign_up_s_link_chooses_the_password(nobody: Client, gateway: FakeGateway):
    page = nobody.get("/sign-up/confirm?token=tok").text
    assert 'type="password"' in page
    assert "there will be no account" in page
    nobody.post("/sign-up/confirm?token=tok", {"token": "tok", "password": " correct horse "})
    assert gateway.sent("POST", "/user-service/users/confirm") == {"token": "tok", "password": " correct horse "}


def test_a_sign_up_s_link_without_the_password_says_that_one_is_needed(nobody: Client, gateway: FakeGateway):
    gateway.refuse("POST", "/user-service/users/confirm", 400, "PASSWORD_NEEDED", "x", password=["Choose one."])
    answer = nobody.post("/sign-up/confirm?token=tok", {"token": "tok"})
    assert answer.context["form"].errors["password"] == ["Choose one."]
    assert gateway.sent("POST", "/user-service/users/confirm") == {"token": "tok"}


def test_the_link_of_a_change_of_address_asks_for_no_password(visitor: Client, gateway: FakeGateway):
    assert 'type="password"' not in visitor.get("/settings/email/confirm?token=tok").text
    changed = USER | {"email": "new@example.com"}
    gateway.answers["POST", "/user-service/users/confirm"] = (200, changed)
    assert visitor.post("/settings/email/confirm?token=tok", {"token": "tok"}).headers["Location"] == "/settings"
    assert gateway.sent("POST", "/user-service/users/confirm") == {"token": "tok"}


def test_a_link_from_another_device_can_be_pasted_whole(nobody: Client, gateway: FakeGateway):
    nobody.post("/sign-up/confirm", {"token": " https://pongpong.io/sign-up/confirm?token=tok%3A1 "})
    assert gateway.sent("POST", "/user-service/users/confirm") == {"token": "tok:1"}


@pytest.mark.parametrize("pasted", ["https://[pongpong.io/sign-up/confirm?token=tok", "http://[?a=1&token=tok#token=x"])
def test_a_link_that_is_broken_elsewhere_still_gives_its_token(nobody: Client, gateway: FakeGateway, pasted: str):
    nobody.post("/sign-up/confirm", {"token": pasted})
    assert gateway.sent("POST", "/user-service/users/confirm") == {"token": "tok"}


def test_a_used_link_says_so(nobody: Client, gateway: FakeGateway):
    gateway.refuse("POST", "/user-service/users/confirm", 400, "INVALID_TOKEN", "x", token=["No longer valid."])
    assert "No longer valid." in nobody.post("/sign-up/confirm?token=tok", {"token": "tok"}).text


def test_a_confirmed_new_address_is_shown_at_once(visitor: Client, gateway: FakeGateway):
    changed = USER | {"email": "new@example.com"}
    gateway.answers["POST", "/user-service/users/confirm"] = (200, changed)
    gateway.answers["GET", "/user-service/users/me"] = (200, changed)
    response = visitor.post("/sign-up/confirm?token=tok", {"token": "tok"}, follow=True)
    assert response.redirect_chain == [("/settings", 302)]
    assert "owner@example.com" not in response.text


def test_another_address_needs_the_password_and_waits_for_its_mail(visitor: Client, gateway: FakeGateway):
    body = {"email": "new@example.com", "password": "correct horse"}
    response = visitor.post("/settings/email", body, follow=True)
    assert gateway.sent("PATCH", "/user-service/users/me") == body
    assert "We have sent a mail to new@example.com" in response.text


def test_the_audit_log_tells_what_and_from_where(visitor: Client):
    text = visitor.get("/settings/activity").text
    assert "Login failed" in text
    assert "198.51.100.7" in text
    assert "deploy" in text
