"""What happens to a delivery that is not simply taken: retries, permanent errors, leases, delay, quiet hours, reminders."""

from datetime import timedelta

import pytest
from django.utils import timezone
from prometheus_client import REGISTRY

from common.testing.cast import OWNER_ID
from common.testing.contracts import assert_ok, assert_page
from notification_service.channels.base import Outcome
from notification_service.deliveries import metrics, sending
from notification_service.deliveries.recording import delivery_record
from notification_service.models import Attempt, Delivery, Notification, OpenAlert
from notification_service.rules.open_alerts import open_alerts_look
from notification_service.rules.zones import zone_of
from notification_service.tests.conftest import alert, make_due, send, slack_only

pytestmark = pytest.mark.usefixtures("known_users")
BUSY = {"status": "fail", "code": "SMTP_451", "message": "451 later", "permanent": False, "retry_after": None}
GONE = {"status": "fail", "code": "SMTP_550", "message": "550 no such user", "permanent": True, "retry_after": None}
RATE = {
    "status": "fail",
    "code": "RATELIMITED",
    "message": "Slack: ratelimited",
    "permanent": False,
    "retry_after": 90.0,
}
AUTH = {"status": "fail", "code": "INVALID_AUTH", "message": "Slack: invalid_auth", "permanent": True}


def test_a_temporary_error_is_tried_again_with_the_same_key(internal, owner, peers):
    peers.email_answers = [BUSY]
    send(internal, alert())
    sending.deliveries_send()
    delivery = Delivery.objects.get()
    assert delivery.state == "pending"
    assert timedelta(seconds=5) <= delivery.next_attempt_at - timezone.now() + timedelta(seconds=3)
    make_due()
    sending.deliveries_send()
    first, second = peers.mails
    assert first["idempotency_key"] == second["idempotency_key"]
    (shown,) = assert_page(owner.get(f"/api/notifications/{delivery.channel_id}/deliveries"), total=1)
    assert shown["state"] == "delivered"
    assert [(attempt["outcome"], attempt["answer"]) for attempt in shown["attempts"]] == [
        ("temporary", "451 later"),
        ("delivered", f"<delivery-{delivery.id}@x>"),
    ]


def test_metrics_tell_of_attempts_and_of_what_waits(internal, peers):
    def value(name, **labels):
        return REGISTRY.get_sample_value(name, labels) or 0

    failed = value("pongpong_delivery_attempts_total", kind="email", outcome="temporary")
    delivered = value("pongpong_delivery_seconds_count")
    peers.email_answers = [BUSY]
    send(internal, alert())
    make_due()
    metrics.Watch().look()
    assert value("pongpong_deliveries_waiting") == 1
    sending.deliveries_send()
    assert value("pongpong_delivery_attempts_total", kind="email", outcome="temporary") == failed + 1
    make_due()
    sending.deliveries_send()
    metrics.Watch().look()
    assert value("pongpong_delivery_seconds_count") == delivered + 1
    assert value("pongpong_deliveries_waiting") == 0


def test_slacks_rate_limit_is_honoured(internal, peers):
    slack_only()
    peers.slack_answers = [RATE]
    send(internal, alert())
    before = timezone.now()
    sending.deliveries_send()
    assert Delivery.objects.get().next_attempt_at - before >= timedelta(seconds=90)


def test_a_wrong_token_switches_the_channel_off_and_tells_its_owner(internal, peers):
    channel = slack_only()
    peers.slack_answers = [AUTH]
    send(internal, alert())
    sending.deliveries_send()
    channel.refresh_from_db()
    assert (channel.enabled, channel.disabled_reason) == (False, "Slack: invalid_auth")
    (mail,) = peers.mails
    assert mail["to"] == ["user1@example.com"]
    assert mail["subject"] == "Channel switched off: ops"
    assert "Slack: invalid_auth" in mail["text"]
    send(internal, alert())
    sending.deliveries_send()
    assert len(peers.slacks) == 1


def test_a_channel_that_is_switched_on_again_forgets_why_it_was_off(internal, owner, peers):
    channel = slack_only(enabled=False, disabled_reason="Slack: invalid_auth")
    shown = owner.patch(f"/api/notifications/{channel.id}", {"enabled": True}).json()
    assert (shown["enabled"], shown["disabled_reason"]) == (True, "")


