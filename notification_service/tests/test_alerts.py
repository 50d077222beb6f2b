"""The way of an alert: taken once, told on the channels that want it, followed by its recovery."""

from datetime import timedelta

import pytest

from common.models import DeadLetter
from common.testing.cast import OWNER_ID
from common.testing.contracts import assert_error, assert_ok
from notification_service.deliveries import sending
from notification_service.feeds import endpoints, users
from notification_service.models import Delivery, Notification
from notification_service.tests.conftest import alert, endpoint_item, make_due, send, user_item

pytestmark = pytest.mark.usefixtures("known_users")


def slack_channel(**changes):
    settings = {"domain": "acme", "channel": "#ops", "token": "xoxb-1"}
    return Notification.objects.create(user_id=OWNER_ID, name="ops", kind="slack", settings=settings, **changes)


def test_a_down_alert_reaches_the_owners_first_channel(internal, peers):
    body = assert_ok(send(internal, alert()))
    assert (body["accepted"], body["refused"]) == (1, [])
    sending.deliveries_send()
    (mail,) = peers.mails
    assert mail["to"] == ["user1@example.com"]
    assert mail["subject"] == "Down: api.example.com (connection refused)"
    assert "Connection refused by 203.0.113.7:443 after 12 ms" in mail["text"]
    assert "https://pongpong.example/endpoints/7" in mail["text"]
    assert "https://pongpong.example/endpoints/7" in mail["html"]
    delivery = Delivery.objects.get()
    assert delivery.state == "delivered"
    assert mail["idempotency_key"] == f"delivery-{delivery.id}"
    assert delivery.attempts.get().outcome == "delivered"


def test_a_korean_is_told_in_korean(internal, peers):
    users.users_apply([user_item(OWNER_ID, language="ko")])
    cause = {"code": "refused", "params": {"address": "203.0.113.7:443", "time": 12}}
    down = alert(cause_data=cause)
    send(internal, down)
    sending.deliveries_send()
    send(internal, alert("up", incident_id=down["incident_id"]))
    make_due()
    sending.deliveries_send()
    assert [mail["subject"] for mail in peers.mails] == [
        "다운: api.example.com (연결 거부)",
        "복구됨: api.example.com (4분 12초 동안 다운)",
    ]
    assert "2026-11-23 14:00:00 KST" in peers.mails[0]["text"]
    assert "203.0.113.7:443 서버가 12 ms 만에 연결을 거부했습니다" in peers.mails[0]["text"]


@pytest.mark.parametrize("data", [None, "x", {"code": 7}, {"code": "refused", "params": {"address": [1]}}])
def test_a_cause_that_is_no_data_is_told_by_its_sentence(internal, peers, data):
    users.users_apply([user_item(OWNER_ID, language="ko")])
    assert assert_ok(send(internal, alert(cause="The dog ate it", cause_data=data)))["accepted"] == 1
    sending.deliveries_send()
    assert "The dog ate it" in peers.mails[0]["text"]


def test_a_single_alert_is_taken_without_a_list(internal, peers):
    assert assert_ok(internal.post("/notifications/send", alert()))["accepted"] == 1


def test_the_same_alert_twice_is_told_once(internal, peers):
    down = alert()
    for _ in range(2):
        assert assert_ok(send(internal, down, down))["accepted"] == 2
        sending.deliveries_send()
    assert len(peers.mails) == 1


def test_a_row_that_is_no_alert_is_set_aside_and_the_others_are_taken(internal, peers):
    body = assert_ok(send(internal, alert(), "nonsense", alert() | {"event": None}))
    assert body["accepted"] == 1
    assert [refused["index"] for refused in body["refused"]] == [1, 2]
    assert list(DeadLetter.objects.order_by("id").values_list("queue", flat=True)) == ["alerts", "alerts"]
    sending.deliveries_send()
    assert len(peers.mails) == 1


def test_an_event_of_a_later_version_is_taken_and_skipped(internal, peers, caplog):
    body = assert_ok(send(internal, alert("exploded"), alert()))
    assert (body["accepted"], body["refused"]) == (2, [])
    assert "exploded" in caplog.text
    assert Delivery.objects.count() == 1


def test_more_than_five_thousand_alerts_are_refused(internal, peers):
    assert_error(internal.post("/notifications/send", {"alerts": [{}] * 5001}), 400)


