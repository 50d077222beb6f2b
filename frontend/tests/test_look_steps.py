"""Pages that only a few steps lead to, held to the same as all others."""

from typing import Any

import pytest
from playwright.sync_api import Browser

from frontend.tests.browser import Theme, context
from frontend.tests.fake import FakeGateway
from frontend.tests.test_look import VARIANTS, examine

LOGIN = "/user-service/login"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("language", "themes", "phone"), VARIANTS)
def test_what_a_newcomer_sees_is_accessible_and_fits(
    browser: Browser, live_server: Any, language: str, themes: tuple[Theme, Theme], phone: bool
):
    name = f"{language}-{'phone' if phone else 'desktop'}"
    page = context(browser, live_server.url, language=language, theme=themes[0], phone=phone).new_page()

    def step(place: str) -> None:
        examine(page, place, name, themes)

    page.goto("/")
    page.fill("[name=url]", "https://example.com")
    page.click("main form button.primary")
    page.wait_for_selector("#result")
    step("tried")
    page.click("#result a.button")
    page.fill("[name=email]", "new@example.com")
    page.fill("[name=password]", "correct horse")
    page.click("main form button.primary")
    page.wait_for_url("**/welcome")
    step("welcome")
    page.click("main form button.primary")
    page.wait_for_url("**/welcome/alerts")
    page.click("main summary")
    step("welcome-alerts")
    page.click("#done")
    page.goto("/settings/totp")
    page.fill("[name=password]", "correct horse")
    page.click("main form button.primary")
    page.wait_for_url("**/settings/totp/confirm")
    step("totp")
    page.fill("[name=code]", "123456")
    page.click("main form button.primary")
    page.wait_for_selector("#codes")
    step("recovery-codes")
    page.goto("/settings/keys/new")
    page.fill("[name=name]", "ci")
    page.click("main form button.primary")
    page.wait_for_selector("#key")
    step("key")
    page.goto("/notifications/3/deliveries")
    page.click("main summary >> nth=0")
    step("attempts")
    page.goto("/nothing-here")
    step("not-found")
    page.goto("/status-pages/4/preview")
    step("preview")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("language", "themes", "phone"), VARIANTS)
def test_the_second_step_of_a_login_is_accessible_and_fits(
    browser: Browser, live_server: Any, *, gateway: FakeGateway, language: str, themes: tuple[Theme, Theme], phone: bool
):
    gateway.refuse("POST", LOGIN, 400, "CODE_NEEDED", "Enter the code.")
    page = context(browser, live_server.url, language=language, theme=themes[0], phone=phone).new_page()
    page.goto("/login")
    page.fill("[name=email]", "owner@example.com")
    page.fill("[name=password]", "correct horse")
    page.click("main form button.primary")
    page.wait_for_url("**/login/code")
    examine(page, "login-code", f"{language}-{'phone' if phone else 'desktop'}", themes)
