"""What the other services read."""

import pytest

from common.testing.contracts import assert_error
from user_service.tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)
ITEM = {"id", "email", "name", "language", "time_zone", "deleted", "quotas", "created_at"}


def test_the_feed_tells_of_new_changed_and_deleted_users(internal, account, other):
    first = internal.get("/users").json()
    assert [item["email"] for item in first["items"]] == ["owner@example.com", "other@example.com"]
    assert set(first["items"][0]) == ITEM
    account.client.patch("/api/users/me", {"name": "Ada"})
    other.client.delete("/api/users/me", {"password": PASSWORD})
    second = internal.get(f"/users?changed_since={first['cursor']}").json()
    assert [(item["id"], item["name"], item["deleted"]) for item in second["items"]] == [
        (account.user.id, "Ada", False),
        (other.user.id, "", True),
    ]
    assert second["items"][1]["email"] == ""
    assert internal.get(f"/users?changed_since={second['cursor']}").json()["items"] == []


def test_the_feed_comes_in_pages(internal, account, other):
    first = internal.get("/users?per_page=1").json()
    second = internal.get(f"/users?per_page=1&changed_since={first['cursor']}").json()
    assert [item["id"] for item in first["items"] + second["items"]] == [account.user.id, other.user.id]


def test_a_strange_cursor_is_refused(internal, account):
    assert_error(internal.get("/users?changed_since=!!"), 400, "VALIDATION_FAILED")


def test_one_user_is_the_same_item(internal, account):
    item = internal.get(f"/users/{account.user.id}").json()
    assert set(item) == ITEM
    assert internal.get("/users").json()["items"] == [item]
    assert_error(internal.get("/users/999999"), 404, "NOT_FOUND")


@pytest.mark.parametrize("path", ["/users", "/users/1", "/auth"])
def test_without_the_token_there_is_no_such_address(anonymous, account, path):
    assert_error(anonymous.get(path), 404, "NOT_FOUND")
    assert_error(account.client.get(path), 404, "NOT_FOUND")
