"""Every page renders for its owner and sends nobody to the log-in page."""

import pytest
from django.test import Client

from frontend.tests.fake import INCIDENT_ID, REPORT_ID, FakeGateway

PAGES = [
    "/dashboard", "/dashboard/live", "/dashboard?select=1", "/dashboard?bars=24h", "/dashboard?search=a&state=up", "/endpoints/new", "/endpoints/7", "/endpoints/7/live", "/endpoints/7/data", "/endpoints/7?period=1h&phases=1", "/endpoints/7?status=down", "/endpoints/7/badges", "/endpoints/7/edit",
    "/endpoints/7/delete", f"/endpoints/results/{REPORT_ID}", "/incidents", f"/incidents/{INCIDENT_ID}",
    "/notifications", "/notifications/new/email", "/notifications/new/slack", "/notifications/new/webhook",
    "/notifications/3", "/notifications/4", "/notifications/5", "/notifications/3/delete",
    "/notifications/3/deliveries", "/settings", "/settings/email", "/settings/activity", "/settings/usage", "/settings/security",
    "/settings/totp", "/settings/totp/disable", "/settings/password", "/settings/keys", "/settings/keys/new",
    "/settings/delete", "/reports", "/maintenance", "/maintenance/new", "/maintenance/2", "/maintenance/3",
    "/maintenance/2/delete", "/status-pages", "/status-pages/new", "/status-pages/4", "/status-pages/4/delete",
    "/status-pages/4/announcements", "/status-pages/4/announcements/new", "/status-pages/4/announcements/6",
    "/status-pages/4/announcements/6/delete", "/status-pages/4/incidents",
    f"/status-pages/4/incidents/{INCIDENT_ID}", f"/status-pages/4/incidents/{INCIDENT_ID}/2",
    f"/status-pages/4/incidents/{INCIDENT_ID}/2/delete",
]  # fmt: skip
OPEN_PAGES = [
    "/",
    "/sign-up",
    "/login",
    "/developers",
    "/developers?with=pong",
    "/status/acme",
    "/password-reset",
    "/password-reset/confirm?token=x",
    "/sign-up/confirm?token=x",
    "/sign-up/confirm",
]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_renders_for_its_owner(visitor: Client, path: str):
    response = visitor.get(path)
    assert response.status_code == 200
    assert "style=" not in response.text
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_sends_nobody_to_the_log_in_page(nobody: Client, path: str):
    response = nobody.get(path)
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/login?next=/")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_shows_a_way_back_when_the_key_has_ended(visitor: Client, gateway: FakeGateway, path: str):
    gateway.key_valid = False
    response = visitor.get(path)
    if response.status_code == 302:
        assert response.headers["Location"].startswith("/login")
        assert visitor.get("/dashboard").status_code == 302
    else:
        assert not gateway.calls[1:]


@pytest.mark.parametrize("path", OPEN_PAGES)
def test_an_open_page_renders_for_nobody(nobody: Client, path: str):
    response = nobody.get(path)
    assert response.status_code == 200
    assert "unsafe-inline" not in response.headers["Content-Security-Policy"]
