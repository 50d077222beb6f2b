"""A newcomer in a real browser over the whole fleet: sign up, watch a site go down and come back."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from deploy.local.running import RunningFleet
from tests.browser import ARGUMENTS, require_chromium
from tests.outside import PASSWORD, Site, eventually, mails

SCREENSHOTS = Path(__file__).resolve().parents[1] / "screenshots"
BY_ITSELF_MS = 60_000
"""The page refreshes itself; nobody presses reload."""


@contextmanager
def newcomer(fleet: RunningFleet, *, locale: str, javascript: bool) -> Iterator[Page]:
    """A new visitor's page; an error in the browser's console fails the test."""
    said: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=require_chromium(), args=ARGUMENTS)
        page = browser.new_context(
            base_url=fleet.frontend_url,
            locale=locale,
            viewport={"width": 1280, "height": 900},
            java_script_enabled=javascript,
        ).new_page()
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        yield page
        browser.close()
    assert said == []


def sign_up_in_browser(page: Page, address: str) -> None:
    page.goto("/sign-up")
    page.fill("[name=email]", address)
    page.fill("[name=password]", PASSWORD)
    page.click("main form button.primary")
    page.wait_for_url("**/welcome")


def watch_in_browser(page: Page, url: str) -> None:
    """Add an endpoint that is checked as often as can be, and open its page."""
    page.goto("/endpoints/new")
    page.fill("[name=url]", url)
    page.select_option("[name=interval]", index=0)
    page.locator("details.more summary").click()
    page.fill("[name=timeout]", "2")
    page.click("main form button.primary")
    page.wait_for_url(re.compile(r"/(dashboard|endpoints/\d+)$"))
    page.goto("/dashboard")
    page.locator("main a[href^='/endpoints/']", has_text="127.0.0.1").first.click()
    page.wait_for_url(re.compile(r"/endpoints/\d+$"))


def test_a_newcomer_watches_a_site_go_down_and_come_back(pongpong: RunningFleet, site: Site) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    with newcomer(pongpong, locale="en-US", javascript=True) as page:
        sign_up_in_browser(page, "browser@example.com")
        watch_in_browser(page, site.url)
        expect(page).to_have_title(re.compile("^Up: 127.0.0.1"), timeout=BY_ITSELF_MS)
        page.screenshot(path=SCREENSHOTS / "fleet-up.png", full_page=True)
        site.down()
        expect(page).to_have_title(re.compile("^Down: 127.0.0.1"), timeout=BY_ITSELF_MS)
        page.goto("/dashboard")
        expect(page.locator("h1")).to_contain_text("down")
        page.screenshot(path=SCREENSHOTS / "fleet-down.png", full_page=True)
        mail = eventually("the mail", lambda: mails(pongpong, "browser@example.com"), within=20)[0]
        assert mail["Subject"].startswith("Down: 127.0.0.1")
        site.up()
        expect(page.locator("h1")).to_contain_text("up", timeout=BY_ITSELF_MS)
        page.goto("/incidents")
        expect(page.locator("main")).to_contain_text("127.0.0.1")


def test_the_core_paths_work_in_korean_without_javascript(pongpong: RunningFleet, site: Site) -> None:
    with newcomer(pongpong, locale="ko-KR", javascript=False) as page:
        sign_up_in_browser(page, "noscript@example.com")
        watch_in_browser(page, site.url)

        def is_up() -> bool:
            page.reload()
            return "정상" in page.locator("main").inner_text()

        eventually("the first result", is_up, within=30, every=1)
        page.goto("/notifications")
        expect(page.locator("main")).to_contain_text("noscript@example.com")
