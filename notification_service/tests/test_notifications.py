"""Channels through the public API, for their owner, for an outsider, and for nobody."""

from typing import Any

import pytest
from django.db import connection

from common.contracts.fields import MASK
from common.testing.cast import OUTSIDER_ID, OWNER_ID
from common.testing.contracts import assert_error, assert_ok, assert_page
from notification_service.deliveries import sending
from notification_service.feeds import users
from notification_service.models import Delivery, Notification
from notification_service.tasks import sync
from notification_service.tests.conftest import user_item

SLACK: dict[str, Any] = {
    "name": "ops",
    "kind": "slack",
    "settings": {"domain": "acme", "channel": "#ops", "token": "xoxb-secret"},
}


@pytest.fixture
def own(known_users):
    return Notification.objects.get(user_id=OWNER_ID)


def test_a_new_user_has_one_email_channel_for_everything(owner, own):
    (channel,) = assert_page(owner.get("/api/notifications"), total=1)
    assert channel["kind"] == "email"
    assert channel["settings"] == {"addresses": ["user1@example.com"]}
    assert channel["enabled"] is True
    assert set(channel["events"]) >= {"down", "up", "degraded", "recovered", "certificate"}
    assert (channel["endpoint_ids"], channel["tags"], channel["unconfirmed_addresses"]) == ([], [], [])


@pytest.mark.django_db
def test_the_first_look_brings_the_channel_before_the_feed_does(owner, peers):
    peers.users[OWNER_ID] = user_item(OWNER_ID)
    assert_page(owner.get("/api/notifications"), total=1)
    users.users_apply([user_item(OWNER_ID)])
    assert_page(owner.get("/api/notifications"), total=1)


def test_a_deleted_first_channel_does_not_come_back(owner, own):
    assert owner.delete(f"/api/notifications/{own.id}").status_code == 204
    users.users_apply([user_item(OWNER_ID)])
    assert_page(owner.get("/api/notifications"), total=0)


def test_a_channel_is_made_shown_changed_and_deleted(owner, own):
    made = owner.post("/api/notifications", SLACK)
    assert made.status_code == 201, made.json()
    channel = made.json()
    assert channel["settings"] == {"domain": "acme", "channel": "#ops", "token": MASK}
    address = f"/api/notifications/{channel['id']}"
    assert owner.get(address).json() == channel
    changed = owner.patch(address, {"name": "night", "events": ["down", "up", "down"], "tags": ["shop"]}).json()
    assert (changed["name"], changed["events"], changed["tags"]) == ("night", ["down", "up"], ["shop"])
    assert owner.delete(address).status_code == 204
    assert_error(owner.get(address), 404)


def test_a_mask_that_is_sent_back_keeps_the_secret(owner, own):
    channel = owner.post("/api/notifications", SLACK).json()
    owner.patch(f"/api/notifications/{channel['id']}", {"settings": channel["settings"] | {"channel": "#night"}})
    stored = Notification.objects.get(id=channel["id"]).settings
    assert stored == {"domain": "acme", "channel": "#night", "token": "xoxb-secret"}


def test_a_mask_without_a_stored_secret_is_refused(owner, own):
    settings = SLACK["settings"] | {"token": MASK}
    body = assert_error(owner.post("/api/notifications", SLACK | {"settings": settings}), 400, "VALIDATION_FAILED")
    assert "settings.token" in body["errors"]


def test_secrets_are_encrypted_in_the_database(owner, own):
    owner.post("/api/notifications", SLACK)
    with connection.cursor() as cursor:
        cursor.execute("SELECT settings FROM notification_service_notification")
        assert not any("xoxb" in text for (text,) in cursor.fetchall())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "pigeon"),
        ("name", ""),
        ("name", "x" * 101),
        ("events", ["exploded"]),
        ("endpoint_ids", [0]),
        ("endpoint_ids", [2**63]),
        ("endpoint_ids", "all"),
        ("tags", ["x" * 101]),
        ("settings", {}),
        ("settings", []),
        ("settings", "text"),
        ("settings", {"channel": "#ops"}),
        ("settings", {"webhook_url": "no address"}),
        ("settings", {"webhook_url": "http://[::1"}),
        ("settings", {"webhook_url": "https://a:b/"}),
        ("settings", {"webhook_url": "https://[v1.a/"}),
        ("settings", {"channel": "#ops", "token": "a\nb"}),
        ("delay", -1),
        ("remind_every", 1_000_000),
        ("quiet_from", "22:00"),
    ],
)
def test_what_is_no_channel_is_refused(owner, own, field, value):
    assert_error(owner.post("/api/notifications", SLACK | {field: value}), 400, "VALIDATION_FAILED")


