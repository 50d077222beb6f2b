"""The events that are no outage: certificate, flapping, a region that is held; in both languages and every channel."""

import json
from typing import Any

import pytest

from common.testing.cast import OWNER_ID
from common.testing.contracts import assert_ok
from notification_service.deliveries import sending
from notification_service.feeds import users
from notification_service.models import Notification
from notification_service.tests.conftest import alert, send, user_item

pytestmark = pytest.mark.usefixtures("known_users")
HELD = {"cause": "31 of 40 endpoints failed within 30 s, and 3 of 3 sentinels.", "region": "seoul"}
CHANGES: dict[str, dict[str, Any]] = {
    "certificate": {"cause": "The certificate ends in 14 days, on 2026-12-07", "error_code": None},
    "flapping": {"cause": "The state changed 5 times within an hour.", "error_code": None},
    "region_held": HELD,
    "region_back": HELD | {"duration_ms": 252_000},
}


@pytest.fixture
def told(internal, peers):
    """Tell the owner, who has a Slack channel too, of an event; what the mail and the message say."""

    def tell(language, event):
        users.users_apply([user_item(OWNER_ID, language=language)])
        settings = {"webhook_url": "https://hooks.slack.com/services/x"}
        Notification.objects.create(user_id=OWNER_ID, name="ops", kind="slack", settings=settings)
        held = [alert("region_held", **HELD)] if event == "region_back" else []
        incident = {"incident_id": held[0]["incident_id"]} if held else {}
        told = [*held, alert(event, **CHANGES[event] | incident)]
        assert assert_ok(send(internal, *told))["refused"] == []
        sending.deliveries_send()
        return peers.mails[0], peers.slacks[0]

    return tell


@pytest.mark.parametrize(
    ("language", "event", "subject", "note"),
    [
        ("en", "certificate", "Certificate: api.example.com (ends soon)", "ends in 14 days"),
        ("ko", "certificate", "인증서: api.example.com (곧 만료)", "ends in 14 days"),
        ("en", "flapping", "Flapping: api.example.com (down and up again and again)", "Until it is calm"),
        ("ko", "flapping", "불안정: api.example.com (다운과 복구 반복)", "안정될 때까지"),
        ("en", "region_held", "Checks held: pongpong's own network (region seoul)", "the fault is on our side"),
        ("en", "region_back", "Checks go on: pongpong's own network (verdicts were held for 4 min 12 s)", "is back"),
        ("ko", "region_back", "판정 재개: pongpong 자체 네트워크 (4분 12초 동안 판정 보류)", "복구되었습니다"),
        ("ko", "region_held", "판정 보류: pongpong 자체 네트워크 (지역 seoul)", "pongpong 쪽 네트워크"),
    ],
)
def test_each_event_has_words_in_the_users_language(told, language, event, subject, note):
    mail, message = told(language, event)
    assert mail["subject"] == message["text"] == subject
    for text in (mail["text"], mail["html"], json.dumps(message, ensure_ascii=False)):
        assert note in text
        assert CHANGES[event]["cause"] in text


def test_a_held_region_reaches_channels_of_chosen_endpoints_and_links_to_all_of_them(internal, peers):
    Notification.objects.filter(user_id=OWNER_ID).update(endpoint_ids=[8], tags=["shop"])
    send(internal, alert("region_held", **HELD))
    sending.deliveries_send()
    (mail,) = peers.mails
    assert "https://pongpong.example/\n" in mail["text"]
    assert "endpoints/None" not in mail["text"] + mail["html"]


def test_a_channel_without_the_event_is_not_told_of_a_held_region(internal, peers):
    Notification.objects.filter(user_id=OWNER_ID).update(events=["down", "up"])
    send(internal, alert("region_held", **HELD))
    sending.deliveries_send()
    assert peers.mails == []


def test_an_endpoint_too_many_or_too_few_refuses_no_alert(internal, peers):
    body = assert_ok(send(internal, alert("region_held", endpoint_id=7), alert(endpoint_id=None)))
    assert (body["accepted"], body["refused"]) == (2, [])
    sending.deliveries_send()
    (mail,) = peers.mails
    assert "api.example.com" in mail["text"], "an outage whose endpoint nobody names is told all the same"
