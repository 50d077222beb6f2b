"""The pages in a real browser: no axe violation, no console error, nothing wider than the screen; in every variant."""

import re
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

from frontend.tests.browser import chromium, context
from frontend.tests.fake import FakeGateway
from frontend.tests.test_pages import OPEN_PAGES, PAGES

SCREENSHOTS = Path(__file__).resolve().parents[2] / "screenshots"
WHOLE_PAGES = [path for path in PAGES if not path.endswith("/live")]


@pytest.fixture(autouse=True)
def synchronous(monkeypatch: pytest.MonkeyPatch) -> None:
    """Playwright's loop runs in this thread; Django would refuse the database over it."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def look(page: Page, path: str, name: str) -> None:
    """Open, check, keep a picture."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(path)
    violations = Axe().run(page).response["violations"]
    assert not violations, [(item["id"], [node["html"] for node in item["nodes"]][:3]) for item in violations]
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
        f"{path} is wider than the screen"
    )
    assert not said, said
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(
        path=SCREENSHOTS / f"{name}-{re.sub(r'[^a-z0-9]+', '-', path.lower()).strip('-')[:40]}.png", full_page=True
    )


def log_in(browser: BrowserContext) -> Page:
    page = browser.new_page()
    page.goto("/login")
    page.fill("[name=email]", "owner@example.com")
    page.fill("[name=password]", "correct horse")
    page.click("main button")
    page.wait_for_url("**/dashboard")
    return page


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("language", "theme", "phone"),
    [("ko", "light", False), ("en", "dark", False), ("ko", "dark", True), ("en", "light", True)],
)
def test_every_page_is_accessible_and_fits(
    live_server: Any, gateway: FakeGateway, language: str, theme: str, phone: bool
):
    with chromium() as browser:
        visitor = context(browser, live_server.url, language=language, theme=theme, phone=phone)
        name = f"{language}-{theme}-{'phone' if phone else 'desktop'}"
        nobody = visitor.new_page()
        for path in OPEN_PAGES:
            look(nobody, path, name)
        page = log_in(visitor)
        for path in WHOLE_PAGES:
            look(page, path, name)
        visitor.close()
