"""Any sequence of news, sweeps and failures: a recovery always follows an alert that went out, and only then."""

from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.testing.cast import OWNER_ID
from notification_service import intake, sending
from notification_service.models import OPENED_BY, DeliveryAlert, Event, Notification
from notification_service.tests.conftest import Peers, alert, make_due

BUSY = {"status": "fail", "code": "RATELIMITED", "message": "Slack: ratelimited", "permanent": False, "retry_after": 1}
CLOSED_BY = {opening.value: closing.value for closing, opening in OPENED_BY.items()}
NEWS = st.tuples(st.sampled_from([*CLOSED_BY]), st.integers(1, 3))
STEPS = st.lists(NEWS | st.sampled_from(["send", "send", "time passes", "slack is busy"]), max_size=16)
WANTED = st.sampled_from([Event.values, ["down", "up"], ["down", "degraded"], ["up", "recovered"]])


class Story:
    """Plays steps against one channel and keeps what was accepted: by incident, its events."""

    def __init__(self, peers: Peers, events: list[str], delay: int) -> None:
        Notification.objects.all().delete()
        channel = {"channel": "#ops", "token": "xoxb-1"}
        Notification.objects.create(
            user_id=OWNER_ID, name="ops", kind="slack", settings=channel, events=events, delay=delay
        )
        self.peers = peers
        self.open: dict[tuple[str, int], str] = {}
        self.accepted: dict[str, list[str]] = {}

    def play(self, step: object) -> None:
        """The news of an endpoint opens an incident, or ends the one that is open."""
        if step == "send":
            sending.deliveries_send()
        elif step == "time passes":
            make_due()
        elif step == "slack is busy":
            self.peers.slack_answers.append(BUSY)
        elif isinstance(step, tuple):
            opening, endpoint_id = step
            incident_id = self.open.pop(step, None)
            event = CLOSED_BY[opening] if incident_id else opening
            if incident_id is None:
                incident_id = self.open[step] = str(uuid4())
            self.accepted.setdefault(incident_id, []).append(event)
            news = alert(event, incident_id=incident_id, endpoint_id=endpoint_id)
            intake.alerts_accept(alerts=[news])

    def end(self) -> dict[tuple[str, str], int]:
        """Let everything out that will ever go out; where in the order of messages each event was told."""
        self.peers.slack_answers.clear()
        while True:
            make_due()
            if not sending.deliveries_send():
                break
        told = DeliveryAlert.objects.filter(delivery__state="delivered").order_by(
            "delivery__finished_at", "delivery_id"
        )
        events = [(str(link.alert.incident_id), link.alert.event) for link in told.select_related("alert")]
        assert len(events) == len(set(events)), "told twice"
        return {event: position for position, event in enumerate(events)}


@pytest.mark.usefixtures("known_users")
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, events=WANTED, delay=st.sampled_from([0, 0, 60]))
def test_a_recovery_follows_every_alert_that_went_out_and_no_other(peers, steps, events, delay):
    with transaction.atomic():
        story = Story(peers, events, delay)
        for step in steps:
            story.play(step)
        told = story.end()
        for incident_id, (opening, *closing) in story.accepted.items():
            opened_at = told.get((incident_id, opening))
            closed_at = told.get((incident_id, CLOSED_BY[opening]))
            if opening not in events:
                assert opened_at is closed_at is None
            elif delay == 0:
                assert opened_at is not None
            if opened_at is None:
                assert closed_at is None
            elif closing and closing[0] in events:
                assert closed_at is not None
                assert closed_at >= opened_at
        transaction.set_rollback(True)
