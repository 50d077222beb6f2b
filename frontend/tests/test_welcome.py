"""The first steps after sign-up."""

import pytest
from django.test import Client

from frontend.tests.fake import FakeGateway, page

SIGN_UP = {"email": "new@example.com", "password": "correct horse", "url": "https://example.com"}
CHANNELS = "/notification-service/notifications"


@pytest.fixture
def newcomer(nobody: Client) -> Client:
    """Somebody who has just signed up."""
    nobody.post("/sign-up", SIGN_UP)
    return nobody


def test_a_url_alone_is_the_first_step(newcomer: Client, gateway: FakeGateway):
    response = newcomer.post("/welcome", {"url": "example.com"})
    assert response.headers["Location"] == "/welcome/alerts"
    assert gateway.sent("POST", "/endpoint-service/endpoints") == {"url": "example.com"}


def test_the_first_result_comes_in_by_itself(newcomer: Client, gateway: FakeGateway):
    newcomer.post("/welcome", {"url": "example.com"})
    gateway.answers["GET", "/report-service/reports"] = (404, {"message": "Not yet.", "code": "NOT_FOUND"})
    waiting = newcomer.get("/welcome/alerts").text
    assert "The first check is on its way" in waiting
    assert 'hx-get="/welcome/result"' in waiting
    gateway.answers["GET", "/report-service/reports"] = (200, page(gateway.reports))
    arrived = newcomer.get("/welcome/result").text
    assert "84 ms" in arrived
    assert "hx-get" not in arrived


def test_the_users_own_mail_is_there_to_be_tested(newcomer: Client, gateway: FakeGateway):
    newcomer.post("/welcome", {"url": "example.com"})
    assert "owner@example.com" in newcomer.get("/welcome/alerts").text
    response = newcomer.post("/notifications/3/test", {"next": "/welcome/alerts"}, follow=True)
    assert "The test was delivered." in response.text


def test_slack_is_added_by_its_webhook_and_tested_at_once(newcomer: Client, gateway: FakeGateway):
    newcomer.post("/welcome", {"url": "example.com"})
    newcomer.post("/welcome/alerts", {"webhook_url": "https://hooks.slack.com/services/x"})
    sent = gateway.sent("POST", CHANNELS)
    assert (sent["kind"], sent["settings"]) == ("slack", {"webhook_url": "https://hooks.slack.com/services/x"})
    assert ("POST", f"{CHANNELS}/3/test", {}) in gateway.calls


def test_a_refused_webhook_is_told_at_its_field(newcomer: Client, gateway: FakeGateway):
    newcomer.post("/welcome", {"url": "example.com"})
    errors = {"settings.webhook_url": ["Not a webhook of Slack."]}
    gateway.refuse("POST", CHANNELS, 400, "VALIDATION_FAILED", "Not valid.", **errors)
    response = newcomer.post("/welcome/alerts", {"webhook_url": "x"})
    assert response.context["form"].errors["webhook_url"] == ["Not a webhook of Slack."]


def test_a_refused_address_is_told_and_kept(newcomer: Client, gateway: FakeGateway):
    gateway.refuse("POST", "/endpoint-service/endpoints", 400, "VALIDATION_FAILED", "x", url=["Not allowed."])
    response = newcomer.post("/welcome", {"url": "http://10.0.0.1"})
    assert "Not allowed." in response.text
    assert 'value="http://10.0.0.1"' in response.text


@pytest.mark.parametrize("path", ["/welcome", "/welcome/alerts", "/welcome/result"])
def test_the_first_steps_are_never_shown_again(newcomer: Client, path: str):
    newcomer.post("/welcome", {"url": "example.com"})
    assert newcomer.post("/welcome/done").headers["Location"] == "/dashboard"
    assert newcomer.get(path).headers["Location"] == "/dashboard"


def test_they_can_be_skipped(newcomer: Client, gateway: FakeGateway):
    assert newcomer.post("/welcome/done").headers["Location"] == "/dashboard"
    assert ("POST", "/endpoint-service/endpoints") not in [call[:2] for call in gateway.calls]


@pytest.mark.parametrize("path", ["/welcome", "/welcome/alerts", "/welcome/result"])
def test_they_are_for_newcomers_alone(visitor: Client, path: str):
    assert visitor.get(path).headers["Location"] == "/dashboard"


@pytest.mark.parametrize("path", ["/welcome", "/welcome/alerts", "/welcome/result"])
def test_they_need_a_login(nobody: Client, path: str):
    assert nobody.get(path).headers["Location"].startswith("/login")