@pytest.mark.parametrize(
    "address", ["İ@example.com", "ſ@example.com", "\u212a@example.com", "a@" + "ü" * 63 + ".example"]
)
def test_an_address_that_no_server_can_be_told_is_refused(owner, own, address):
    channel = {"name": "Mail", "kind": "email", "settings": {"addresses": ["ops@example.com", address]}}
    body = assert_error(owner.post("/api/notifications", channel), 400, "VALIDATION_FAILED")
    assert list(body["errors"]) == ["settings.addresses.1"]


def test_quiet_hours_are_hours_of_the_users_own_day(owner, own):
    path = f"/api/notifications/{own.id}"
    answer = owner.patch(path, {"quiet_from": "22:00", "quiet_to": "07:30:00"}).json()
    assert (answer["quiet_from"], answer["quiet_to"]) == ("22:00", "07:30")
    body = assert_error(owner.patch(path, {"quiet_from": "22:00:00Z"}), 400, "VALIDATION_FAILED")
    assert list(body["errors"]) == ["quiet_from"]


def test_the_kind_of_a_channel_stays(owner, own):
    assert_error(owner.patch(f"/api/notifications/{own.id}", {"kind": "slack"}), 400, "VALIDATION_FAILED")


def test_nobody_has_more_channels_than_their_quota(owner, own, settings):
    settings.QUOTAS = ["channels=3"]
    Notification.objects.create(user_id=OWNER_ID, name="x", kind="slack", settings={})
    assert owner.post("/api/notifications", SLACK).status_code == 201
    body = assert_error(owner.post("/api/notifications", SLACK), 400, "QUOTA_EXCEEDED")
    assert "3" in body["message"]
    usage = {row["name"]: row for row in assert_page(owner.get("/api/usage"))}
    assert (usage["channels"]["used"], usage["channels"]["most"]) == (3, 3)
    assert usage.keys() == {"channels", "mails_per_hour", "messages_per_hour", "test_messages_per_hour"}


