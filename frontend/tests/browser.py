"""Chromium for the pages' tests, and visitors in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, ViewportSize, sync_playwright

from tests.browser import ARGUMENTS, require_chromium

Theme = Literal["light", "dark"]
DESKTOP = ViewportSize(width=1280, height=800)
PHONE = ViewportSize(width=360, height=740)


@contextmanager
def running_chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=require_chromium(), args=ARGUMENTS)
        yield browser
        browser.close()


def context(
    browser: Browser, base: str, *, language: str, theme: Theme, phone: bool = False, **more: Any
) -> BrowserContext:
    """A fresh visitor with a language chosen, whose system has this theme."""
    made = browser.new_context(
        base_url=base, viewport=PHONE if phone else DESKTOP, color_scheme=theme, reduced_motion="reduce", **more
    )
    made.add_cookies(
        [
            {"name": "django_language", "value": language, "url": base},
            {"name": "time_zone", "value": "Asia/Seoul", "url": base},
        ]
    )
    return made
