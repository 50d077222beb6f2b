"""The pages in a real browser: no axe violation, no console error, nothing wider than the screen; in every variant."""

import re
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from frontend.tests.browser import Theme, context
from frontend.tests.fake import FakeGateway
from frontend.tests.fake_more import RECOVERY_CODES
from frontend.tests.test_pages import OPEN_PAGES, PAGES

VARIANTS: list[tuple[str, tuple[Theme, Theme], bool]] = [
    ("ko", ("light", "dark"), False),
    ("en", ("dark", "light"), True),
]
"""Language, themes, phone."""
REFRESH_MS = 10_000
"""The dashboard's."""
SCREENSHOTS = Path(__file__).resolve().parents[2] / "screenshots"
WHOLE_PAGES = [path for path in PAGES if not path.endswith("/live")]


def look(page: Page, path: str, name: str, themes: tuple[Theme, Theme]) -> None:
    """Open and examine."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(path)
    examine(page, path, name, themes)
    assert not said, said


def examine(page: Page, path: str, name: str, themes: tuple[Theme, Theme]) -> None:
    """Check what is shown in one theme, then what differs in the other; keep a picture of both."""
    page.emulate_media(color_scheme=themes[0])
    violations = Axe().run(page).response["violations"]
    keep(page, f"{name}-{themes[0]}", path)
    page.emulate_media(color_scheme=themes[1])
    violations += Axe().run(page, options={"runOnly": ["color-contrast"]}).response["violations"]
    keep(page, f"{name}-{themes[1]}", path)
    assert not violations, (path, [(item["id"], [node["html"] for node in item["nodes"]][:3]) for item in violations])
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
        f"{path} is wider than the screen"
    )


def keep(page: Page, name: str, path: str) -> None:
    """A picture in the folder that git ignores."""
    SCREENSHOTS.mkdir(exist_ok=True)
    place = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-")[:40]
    page.screenshot(path=SCREENSHOTS / f"{name}-{place}.png", full_page=True)


def log_in(browser: BrowserContext) -> Page:
    page = browser.new_page()
    page.goto("/login")
    page.fill("[name=email]", "owner@example.com")
    page.fill("[name=password]", "correct horse")
    page.click("main button")
    page.wait_for_url("**/dashboard")
    return page


def start_clock(page: Page) -> None:
    """The same page with a clock that a test can put forward."""
    page.clock.install()
    page.reload()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("language", "themes", "phone"), VARIANTS)
def test_every_page_is_accessible_and_fits(
    browser: Browser, live_server: Any, language: str, themes: tuple[Theme, Theme], phone: bool
):
    visitor = context(browser, live_server.url, language=language, theme=themes[0], phone=phone)
    name = f"{language}-{'phone' if phone else 'desktop'}"
    nobody = visitor.new_page()
    for path in OPEN_PAGES:
        look(nobody, path, name, themes)
    page = log_in(visitor)
    for path in WHOLE_PAGES:
        look(page, path, name, themes)
    visitor.close()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_dashboard_moves_by_itself_and_only_there(browser: Browser, live_server: Any, gateway: FakeGateway):
    page = log_in(context(browser, live_server.url, language="en", theme="light"))
    start_clock(page)
    assert "1 of 2 is down" in page.inner_text("h1")
    gateway.set_state(8, "up")
    page.clock.fast_forward(REFRESH_MS)
    expect(page.locator("h1")).to_have_text("All 2 endpoints are up")
    expect(page).to_have_title(re.compile("^All 2 endpoints are up"))
    assert "icon-up" in (page.get_attribute("#favicon", "href") or "")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_an_endpoint_is_added_without_javascript(browser: Browser, live_server: Any, gateway: FakeGateway):
    page = log_in(context(browser, live_server.url, language="en", theme="light", java_script_enabled=False))
    page.click("#add")
    page.fill("[name=url]", "new.example.com")
    page.click("main form button.primary")
    assert gateway.sent("POST", "/endpoint-service/endpoints")["url"] == "new.example.com"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_badges_are_shown_on_the_page_of_their_endpoint(browser: Browser, live_server: Any):
    page = log_in(context(browser, live_server.url, language="en", theme="light"))
    page.goto("/endpoints/7")
    page.click("#embed summary")
    badges = page.locator("#embed img")
    expect(badges).to_have_count(3)
    for number in range(3):
        expect(badges.nth(number)).to_have_js_property("naturalWidth", 80)
    expect(page.locator("#embed [data-copy]").first).to_be_visible()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_what_is_copied_is_what_is_shown_a_line_each(browser: Browser, live_server: Any):
    visitor = context(browser, live_server.url, language="en", theme="light")
    visitor.grant_permissions(["clipboard-read", "clipboard-write"], origin=live_server.url)
    page = log_in(visitor)
    page.goto("/settings/totp")
    page.fill("[name=password]", "correct horse")
    page.click("main form button.primary")
    page.fill("[name=code]", "123456")
    page.click("main form button.primary")
    page.click("[data-copy=codes]")
    expect(page.get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "\n".join(RECOVERY_CODES)
