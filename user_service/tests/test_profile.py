"""The account itself: read, change, delete; nobody else's, ever."""

import pytest

from common.testing.cast import client_for
from common.testing.contracts import assert_error, assert_ok
from user_service.gateways.base import gateway
from user_service.models import User
from user_service.tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def test_the_owner_reads_it_as_me_and_by_id(account):
    me = account.client.get("/api/users/me")
    assert me.status_code == 200
    assert set(me.json()) == {"id", "email", "name", "language", "time_zone", "created_at"}
    assert account.client.get(f"/api/users/{account.user.id}").json() == me.json()


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
@pytest.mark.parametrize("exists", [True, False])
def test_anybody_else_s_id_is_forbidden_whether_it_exists_or_not(account, other, method, exists):
    path = f"/api/users/{other.user.id if exists else 999_999}"
    assert_error(getattr(account.client, method)(path), 403, "FORBIDDEN")
    assert User.objects.living().count() == 2


@pytest.mark.parametrize("path", ["/api/users/me", "/api/users/1"])
@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_nobody_is_not_logged_in(anonymous, path, method):
    assert_error(getattr(anonymous, method)(path), 401, "NOT_LOGGED_IN")


@pytest.mark.parametrize("text", ["0", "-1", "abc", "01", str(2**63), "9" * 30])
def test_what_is_no_id_is_no_address(account, text):
    assert_error(account.client.get(f"/api/users/{text}"), 404, "NOT_FOUND")


def test_the_owner_changes_the_profile(account):
    response = account.client.patch("/api/users/me", {"name": "Ada", "language": "en", "time_zone": "Europe/Berlin"})
    assert response.status_code == 200
    body = response.json()
    assert (body["name"], body["language"], body["time_zone"]) == ("Ada", "en", "Europe/Berlin")
    assert account.client.get("/api/users/me").json() == body


def test_a_change_leaves_what_it_does_not_name(account):
    account.client.patch("/api/users/me", {"name": "Ada"})
    assert account.client.patch(f"/api/users/{account.user.id}", {"language": "en"}).json()["name"] == "Ada"


def test_another_email_needs_the_password(account):
    for extra in ({}, {"password": "wrong"}):
        body = assert_error(account.client.patch("/api/users/me", {"email": "new@example.com", **extra}), 400)
        assert list(body["errors"]) == ["password"]
    response = account.client.patch("/api/users/me", {"email": "New@example.com", "password": PASSWORD})
    assert response.json()["email"] == "new@example.com"


def test_the_same_email_needs_no_password(account):
    assert account.client.patch("/api/users/me", {"email": "OWNER@example.com"}).status_code == 200


def test_another_user_s_email_is_taken(account, other):
    response = account.client.patch("/api/users/me", {"email": other.user.email, "password": PASSWORD})
    assert_error(response, 400, "EMAIL_TAKEN")


def test_id_and_time_of_creation_cannot_be_changed(account):
    before = account.client.get("/api/users/me").json()
    assert account.client.patch("/api/users/me", {"id": 7, "created_at": "2020-01-01T00:00:00Z"}).json() == before


def test_the_password_is_changed_with_the_old_one_and_other_logins_end(account, anonymous):
    named = account.client.post("/api/keys", {"name": "ci"}).json()
    anonymous.post("/api/login", {"email": account.user.email, "password": PASSWORD})
    assert_ok(
        account.client.post(
            "/api/users/me/password", {"current_password": PASSWORD, "new_password": "another fine sentence"}
        )
    )
    left = {str(key.credential) for key in account.user.keys.filter(kind="login")}
    assert left == {account.credential}
    assert account.user.keys.filter(id=named["id"]).exists()
    login = {"email": account.user.email, "password": "another fine sentence"}
    assert anonymous.post("/api/login", login).status_code == 200


@pytest.mark.parametrize(
    ("current", "new", "field"),
    [("wrong", "another fine sentence", "current_password"), (PASSWORD, "short", "new_password")],
)
def test_a_wrong_or_weak_password_changes_nothing(account, current, new, field):
    response = account.client.post("/api/users/me/password", {"current_password": current, "new_password": new})
    assert list(assert_error(response, 400, "VALIDATION_FAILED")["errors"]) == [field]


def test_the_holder_of_a_key_guesses_the_password_only_so_often(account):
    body = {"current_password": "wrong", "new_password": "another fine sentence"}
    answers = [account.client.post("/api/users/me/password", body).status_code for _ in range(11)]
    assert answers == [400] * 10 + [429]


def test_the_password_of_nobody_cannot_be_changed(anonymous):
    assert_error(anonymous.post("/api/users/me/password", {}), 401, "NOT_LOGGED_IN")


def test_a_deleted_account_leaves_a_tombstone_without_personal_data_and_no_keys(account):
    account.client.patch("/api/users/me", {"name": "Ada", "time_zone": "Europe/Berlin"})
    response = account.client.delete(f"/api/users/{account.user.id}", {"password": PASSWORD})
    assert response.status_code == 204
    assert response.content == b""
    user = User.objects.get(id=account.user.id)
    assert user.deleted
    assert (user.email, user.name, user.password, user.time_zone) == ("", "", "", "Asia/Seoul")
    assert not user.keys.exists()
    assert list(gateway().list_consumers()) == []


def test_whoever_still_holds_a_key_of_a_deleted_account_is_not_logged_in(account):
    account.client.delete("/api/users/me", {"password": PASSWORD})
    assert_error(account.client.get("/api/users/me"), 401, "NOT_LOGGED_IN")
    assert_error(account.client.post("/api/keys", {"name": "ci"}), 401, "NOT_LOGGED_IN")
    assert_error(client_for(account.user.id).delete(f"/api/users/{account.user.id}"), 401, "NOT_LOGGED_IN")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "users/me"),
        ("patch", "users/me"),
        ("get", "users/me/events"),
        ("get", "users/me/totp"),
        ("post", "users/me/totp"),
        ("post", "users/me/password"),
        ("get", "keys"),
        ("post", "keys"),
        ("delete", "keys/1"),
        ("post", "logout"),
    ],
)
@pytest.mark.parametrize("gone", ["deleted", "disabled"])
def test_of_an_owner_who_is_gone_nothing_is_read_or_made(account, method, path, gone):
    """Their key may be believed for some seconds more, on another node of the gateway."""
    if gone == "deleted":
        account.client.delete("/api/users/me", {"password": PASSWORD})
    else:
        User.objects.update(is_active=False)
    assert_error(getattr(account.client, method)(f"/api/{path}", {"name": "ci"}), 401, "NOT_LOGGED_IN")
    assert not User.objects.living().exists()