def test_a_refused_notice_makes_no_further_notice(internal, peers):
    peers.email_answers = [GONE, GONE]
    send(internal, alert())
    sending.deliveries_send()
    assert len(peers.mails) == 2
    assert set(Delivery.objects.values_list("state", flat=True)) == {"failed"}


def test_after_a_day_it_is_given_up_and_the_channel_stays(internal, peers):
    peers.email_answers = [BUSY]
    send(internal, alert())
    long_ago = timezone.now() - timedelta(hours=24)
    Delivery.objects.update(due_at=long_ago, next_attempt_at=long_ago)
    sending.deliveries_send()
    assert Delivery.objects.get().state == "failed"
    assert Notification.objects.get(user_id=OWNER_ID).enabled


def test_a_service_that_is_away_is_tried_again(internal, settings, peers):
    settings.SERVICE_URLS = dict.fromkeys(settings.SERVICE_URLS, "http://127.0.0.1:9")
    send(internal, alert())
    sending.deliveries_send()
    assert Delivery.objects.get().state == "pending"
    assert "email_service" in Attempt.objects.get().answer


def test_addresses_that_were_put_off_are_tried_again_alone(internal, peers):
    put_off = {"address": "user1@example.com", "code": "SMTP_451", "message": "451 later", "permanent": False}
    peers.email_answers = [{"status": "ok", "message_id": "<x>", "refused": [put_off]}]
    send(internal, alert())
    sending.deliveries_send()
    assert Delivery.objects.get().data == {"remaining": {"addresses": ["user1@example.com"]}}
    make_due()
    sending.deliveries_send()
    assert Delivery.objects.get().state == "delivered"


def test_a_claim_whose_sender_died_is_taken_again_after_its_lease(internal, peers):
    send(internal, alert())
    assert len(sending.deliveries_claim(limit=10)) == 1
    assert sending.deliveries_claim(limit=10) == []
    make_due()
    sending.deliveries_send()
    assert len(peers.mails) == 1
    unfinished, finished = Attempt.objects.order_by("number")
    assert (unfinished.finished_at, unfinished.outcome, finished.outcome) == (None, "", "delivered")


def test_the_result_of_an_attempt_that_was_overtaken_changes_nothing(internal, peers):
    send(internal, alert())
    (overtaken,) = sending.deliveries_claim(limit=1)
    make_due()
    sending.deliveries_send()
    delivery_record(job=overtaken, outcome=Outcome(ok=False, answer="late", permanent=True))
    assert Delivery.objects.get().state == "delivered"
    assert Notification.objects.get(user_id=OWNER_ID).enabled


def test_what_waited_for_a_mail_server_is_one_message_that_says_what_is_over(internal, peers):
    peers.email_answers = [BUSY]
    down = alert()
    send(internal, down)
    sending.deliveries_send()
    send(internal, alert("up", incident_id=down["incident_id"]), alert(endpoint_id=8, endpoint_name="site 8"))
    make_due(attempt_count=0)
    sending.deliveries_send()
    first, second = peers.mails
    assert first["subject"] == "Down: api.example.com (connection refused)"
    assert second["subject"] == "Recovered 1, Down 1: api.example.com, site 8"
    assert first["idempotency_key"] != second["idempotency_key"], "a receiver that knows the first one must take it"
    make_due()
    assert sending.deliveries_send() == 0
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["cancelled", "cancelled", "delivered"]


def test_a_recovery_waits_while_its_alert_is_on_its_way(internal, peers):
    down = alert()
    send(internal, down)
    (job,) = sending.deliveries_claim(limit=1)
    send(internal, alert("up", incident_id=down["incident_id"]))
    Delivery.objects.exclude(id=job.delivery_id).update(next_attempt_at=timezone.now())
    sending.deliveries_send()
    assert peers.mails == []
    delivery_record(job=job, outcome=sending.attempt(job))
    sending.deliveries_send()
    assert [mail["subject"].split(":")[0] for mail in peers.mails] == ["Down", "Recovered"]


