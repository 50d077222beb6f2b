"""Deliveries at their limits: hostile names, very many alerts, old history."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from common.testing.contracts import assert_page
from notification_service.alerts import alert_planner
from notification_service.deliveries import retention, sending
from notification_service.models import Alert, Delivery, Notification
from notification_service.tests.conftest import alert, make_due, send, slack_only

pytestmark = pytest.mark.usefixtures("known_users")


def test_names_of_endpoints_cannot_mention_or_link_in_slack(internal, peers):
    slack_only()
    send(internal, alert(endpoint_name="<!channel> <https://evil.example|x> & co\nline"))
    sending.deliveries_send()
    (message,) = peers.slacks
    assert "<!channel>" not in str(message["text"]) + str(message["attachments"])
    assert "\n" not in message["text"]


def test_names_of_endpoints_cannot_break_a_mail(internal, peers):
    send(internal, alert(endpoint_name="<script>x</script>\r\nBcc: a@b.example"))
    sending.deliveries_send()
    (mail,) = peers.mails
    assert "\n" not in mail["subject"]
    assert "<script>" not in mail["html"]


def test_a_thousand_alerts_are_few_queries(peers, django_assert_max_num_queries):
    alerts = [
        {**alert(endpoint_id=number), "incident_id": UUID(int=number), "error_code": "x"} for number in range(1, 1001)
    ]
    for row in alerts:
        for name in ("started_at", "occurred_at", "last_good_at"):
            row[name] = datetime.fromisoformat(row[name])
    with django_assert_max_num_queries(20):
        alert_planner.alerts_accept(alerts=alerts)
    assert Delivery.objects.get().alerts.count() == 1000


def test_a_mail_of_very_many_endpoints_stays_small(internal, peers):
    send(internal, *(alert(endpoint_id=number) for number in range(1, 61)))
    sending.deliveries_send()
    (mail,) = peers.mails
    assert "and 10 more" in mail["text"]
    assert "and 10 more" in mail["html"]
    assert len(mail["html"]) < 500_000


def test_a_list_of_deliveries_is_few_queries(internal, owner, peers, django_assert_max_num_queries):
    channel = slack_only()
    for _ in range(5):
        send(internal, alert())
        sending.deliveries_send()
        make_due()
        Notification.objects.update(last_due_at=None)
    with django_assert_max_num_queries(6):
        assert_page(owner.get(f"/api/notifications/{channel.id}/deliveries"), total=5)


def test_history_is_forgotten_after_ninety_days_but_nothing_that_waits(internal, peers):
    over = alert()
    send(internal, over)
    sending.deliveries_send()
    send(internal, alert("up", incident_id=over["incident_id"]))
    make_due()
    sending.deliveries_send()
    send(internal, alert("certificate"))
    old = datetime(2020, 1, 1, tzinfo=UTC)
    Delivery.objects.update(created_at=old)
    Alert.objects.update(received_at=old)
    retention.history_purge()
    assert Delivery.objects.get().state == "pending"
    assert Alert.objects.get().event == "certificate"
