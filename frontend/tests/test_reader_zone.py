"""The public page's times: by its owner's clocks as it is served, by its reader's where scripts run."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from frontend.tests.browser import context
from frontend.tests.fake import FakeGateway

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
BEGUN, MIDDLE, ENDED = "2026-11-26T20:30:00+00:00", "2026-11-26T21:15:00+00:00", "2026-11-26T23:45:00+00:00"
UPDATE = {"stage": "identified", "text": "A full disk.", "created_at": MIDDLE}


@pytest.fixture
def page_of(browser: Browser, live_server: Any, gateway: FakeGateway) -> Any:
    """Opens the page, of an owner in Seoul, for a reader somewhere."""
    shown = gateway.answers["GET", "/report-service/status/acme"][1]
    shown |= {"time_zone": "Asia/Seoul", "announcements": [], "maintenance": []}
    shown["incidents"] = [shown["incidents"][1] | {"started_at": BEGUN, "resolved_at": ENDED, "updates": [UPDATE]}]

    def opened(language: str, **more: Any) -> Page:
        shown["language"] = language
        page = context(browser, live_server.url, language=language, theme="light", **more).new_page()
        page.goto("/status/acme")
        return page

    return opened


@pytest.mark.parametrize(
    ("language", "zone", "times", "update"),
    [
        ("en", "Asia/Seoul", ["05:30", "08:45"], "2026-11-27 (Fri) 06:15"),
        ("en", "America/New_York", ["2026-11-26 15:30", "2026-11-26 18:45"], "2026-11-26 (Thu) 16:15"),
        ("ko", "Asia/Tehran", ["00:00", "03:15"], "2026-11-27 (금) 00:45"),
        ("ko", "Europe/Berlin", ["2026-11-26 21:30", "00:45"], "2026-11-26 (목) 22:15"),
    ],
)
def test_times_are_told_by_the_readers_clocks(page_of: Any, language: str, zone: str, times: list[str], update: str):
    page = page_of(language, timezone_id=zone)
    expect(page.locator(".incidents time[data-day]")).to_have_text(times)
    told = page.locator(".updates time")
    expect(told).to_have_text(update)
    expect(told).to_have_attribute("title", zone)
    expect(page.locator("[data-zone]")).to_have_text(zone)
    expect(page.locator("h3")).to_contain_text("2026-11-27")
    expect(page.locator("[data-days]")).to_be_visible(visible=zone != "Asia/Seoul")
    expect(page.locator("[data-days]")).to_contain_text("Asia/Seoul")


def test_without_scripts_the_page_tells_its_owners_times(page_of: Any):
    page = page_of("en", timezone_id="America/New_York", java_script_enabled=False)
    expect(page.locator(".incidents")).to_contain_text("Down for 3 h 15 min (05:30–08:45)")
    expect(page.locator(".updates time")).to_have_text("2026-11-27 (Fri) 06:15")
    expect(page.locator("footer")).to_contain_text("times in Asia/Seoul.")
    expect(page.locator("[data-days]")).to_be_hidden()
