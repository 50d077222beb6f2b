"""Notification channels: rules, tests, confirmation, what went out."""

import pytest
from django.test import Client

from frontend.tests.fake import FakeGateway, endpoint, page

CHANNELS = "/notification-service/notifications"
BASE = {"name": "Mail", "events": ["down", "up"], "enabled": "on", "scope": "all", "delay": "0", "remind_every": "0"}
MAIL = BASE | {"addresses": "a@example.com\nb@example.com"}


def test_an_email_channel_has_one_address_a_line(visitor: Client, gateway: FakeGateway):
    assert visitor.post("/notifications/new/email", MAIL).headers["Location"] == "/notifications/3"
    sent = gateway.sent("POST", CHANNELS)
    assert sent["settings"] == {"addresses": ["a@example.com", "b@example.com"]}
    assert (sent["endpoint_ids"], sent["tags"], sent["quiet_from"], sent["delay"]) == ([], [], None, 0)


def test_a_slack_channel_needs_a_webhook_or_a_token(visitor: Client, gateway: FakeGateway):
    assert visitor.post("/notifications/new/slack", BASE).status_code == 400
    visitor.post("/notifications/new/slack", BASE | {"token": "xoxb-1", "channel": "#ops"})
    assert gateway.sent("POST", CHANNELS)["settings"] == {"channel": "#ops", "token": "xoxb-1"}


def test_a_webhook_gets_a_secret_that_nobody_had_to_think_of(visitor: Client):
    form = visitor.get("/notifications/new/webhook").context["form"]
    assert len(form["secret"].value()) >= 24


def test_rules_reach_the_api_in_its_shape(visitor: Client, gateway: FakeGateway):
    rules = {
        "scope": "some", "endpoint_ids": ["7"], "tags": ["web"], "quiet_from": "22:00", "quiet_to": "07:00",
        "delay": "300", "remind_every": "60",
    }  # fmt: skip
    visitor.post("/notifications/new/email", MAIL | rules)
    sent = gateway.sent("POST", CHANNELS)
    assert (sent["endpoint_ids"], sent["tags"]) == ([7], ["web"])
    assert (sent["quiet_from"], sent["quiet_to"], sent["delay"], sent["remind_every"]) == ("22:00", "07:00", 300, 60)


def test_only_some_endpoints_must_be_at_least_one(visitor: Client, gateway: FakeGateway):
    response = visitor.post("/notifications/new/email", MAIL | {"scope": "some"})
    assert response.context["form"].errors["endpoint_ids"]
    assert ("POST", CHANNELS) not in [call[:2] for call in gateway.calls]


def test_choosing_all_forgets_what_was_ticked_before(visitor: Client, gateway: FakeGateway):
    visitor.post("/notifications/3", MAIL | {"scope": "all", "endpoint_ids": ["7"], "tags": ["web"]})
    sent = gateway.sent("PATCH", f"{CHANNELS}/3")
    assert (sent["endpoint_ids"], sent["tags"]) == ([], [])


def test_quiet_hours_need_both_ends(visitor: Client):
    response = visitor.post("/notifications/new/email", MAIL | {"quiet_from": "22:00"})
    assert response.context["form"].errors["quiet_to"]


def test_a_rule_that_the_form_does_not_offer_survives_an_edit(visitor: Client, gateway: FakeGateway):
    form = visitor.get("/notifications/4").context["form"]
    assert form["remind_every"].value() == 45
    assert ("45" in {str(value) for value, _label in form.fields["remind_every"].choices}) is True
    ticked = {"token": "••••••", "channel": "#ops", "scope": "some", "endpoint_ids": ["7"], "remind_every": "45"}
    assert visitor.post("/notifications/4", BASE | ticked).status_code == 302
    assert gateway.sent("PATCH", f"{CHANNELS}/4")["remind_every"] == 45


def test_a_chosen_endpoint_beyond_the_list_stays_chosen(visitor: Client, gateway: FakeGateway):
    gateway.channels[1]["endpoint_ids"] = [7, 4711]
    form = visitor.get("/notifications/4").context["form"]
    assert (4711, "#4711") in form.fields["endpoint_ids"].choices


def test_all_endpoints_can_be_chosen_from_not_only_the_first_hundred(visitor: Client, gateway: FakeGateway):
    many = [endpoint(number, f"{number}.example.com", "up") for number in range(1, 101)]
    body = page(many)
    body["page"]["total_count"] = 150
    gateway.answers["GET", "/endpoint-service/endpoints"] = (200, body)
    visitor.get("/notifications/new/email")
    asked = [request.args["page"] for request in gateway.requests if request.path == "/endpoint-service/endpoints"]
    assert asked == ["1", "2"]


def test_the_list_tells_where_each_leads_and_by_which_rules(visitor: Client):
    text = visitor.get("/notifications").text
    assert "owner@example.com" in text
    assert "quiet 22:00–07:00" in text
    assert "alert after 5 min" in text
    assert "550 no such user" in text


def test_a_failed_test_message_tells_the_receivers_reason(visitor: Client, gateway: FakeGateway):
    gateway.answers["POST", f"{CHANNELS}/4/test"] = (200, {"status": "fail", "message": "channel_not_found"})
    assert "channel_not_found" in visitor.post("/notifications/4/test", follow=True).text


def test_a_test_from_the_channels_page_leads_back_there(visitor: Client):
    response = visitor.post("/notifications/4/test", {"next": "/notifications/4"})
    assert response.headers["Location"] == "/notifications/4"


def test_an_address_is_confirmed_by_its_code_or_gets_another(visitor: Client, gateway: FakeGateway):
    assert "team@example.com waits for confirmation" in visitor.get("/notifications/5").text
    visitor.post("/notifications/5/confirm", {"code": " 123456 "})
    assert gateway.sent("POST", f"{CHANNELS}/5/confirm") == {"code": "123456"}
    response = visitor.post("/notifications/5/confirm", {"address": "team@example.com"}, follow=True)
    assert gateway.sent("POST", f"{CHANNELS}/5/confirm") == {"address": "team@example.com"}
    assert "A code is on its way to team@example.com." in response.text


def test_a_wrong_code_is_told(visitor: Client, gateway: FakeGateway):
    gateway.refuse("POST", f"{CHANNELS}/5/confirm", 400, "INVALID_CODE", "This code is wrong.")
    assert "This code is wrong." in visitor.post("/notifications/5/confirm", {"code": "1"}, follow=True).text


@pytest.mark.parametrize("path", ["/notifications/5/confirm", "/notifications/3/test"])
def test_what_changes_a_channel_is_never_a_link(visitor: Client, path: str):
    assert visitor.get(path).status_code == 405


def test_deliveries_show_every_attempt_and_the_receivers_answer(visitor: Client):
    text = visitor.get("/notifications/3/deliveries").text
    assert "On its way" in text
    assert "421 try again later" in text
    assert "2 attempts" in text
    assert "shop.example.com" in text


def test_a_channel_is_deleted_after_one_question(visitor: Client, gateway: FakeGateway):
    assert "Nobody is told through it any more." in visitor.get("/notifications/3/delete").text
    assert visitor.post("/notifications/3/delete").headers["Location"] == "/notifications"
    assert ("DELETE", f"{CHANNELS}/3", None) in gateway.calls
