"""Logging in and out, and where keys are kept."""

import io
import stat

import pytest

from pong_cli import profiles
from pong_cli.tests.conftest import KEY, USER, page


def test_a_login_keeps_the_key_where_only_its_owner_can_read(api, host, pong, monkeypatch, home):
    api.expect_request(
        "/user-service/login", method="POST", json={"email": "you@example.com", "password": "secret words"}
    ).respond_with_json(USER | {"key": KEY})
    monkeypatch.setattr("sys.stdin", io.StringIO("secret words\n"))
    ended = pong("login", "--email", "you@example.com", "--password-stdin", "--host", host)
    assert (ended.code, ended.err) == (0, "")
    assert "you@example.com" in ended.out
    assert KEY not in ended.out
    assert stat.S_IMODE(profiles.path().stat().st_mode) == 0o600
    assert stat.S_IMODE(profiles.path().parent.stat().st_mode) == 0o700
    api.expect_request("/user-service/users/me", headers={"apikey": KEY}).respond_with_json(USER)
    assert pong("whoami", "--output", "json").json == USER | {"host": host}


def test_a_second_factor_is_given_with_code(api, host, pong, monkeypatch):
    body = {"email": "you@example.com", "password": "secret words"}
    api.expect_request("/user-service/login", json=body).respond_with_json(
        {"message": "Enter the code.", "code": "CODE_NEEDED"}, 400
    )
    api.expect_request("/user-service/login", json=body | {"code": "123456"}).respond_with_json(USER | {"key": KEY})
    arguments = ("login", "--email", "you@example.com", "--password-stdin", "--host", host)
    monkeypatch.setattr("sys.stdin", io.StringIO("secret words\n"))
    ended = pong(*arguments)
    assert (ended.code, ended.err) == (2, "pong: Enter the code.\nGive it with --code.\n")
    monkeypatch.setattr("sys.stdin", io.StringIO("secret words\n"))
    assert pong(*arguments, "--code", "123456").code == 0


def test_a_key_is_tried_before_it_is_kept(api, host, pong):
    api.expect_request("/user-service/users/me").respond_with_json({"message": "No.", "code": "NOT_LOGGED_IN"}, 401)
    ended = pong("login", "--key", "wrong", "--host", host)
    assert ended.code == 3
    assert not profiles.path().exists()


def test_signing_up_logs_in(api, host, pong, monkeypatch):
    api.expect_request("/user-service/users", method="POST").respond_with_json(USER | {"key": KEY}, 201)
    monkeypatch.setattr("sys.stdin", io.StringIO("secret words\n"))
    assert pong("signup", "--email", "you@example.com", "--password-stdin", "--host", host).code == 0
    assert profiles.profile_of(None).key == KEY


def test_where_mails_are_confirmed_signing_up_says_so_and_keeps_nothing(api, host, pong, monkeypatch):
    api.expect_request("/user-service/users", method="POST").respond_with_json({"status": "ok"}, 201)
    monkeypatch.setattr("sys.stdin", io.StringIO("secret words\n"))
    ended = pong("signup", "--email", "you@example.com", "--password-stdin", "--host", host)
    assert "on its way to you@example.com" in ended.out
    assert not profiles.path().exists()


@pytest.mark.parametrize("status", [200, 401])
def test_logging_out_forgets_the_key_even_where_the_api_does_not_know_it_any_more(api, host, pong, status):
    profiles.save("default", {"default": profiles.Profile(host, KEY, "you@example.com")})
    body = {"status": "ok"} if status == 200 else {"message": "Log in first.", "code": "NOT_LOGGED_IN"}
    api.expect_request("/user-service/logout", method="POST", headers={"apikey": KEY}).respond_with_json(body, status)
    assert pong("logout").code == 0
    assert profiles.stored()[1]["default"].key == ""


def test_without_a_key_the_exit_code_is_three_and_the_hint_says_what_to_do(pong):
    ended = pong("ls")
    assert ended.code == 3
    assert "pong login" in ended.err


def test_profiles_are_listed_without_their_keys_switched_and_forgotten(pong):
    profiles.save("home", {"home": profiles.Profile("https://a", KEY), "work": profiles.Profile("https://b")})
    listed = pong("profiles", "-o", "json")
    assert [(row["name"], row["current"], row["logged_in"]) for row in listed.json] == [
        ("home", True, True), ("work", False, False),
    ]  # fmt: skip
    assert KEY not in listed.out
    assert pong("profiles", "use", "work").code == 0
    assert profiles.stored()[0] == "work"
    assert pong("profiles", "rm", "work").code == 0
    assert profiles.stored()[0] == "home"
    assert pong("profiles", "use", "nowhere").code == 2


def test_a_profile_that_is_asked_for_must_exist(pong):
    ended = pong("ls", "--profile", "nowhere")
    assert ended.code == 2
    assert "nowhere" in ended.err


def test_the_environment_alone_is_enough(api, pong, logged_in):
    api.expect_request("/user-service/keys", headers={"apikey": KEY}).respond_with_json(page())
    assert pong("keys").out == "No named keys.\n"


def test_a_damaged_file_is_named(pong):
    profiles.path().parent.mkdir()
    profiles.path().write_text("{")
    ended = pong("profiles")
    assert ended.code == 2
    assert str(profiles.path()) in ended.err


@pytest.mark.usefixtures("logged_in")
@pytest.mark.parametrize("option", [(), ("--revoke-keys",), ("--keep-keys",)])
def test_the_password_is_changed_from_two_lines(api, pong, monkeypatch, option):
    revoked = option == ("--revoke-keys",)
    body = {"current_password": "secret words", "new_password": "other words", "revoke_keys": revoked}
    api.expect_request("/user-service/users/me/password", method="POST", json=body).respond_with_json({"status": "ok"})
    monkeypatch.setattr("sys.stdin", io.StringIO("secret words\nother words\n"))
    ended = pong("password", "--password-stdin", *option)
    assert (ended.code, ended.out) == (0, "The password is changed.\n"), ended.err