def test_every_channel_that_wants_it_is_told(internal, peers):
    slack_channel()
    slack_channel(events=["up"])
    slack_channel(endpoint_ids=[8])
    slack_channel(enabled=False)
    send(internal, alert())
    sending.deliveries_send()
    assert (len(peers.mails), len(peers.slacks)) == (1, 1)
    (message,) = peers.slacks
    assert message["token"] == "xoxb-1"
    assert message["channel"] == "#ops"
    assert message["text"] == "Down: api.example.com (connection refused)"
    assert message["attachments"]


def test_tags_choose_endpoints(internal, peers):
    endpoints.endpoints_apply([endpoint_item(7, tags=["shop"]), endpoint_item(8, tags=["blog"])])
    slack_channel(tags=["shop", "api"])
    send(internal, alert(endpoint_id=7), alert(endpoint_id=8))
    sending.deliveries_send()
    (message,) = peers.slacks
    assert message["text"] == "Down: api.example.com (connection refused)"


def test_a_recovery_says_how_long_it_was_down(internal, peers):
    down = alert()
    send(internal, down)
    sending.deliveries_send()
    send(internal, alert("up", incident_id=down["incident_id"]))
    make_due()
    sending.deliveries_send()
    assert peers.mails[1]["subject"] == "Recovered: api.example.com (was down for 4 min 12 s)"


def test_no_recovery_follows_an_alert_that_was_not_told(internal, peers):
    channel = slack_channel(events=["up"])
    down = alert()
    send(internal, down)
    send(internal, alert("up", incident_id=down["incident_id"]))
    assert not Delivery.objects.filter(channel=channel).exists()


def test_alerts_that_come_before_the_first_has_left_join_it(internal, peers):
    send(internal, alert(), alert(endpoint_id=8, endpoint_name="site 8"))
    send(internal, alert(endpoint_id=9, endpoint_name="site 9"))
    sending.deliveries_send()
    assert [mail["subject"] for mail in peers.mails] == ["Down 3: api.example.com, site 8 and 1 more"]


def test_a_first_alert_goes_at_once_and_what_follows_within_five_seconds_is_one_message(internal, peers):
    send(internal, alert())
    sending.deliveries_send()
    for number in range(8, 11):
        send(internal, alert(endpoint_id=number, endpoint_name=f"site {number}"))
    sending.deliveries_send()
    assert len(peers.mails) == 1
    first, grouped = Delivery.objects.order_by("id")
    assert grouped.due_at - first.due_at == timedelta(seconds=5)
    make_due()
    sending.deliveries_send()
    assert peers.mails[1]["subject"] == "Down 3: site 8, site 9 and 1 more"
    assert all(f"site {number}" in peers.mails[1]["text"] for number in range(8, 11))


def test_a_user_whom_the_feed_has_not_brought_is_asked_for(internal, peers):
    peers.users[3] = user_item(3)
    send(internal, alert(user_id=3))
    sending.deliveries_send()
    assert peers.mails[0]["to"] == ["user3@example.com"]


def test_an_alert_of_nobody_is_taken_and_told_to_nobody(internal, peers):
    assert assert_ok(send(internal, alert(user_id=99)))["accepted"] == 1
    assert not Delivery.objects.exists()


def test_alerts_wait_at_the_sender_while_the_user_cannot_be_asked_for(internal, settings):
    settings.SERVICE_URLS = dict.fromkeys(settings.SERVICE_URLS, "http://127.0.0.1:9")
    assert_error(send(internal, alert(user_id=3)), 503)


def test_what_waits_for_a_deleted_endpoint_is_cancelled(internal, peers):
    send(internal, alert())
    endpoints.endpoints_apply([endpoint_item(7, deleted=True)])
    sending.deliveries_send()
    assert peers.mails == []
    assert Delivery.objects.get().state == "cancelled"


def test_without_the_fleets_token_the_paths_do_not_exist(anonymous, owner):
    for client in (anonymous, owner):
        assert_error(client.post("/notifications/send", {"alerts": []}), 404)
        assert_error(client.get("/notifications"), 404)
        assert_error(client.get("/notifications/1"), 404)
        assert_error(client.get("/incidents/018f2e1a-0000-7000-8000-000000000000/deliveries"), 404)
        assert_error(client.post("/incidents/018f2e1a-0000-7000-8000-000000000000/acknowledge"), 404)


def test_an_alert_of_a_newer_contract_is_set_aside_and_its_neighbours_are_told(internal, known_users):
    body = assert_ok(send(internal, alert() | {"contract": 99}, alert() | {"contract": 1}, alert()))
    assert body["accepted"] == 2
    assert body["refused"] == [{"index": 0, "message": "No contract that is known here."}]