def test_a_recovery_of_an_alert_that_failed_for_good_is_not_told(internal, peers):
    slack_only()
    peers.slack_answers = [RATE]
    down = alert()
    send(internal, down)
    sending.deliveries_send()
    send(internal, alert("up", incident_id=down["incident_id"]))
    Delivery.objects.filter(after=None).update(state="failed")
    make_due()
    sending.deliveries_send()
    assert len(peers.slacks) == 1
    assert Delivery.objects.latest("id").state == "cancelled"


def test_a_short_incident_within_the_delay_is_not_told(internal, peers):
    slack_only(delay=60)
    down = alert()
    send(internal, down)
    sending.deliveries_send()
    assert peers.slacks == []
    send(internal, alert("up", incident_id=down["incident_id"]))
    make_due()
    sending.deliveries_send()
    assert peers.slacks == []
    assert Delivery.objects.get().state == "cancelled"


def test_a_delay_of_one_incident_does_not_hold_back_another_that_lasts(internal, peers):
    slack_only(delay=60)
    short, lasting = alert(), alert(endpoint_id=8, endpoint_name="lasting")
    send(internal, short, lasting)
    send(internal, alert("up", incident_id=short["incident_id"]))
    make_due()
    sending.deliveries_send()
    (message,) = peers.slacks
    assert message["text"] == "Down: lasting (connection refused)"


def test_down_and_up_before_anything_left_are_one_message(internal, peers):
    down = alert()
    send(internal, down)
    send(internal, alert("up", incident_id=down["incident_id"]))
    sending.deliveries_send()
    (mail,) = peers.mails
    assert mail["subject"] == "Recovered: api.example.com (was down for 4 min 12 s)"


def test_quiet_hours_hold_alerts_back_until_they_end(internal, peers):
    now = timezone.now().astimezone(zone_of("Asia/Seoul"))
    slack_only(quiet_from=(now - timedelta(hours=1)).time(), quiet_to=(now + timedelta(hours=1)).time())
    send(internal, alert())
    sending.deliveries_send()
    assert peers.slacks == []
    wait = Delivery.objects.get().due_at - timezone.now()
    assert timedelta(minutes=59) < wait <= timedelta(hours=1)


def test_reminders_come_until_somebody_acknowledges(internal, peers):
    slack_only(remind_every=10)
    down = alert()
    send(internal, down)
    sending.deliveries_send()
    for _ in range(2):
        make_due()
        sending.deliveries_send()
    assert [message["text"] for message in peers.slacks] == [
        "Down: api.example.com (connection refused)",
        "Reminder: Down: api.example.com (connection refused)",
        "Reminder: Down: api.example.com (connection refused)",
    ]
    assert_ok(internal.post(f"/incidents/{down['incident_id']}/acknowledge"))
    assert_ok(internal.post(f"/incidents/{down['incident_id']}/acknowledge"))
    make_due()
    sending.deliveries_send()
    assert len(peers.slacks) == 3
    assert not Delivery.objects.filter(state="pending").exists()


def test_reminders_wait_until_quiet_hours_are_over(internal, peers):
    soon = timezone.now().astimezone(zone_of("Asia/Seoul")) + timedelta(minutes=5)
    slack_only(remind_every=10, quiet_from=soon.time(), quiet_to=(soon + timedelta(hours=2)).time())
    send(internal, alert())
    sending.deliveries_send()
    open_alerts_look(now=timezone.now() + timedelta(minutes=11))
    assert not Delivery.objects.filter(reason="reminder").exists()
    look_at = OpenAlert.objects.get().look_at
    assert look_at is not None
    wait = look_at - timezone.now()
    assert timedelta(minutes=124) < wait <= timedelta(minutes=125)
    open_alerts_look(now=timezone.now() + timedelta(minutes=126))
    assert Delivery.objects.filter(reason="reminder").exists()


def test_reminders_end_with_the_incident(internal, peers):
    slack_only(remind_every=10)
    down = alert()
    send(internal, down)
    sending.deliveries_send()
    send(internal, alert("up", incident_id=down["incident_id"]))
    make_due()
    sending.deliveries_send()
    make_due()
    sending.deliveries_send()
    assert [message["text"].split(":")[0] for message in peers.slacks] == ["Down", "Recovered"]
