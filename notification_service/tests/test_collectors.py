"""What Prometheus is told of messages where the worker that sends them is away."""

from datetime import timedelta

import pytest
from django.utils import timezone

from common.testing.metrics import samples
from notification_service.collectors import COLLECTORS
from notification_service.deliveries import sending
from notification_service.models import Attempt, Delivery
from notification_service.tests.conftest import alert, make_due, send

pytestmark = pytest.mark.usefixtures("known_users")
OUTBOX, UNTRIED = ("pongpong_outbox_oldest_seconds", "deliveries"), ("pongpong_oldest_delivery_seconds",)


def waits(seconds: float) -> None:
    """What is stored has been due for that long."""
    moment = timezone.now() - timedelta(seconds=seconds)
    Delivery.objects.update(due_at=moment, next_attempt_at=moment)


def test_messages_that_nobody_sends_get_old(internal, peers):
    assert samples(*COLLECTORS) == {OUTBOX: 0, UNTRIED: 0}
    send(internal, alert())
    waits(90)
    assert samples(*COLLECTORS) == {OUTBOX: pytest.approx(90, abs=5), UNTRIED: pytest.approx(90, abs=5)}
    sending.deliveries_send()
    assert samples(*COLLECTORS) == {OUTBOX: 0, UNTRIED: 0}


def test_a_receiver_that_fails_and_an_owner_who_has_to_wait_make_no_outbox_old(internal, peers):
    peers.email_answers = [{"status": "fail", "code": "X", "message": "later", "permanent": False, "retry_after": None}]
    send(internal, alert())
    make_due()
    sending.deliveries_send()
    waits(600)
    assert Attempt.objects.count() == 1
    told = samples(*COLLECTORS)
    assert told[OUTBOX] < 5
    assert told[UNTRIED] == 0