PATHS = [
    ("get", ""), ("patch", ""), ("put", ""), ("delete", ""), ("post", "/test"), ("post", "/confirm"),
    ("get", "/deliveries"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_an_outsider_is_refused(outsider, own, method, path):
    assert_error(getattr(outsider, method)(f"/api/notifications/{own.id}{path}"), 403, "FORBIDDEN")


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_what_does_not_exist_is_not_found(owner, own, method, path):
    assert_error(getattr(owner, method)(f"/api/notifications/4711{path}"), 404, "NOT_FOUND")


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_nobody_is_asked_to_log_in(anonymous, own, method, path):
    assert_error(getattr(anonymous, method)(f"/api/notifications/{own.id}{path}"), 401, "NOT_LOGGED_IN")
    assert_error(anonymous.get("/api/notifications"), 401)
    assert_error(anonymous.post("/api/notifications"), 401)


def test_a_list_shows_only_ones_own(outsider, own):
    (channel,) = assert_page(outsider.get("/api/notifications"), total=1)
    assert channel["settings"]["addresses"] == ["user2@example.com"]


def test_a_test_delivers_for_real_and_is_kept(owner, own, peers):
    assert_ok(owner.post(f"/api/notifications/{own.id}/test"))
    assert peers.mails[0]["subject"] == "Test: alerts of pongpong arrive here"
    (delivery,) = assert_page(owner.get(f"/api/notifications/{own.id}/deliveries"), total=1)
    assert (delivery["reason"], delivery["state"], delivery["alerts"]) == ("test", "delivered", [])
    assert delivery["attempts"][0]["outcome"] == "delivered"


def test_a_failed_test_says_why_and_changes_nothing(owner, own, peers):
    channel = owner.post("/api/notifications", SLACK).json()
    peers.slack_answers = [
        {"status": "fail", "code": "INVALID_AUTH", "message": "Slack: invalid_auth", "permanent": True}
    ]
    body = owner.post(f"/api/notifications/{channel['id']}/test").json()
    assert body == {"status": "fail", "message": "Slack: invalid_auth"}
    assert owner.get(f"/api/notifications/{channel['id']}").json()["enabled"] is True
    assert Delivery.objects.get().state == "failed"


def test_strangers_are_asked_before_they_get_mail(owner, own, peers):
    channel = owner.patch(
        f"/api/notifications/{own.id}", {"settings": {"addresses": ["user1@example.com", "Boss@example.com"]}}
    ).json()
    assert channel["unconfirmed_addresses"] == ["Boss@example.com"]
    sending.deliveries_send()
    assert peers.mails[0]["to"] == ["Boss@example.com"]
    code = peers.mails[0]["subject"].split()[0]
    assert_ok(owner.post(f"/api/notifications/{own.id}/test"))
    assert peers.mails[1]["to"] == ["user1@example.com"]
    assert_error(owner.post(f"/api/notifications/{own.id}/confirm", {"code": "nonsense"}), 400, "INVALID_CODE")
    assert_ok(owner.post(f"/api/notifications/{own.id}/confirm", {"code": code}))
    assert owner.get(f"/api/notifications/{own.id}").json()["unconfirmed_addresses"] == []
    assert_ok(owner.post(f"/api/notifications/{own.id}/test"))
    assert peers.mails[2]["to"] == ["user1@example.com", "Boss@example.com"]


def test_guessing_ends_after_five_codes(owner, own, peers):
    owner.patch(f"/api/notifications/{own.id}", {"settings": {"addresses": ["boss@example.com"]}})
    sending.deliveries_send()
    code = peers.mails[0]["subject"].split()[0]
    for _ in range(5):
        assert_error(owner.post(f"/api/notifications/{own.id}/confirm", {"code": "1"}), 400, "INVALID_CODE")
    assert_error(owner.post(f"/api/notifications/{own.id}/confirm", {"code": code}), 400, "INVALID_CODE")


def test_another_code_can_be_had_after_a_minute(owner, own, peers):
    owner.patch(f"/api/notifications/{own.id}", {"settings": {"addresses": ["boss@example.com"]}})
    again = {"address": "boss@example.com"}
    assert_error(owner.post(f"/api/notifications/{own.id}/confirm", again), 429, "TOO_MANY_CODES")
    assert_error(owner.post(f"/api/notifications/{own.id}/confirm", {"address": "x@example.com"}), 404)


def test_a_changed_own_address_is_followed(owner, own):
    users.users_apply([user_item(OWNER_ID, email="new@example.com")])
    channel = owner.get(f"/api/notifications/{own.id}").json()
    assert channel["settings"] == {"addresses": ["new@example.com"]}
    assert channel["unconfirmed_addresses"] == []


def test_a_deleted_user_takes_everything_along(internal, own, peers):
    peers.feeds["/users"] = [user_item(OWNER_ID, deleted=True)]
    sync()
    assert [item["user_id"] for item in assert_page(internal.get("/notifications"))] == [OUTSIDER_ID]


def test_the_fleet_lists_channels_with_their_owner_and_without_secrets(internal, owner, own):
    owner.post("/api/notifications", SLACK)
    items = assert_page(internal.get("/notifications?user_id=1"), total=2)
    assert {item["user_id"] for item in items} == {OWNER_ID}
    assert "xoxb" not in str(items)
    assert internal.get(f"/notifications/{own.id}").json()["user_id"] == OWNER_ID
    assert_error(internal.get("/notifications/4711"), 404)
    assert_error(internal.get("/notifications?user_id=x"), 400)
