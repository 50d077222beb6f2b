"""No alert is refused for good because of one field, and a row that cannot be taken fails alone."""

from typing import Any

import pytest

from common.models import DeadLetter
from common.testing.cast import OWNER_ID
from common.testing.contracts import assert_ok
from notification_service.alerts import alert_planner
from notification_service.deliveries import sending
from notification_service.feeds import endpoints
from notification_service.models import Alert, Notification
from notification_service.tests.conftest import alert, endpoint_item, send

pytestmark = pytest.mark.usefixtures("known_users")
ODD: list[Any] = [
    None, "", "x" * 20_000, "NUL \x00", "half \ud800", 0, -1, 2**70, 1e308, True, [], {}, [[[]]], {"a": "\ud800"},
    "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "soon", ["x" * 500, 7, None],
]  # fmt: skip
FIELDS = [name for name in alert() if name not in {"event", "user_id"}] + ["tags", "reason"]


@pytest.mark.parametrize("field", FIELDS)
def test_an_odd_value_in_any_field_refuses_no_alert(peers, field):
    rows = [alert(**{field: value}) if field != "incident_id" else alert() | {field: value} for value in ODD]
    taken = alert_planner.alerts_accept(alerts=rows)
    assert (taken.accepted, taken.refused) == (len(ODD), [])
    sending.deliveries_send()
    assert len(peers.mails) == 1
    assert not DeadLetter.objects.exists()


def test_whose_an_alert_is_can_be_told_by_its_endpoint(internal, peers):
    endpoints.endpoints_apply([endpoint_item(7)])
    assert_ok(send(internal, alert() | {"user_id": "nobody"}))
    assert Alert.objects.get().user_id == OWNER_ID


def test_a_row_that_cannot_be_stored_fails_alone(internal, peers, monkeypatch):
    store = alert_planner._store

    def refusing(alerts):
        if any(one.endpoint_name == "bad" for one in alerts):
            raise ValueError("bad")
        return store(alerts)

    monkeypatch.setattr(alert_planner, "_store", refusing)
    rows = [alert(endpoint_id=number, endpoint_name="bad" if number == 3 else "good") for number in range(1, 6)]
    assert assert_ok(send(internal, *rows))["accepted"] == 5
    assert Alert.objects.count() == 4
    assert DeadLetter.objects.get().queue == "alerts"


def test_a_tag_scoped_channel_is_told_of_endpoints_that_nobody_has_heard_of(internal, peers):
    Notification.objects.filter(user_id=OWNER_ID).update(tags=["shop"], covers_all=False)
    endpoints.endpoints_apply([endpoint_item(2, tags=["blog"])])
    send(internal, alert(endpoint_id=1, tags=["shop"]), alert(endpoint_id=2, tags=["shop"]), alert(endpoint_id=3))
    sending.deliveries_send()
    (mail,) = peers.mails
    assert mail["subject"].startswith("Down 2:")


def test_a_channel_whose_last_endpoint_is_deleted_covers_nothing(internal, owner, peers):
    endpoints.endpoints_apply([endpoint_item(7)])
    channel = Notification.objects.get(user_id=OWNER_ID)
    path = f"/api/notifications/{channel.id}"
    assert owner.patch(path, {"endpoint_ids": [7]}).json()["covers_all"] is False
    endpoints.endpoints_apply([endpoint_item(7, deleted=True)])
    shown = owner.get(path).json()
    assert (shown["covers_all"], shown["endpoint_ids"]) == (False, [])
    send(internal, alert(endpoint_id=8))
    sending.deliveries_send()
    assert peers.mails == []
    settings = {"name": "again", "kind": "email", "settings": shown["settings"]}
    replaced = owner.put(path, settings).json()
    assert (replaced["covers_all"], replaced["all_events"]) == (True, True)


@pytest.mark.parametrize("ids", [[4711], [9]])
def test_foreign_and_unknown_endpoints_are_refused(owner, peers, ids):
    endpoints.endpoints_apply([endpoint_item(9, user_id=2)])
    channel = Notification.objects.get(user_id=OWNER_ID)
    answer = owner.patch(f"/api/notifications/{channel.id}", {"endpoint_ids": ids})
    assert list(answer.json()["errors"]) == ["endpoint_ids"]
    assert Notification.objects.get(id=channel.id).endpoint_ids == []


def test_unknown_fields_are_refused_and_shown_ones_may_be_sent_back(owner, peers):
    path = f"/api/notifications/{Notification.objects.get(user_id=OWNER_ID).id}"
    assert "event" in owner.patch(path, {"event": ["down"]}).json()["errors"]
    assert owner.put(path, owner.get(path).json()).status_code == 200
