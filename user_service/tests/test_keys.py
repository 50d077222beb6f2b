"""Named keys."""

from datetime import timedelta

import pytest
from django.utils import timezone

from common.testing.contracts import assert_error, assert_page
from user_service.gateways.base import gateway
from user_service.keys import services as key_services
from user_service.models import Key, LocalKey
from user_service.tasks import purge
from user_service.tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
FIELDS = {"id", "name", "created_at", "expires_at", "last_used_at"}


def test_a_named_key_is_shown_once(account):
    response = account.client.post("/api/keys", {"name": "ci"})
    assert response.status_code == 201
    made = response.json()
    assert set(made) == {*FIELDS, "key"}
    assert (made["name"], made["expires_at"], made["last_used_at"]) == ("ci", None, None)
    (listed,) = assert_page(account.client.get("/api/keys"), total=1)
    assert set(listed) == FIELDS


def test_the_store_holds_no_key_in_clear(account):
    key = account.client.post("/api/keys", {"name": "ci"}).json()["key"]
    assert all(key.encode() not in bytes(stored.digest) for stored in LocalKey.objects.all())


def test_a_key_may_expire(account):
    when = timezone.now() + timedelta(days=7)
    made = account.client.post("/api/keys", {"name": "ci", "expires_at": when.isoformat()}).json()
    assert made["expires_at"] == when.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "x" * 101},
        {"name": "\0"},
        {"name": "ci", "expires_at": "2020-01-01T00:00:00Z"},
        {"name": "ci", "expires_at": "2090-01-01T00:00:00Z"},
    ],
)
def test_an_odd_key_is_refused(account, body):
    assert_error(account.client.post("/api/keys", body), 400, "VALIDATION_FAILED")


def test_an_account_has_only_so_many(account, monkeypatch):
    monkeypatch.setattr(key_services, "MOST_NAMED_KEYS", 2)
    assert account.client.post("/api/keys", {"name": "a"}).status_code == 201
    assert account.client.post("/api/keys", {"name": "b"}).status_code == 201
    assert_error(account.client.post("/api/keys", {"name": "c"}), 400, "TOO_MANY_KEYS")


def test_the_list_is_paged_with_the_newest_first_and_holds_no_logins(account, other):
    for number in range(3):
        account.client.post("/api/keys", {"name": str(number)})
    other.client.post("/api/keys", {"name": "not mine"})
    first = assert_page(account.client.get("/api/keys?per_page=2"), total=3)
    second = assert_page(account.client.get("/api/keys?per_page=2&page=2"), total=3)
    assert [key["name"] for key in first + second] == ["2", "1", "0"]


def test_a_deleted_key_is_gone_at_the_gateway_too(account):
    made = account.client.post("/api/keys", {"name": "ci"}).json()
    assert len(gateway().list_keys(user_id=account.user.id)) == 2
    response = account.client.delete(f"/api/keys/{made['id']}")
    assert response.status_code == 204
    assert [str(key) for key in gateway().list_keys(user_id=account.user.id)] == [account.credential]
    assert_error(account.client.delete(f"/api/keys/{made['id']}"), 404, "NOT_FOUND")


def test_an_outsider_s_key_is_forbidden(account, other):
    made = account.client.post("/api/keys", {"name": "ci"}).json()
    assert_error(other.client.delete(f"/api/keys/{made['id']}"), 403, "FORBIDDEN")
    assert Key.objects.filter(id=made["id"]).exists()


def test_a_login_s_key_is_no_named_key(account):
    assert_error(account.client.delete(f"/api/keys/{account.user.keys.get().id}"), 404, "NOT_FOUND")


@pytest.mark.parametrize(("method", "path"), [("get", "keys"), ("post", "keys"), ("delete", "keys/1")])
def test_nobody_has_no_keys(anonymous, method, path):
    assert_error(getattr(anonymous, method)(f"/api/{path}"), 401, "NOT_LOGGED_IN")


def test_purge_removes_expired_keys_and_old_tombstones(account, other):
    made = account.client.post("/api/keys", {"name": "ci"}).json()
    Key.objects.filter(id=made["id"]).update(expires_at=timezone.now() - timedelta(seconds=1))
    other.client.delete("/api/users/me", {"password": PASSWORD})
    type(other.user).objects.filter(id=other.user.id).update(deleted_at=timezone.now() - timedelta(days=91))
    purge()
    assert [str(key) for key in gateway().list_keys(user_id=account.user.id)] == [account.credential]
    assert not Key.objects.filter(id=made["id"]).exists()
    assert not type(other.user).objects.filter(id=other.user.id).exists()


# FIX
