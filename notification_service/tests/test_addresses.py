"""Channels of several addresses: a result for each, and off only when none is left."""

from typing import Any

import pytest

from common.testing.cast import OWNER_ID
from notification_service.deliveries import sending
from notification_service.models import Address, Delivery, Notification
from notification_service.tests.conftest import alert, make_due, send

pytestmark = pytest.mark.usefixtures("known_users")
OWN, OTHER = "user1@example.com", "ops@bücher.example"


@pytest.fixture
def channel(known_users: None) -> Notification:
    Address.objects.create(user_id=OWNER_ID, address=OTHER, confirmed_at="2026-11-01T00:00:00Z")
    channel = Notification.objects.get(user_id=OWNER_ID)
    channel.settings = {"addresses": [OWN, OTHER]}
    channel.save()
    return channel


def answer(**results: str) -> dict[str, Any]:
    """What email_service answers: by `own` and `other`, the result."""
    recipients = [
        {"address": address, "result": results[name], "code": "SMTP", "message": f"{results[name]} words"}
        for name, address in (("own", OWN), ("other", "ops@xn--bcher-kva.example"))
        if name in results
    ]
    taken = "accepted" in results.values()
    return {"status": "ok" if taken else "fail", "message": "no", "message_id": "<x>", "recipients": recipients}


def test_the_owner_is_told_which_of_two_addresses_refuses_and_why(internal, owner, peers, channel):
    peers.email_answers = [answer(own="accepted", other="permanent")]
    send(internal, alert())
    sending.deliveries_send()
    told, notice = peers.mails
    assert told["to"] == [OWN, OTHER]
    assert notice["to"] == [OWN]
    assert notice["subject"] == "Some addresses refuse our mail: E-mail"
    assert f"{OTHER}: permanent words" in notice["text"]
    shown = owner.get(f"/api/notifications/{channel.id}").json()
    assert shown["enabled"]
    assert shown["refused_addresses"] == [{"address": OTHER, "message": "permanent words"}]
    send(internal, alert(endpoint_id=8))
    make_due()
    sending.deliveries_send()
    assert peers.mails[2]["to"] == [OWN]


def test_only_what_was_put_off_is_tried_again_and_its_refusal_leaves_the_channel_on(internal, peers, channel):
    peers.email_answers = [answer(own="accepted", other="temporary"), answer(other="permanent")]
    send(internal, alert())
    sending.deliveries_send()
    make_due()
    sending.deliveries_send()
    assert [mail["to"] for mail in peers.mails][:2] == [[OWN, OTHER], [OTHER]]
    assert Delivery.objects.earliest("id").state == "delivered"
    assert Notification.objects.get(id=channel.id).enabled


def test_the_channel_is_off_when_no_address_is_left_and_saving_it_tries_all_again(internal, owner, peers, channel):
    peers.email_answers = [answer(own="permanent", other="permanent")]
    send(internal, alert())
    sending.deliveries_send()
    path = f"/api/notifications/{channel.id}"
    assert owner.get(path).json()["enabled"] is False
    changed = owner.patch(path, {"enabled": True}).json()
    assert (changed["enabled"], changed["refused_addresses"]) == (True, [])


def test_a_notice_of_the_accounts_own_address_goes_through_another_channel(internal, peers, channel):
    settings = {"channel": "#ops", "token": "xoxb-1"}
    Notification.objects.create(user_id=OWNER_ID, name="ops", kind="slack", settings=settings, events=["flapping"])
    peers.email_answers = [answer(own="permanent", other="accepted")]
    send(internal, alert())
    sending.deliveries_send()
    (notice,) = peers.slacks
    assert notice["text"] == "Some addresses refuse our mail: E-mail"
    assert OWN in str(notice["attachments"])
