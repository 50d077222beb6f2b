"""What is known of one incident: who was told of it, in which order."""

import pytest

from common.testing.cast import OWNER_ID
from notification_service.deliveries import sending
from notification_service.models import Notification
from notification_service.tests.conftest import alert, make_due, send

pytestmark = pytest.mark.usefixtures("known_users")


def told(internal, incident_id):
    response = internal.get(f"/incidents/{incident_id}/deliveries")
    assert response.status_code == 200
    return response.json()["items"]


def test_an_incident_lists_who_was_told_of_it_oldest_first(internal, peers):
    settings = {"domain": "acme", "channel": "#ops", "token": "xoxb-1"}
    slack = Notification.objects.create(
        user_id=OWNER_ID, name="ops", kind="slack", settings=settings, remind_every=10, events=["down"]
    )
    down, other = alert(), alert(endpoint_id=8)
    send(internal, down, other)
    sending.deliveries_send()
    make_due()
    sending.deliveries_send()
    send(internal, alert("up", incident_id=down["incident_id"]))
    items = told(internal, down["incident_id"])
    assert [(item["kind"], item["reason"], item["event"], item["state"]) for item in items] == [
        ("email", "alert", "down", "delivered"),
        ("slack", "alert", "down", "delivered"),
        ("slack", "reminder", "down", "delivered"),
        ("email", "alert", "up", "pending"),
    ]
    assert [item["delivered_at"] is None for item in items] == [False, False, False, True]
    assert (items[1]["notification_id"], items[1]["name"]) == (slack.id, "ops")
    assert len(told(internal, other["incident_id"])) == 3


def test_a_message_that_tells_beginning_and_end_is_listed_once_with_the_end(internal, peers):
    down = alert()
    send(internal, down)
    send(internal, alert("up", incident_id=down["incident_id"]))
    (item,) = told(internal, down["incident_id"])
    assert item["event"] == "up"


def test_an_incident_of_which_nobody_was_told_has_an_empty_list(internal, peers):
    assert told(internal, alert()["incident_id"]) == []
