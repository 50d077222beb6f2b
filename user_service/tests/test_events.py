"""The audit log, and the use of keys that the services behind the gateway report."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from common.testing.contracts import assert_error, assert_ok, assert_page
from user_service.models import Key, SecurityEvent
from user_service.tasks import purge
from user_service.tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def kinds(client):
    return [event["kind"] for event in assert_page(client.get("/api/users/me/events"))]


def test_a_user_reads_what_happened_to_the_account_the_newest_first(anonymous, account):
    home = {"HTTP_X_FORWARDED_FOR": "198.51.100.7"}
    anonymous.post("/api/login", {"email": account.user.email, "password": "wrong"}, **home)
    anonymous.post("/api/login", {"email": account.user.email, "password": PASSWORD}, **home)
    key = account.client.post("/api/keys", {"name": "ci"}).json()
    account.client.delete(f"/api/keys/{key['id']}")
    account.client.patch("/api/users/me", {"email": "new@example.com", "password": PASSWORD})
    account.client.post(
        "/api/users/me/password", {"current_password": PASSWORD, "new_password": "another fine sentence"}
    )
    events = assert_page(account.client.get("/api/users/me/events"), total=7)
    assert [event["kind"] for event in events] == [
        "password_changed", "email_changed", "key_revoked", "key_created", "logged_in", "login_failed", "signed_up",
    ]  # fmt: skip
    assert set(events[0]) == {"id", "kind", "address", "detail", "created_at"}
    assert events[2]["detail"] == "ci"
    assert events[4]["address"] == "198.51.100.7"


def test_nobody_reads_another_user_s_events(account, other, anonymous):
    assert kinds(other.client) == ["signed_up"]
    assert_error(anonymous.get("/api/users/me/events"), 401, "NOT_LOGGED_IN")


def test_a_wrong_login_at_no_account_is_noted_for_nobody(anonymous, account):
    anonymous.post("/api/login", {"email": "nobody@example.com", "password": PASSWORD})
    assert SecurityEvent.objects.get(kind="login_failed").user is None
    assert kinds(account.client) == ["signed_up"]


def test_logging_out_is_noted(account):
    account.client.post("/api/logout")
    assert kinds(account.client) == ["logged_out", "signed_up"]


def test_the_events_of_a_deleted_account_go_with_it(account):
    account.client.delete("/api/users/me", {"password": PASSWORD})
    assert not SecurityEvent.objects.exists()


def test_events_are_kept_for_a_year(account):
    SecurityEvent.objects.update(created_at=timezone.now() - timedelta(days=366))
    account.client.post("/api/keys", {"name": "ci"})
    purge()
    assert kinds(account.client) == ["key_created"]


def used(internal, *entries):
    keys = [{"credential": str(credential), "used_at": at.isoformat()} for credential, at in entries]
    return internal.post("/keys/used", {"keys": keys})


def test_the_services_report_when_keys_were_used(internal, account, other):
    now = timezone.now()
    assert_ok(used(internal, (account.credential, now), (uuid4(), now)))
    assert Key.objects.get(user=account.user).last_used_at == now
    assert Key.objects.get(user=other.user).last_used_at is None


def test_an_older_use_changes_nothing_and_the_latest_of_a_batch_counts(internal, account):
    now = timezone.now()
    assert_ok(used(internal, (account.credential, now), (account.credential, now - timedelta(hours=1))))
    assert_ok(used(internal, (account.credential, now - timedelta(hours=2))))
    assert Key.objects.get().last_used_at == now


def test_a_time_ahead_of_our_clock_counts_as_now(internal, account):
    assert_ok(used(internal, (account.credential, timezone.now() + timedelta(days=1))))
    assert Key.objects.filter(last_used_at__lte=timezone.now()).exists()


def test_an_odd_report_is_refused(internal, anonymous, account):
    for body in ({}, {"keys": [{"credential": "x"}]}, {"keys": "x"}):
        assert_error(internal.post("/keys/used", body), 400, "VALIDATION_FAILED")
    assert_ok(internal.post("/keys/used", {"keys": []}))
    assert_error(anonymous.post("/keys/used", {"keys": []}), 404, "NOT_FOUND")
