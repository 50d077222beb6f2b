"""An account's life in a real browser over the whole fleet: the first minute, and a second factor."""

import re
import time

import pyotp
from playwright.sync_api import expect

from deploy.local.running import RunningFleet
from tests.outside import PASSWORD, Site, eventually, mails
from tests.test_browser import newcomer, sign_up_in_browser

FIRST_RESULT_SECONDS = 30
CLICKS = 10
"""Both from the sign-up page on."""
COUNT_CLICKS = "addEventListener('click', (event) => event.isTrusted && clicked(), true)"


def test_a_newcomer_sees_a_first_result_and_gets_a_test_mail_within_half_a_minute(
    pongpong: RunningFleet, site: Site
) -> None:
    began, clicks = time.monotonic(), []
    with newcomer(pongpong, locale="en-US", javascript=True) as page:
        page.expose_function("clicked", lambda: clicks.append(page.url))
        page.add_init_script(COUNT_CLICKS)
        sign_up_in_browser(page, "welcome@example.com")
        page.fill("[name=url]", site.url)
        page.click("main form button.primary")
        page.wait_for_url("**/welcome/alerts")
        expect(page.locator("#first-result")).to_contain_text("Up", timeout=FIRST_RESULT_SECONDS * 1000)
        assert time.monotonic() - began <= FIRST_RESULT_SECONDS
        assert 2 <= len(clicks) <= CLICKS
        page.click("text=Send a test")
        expect(page.locator(".note.success")).to_contain_text("delivered")
        eventually("the test mail", lambda: mails(pongpong, "welcome@example.com"), within=20)
        page.click("#done")
        page.wait_for_url("**/dashboard")
        page.goto("/welcome")
        assert page.url.endswith("/dashboard")


def test_a_second_factor_is_set_up_and_a_recovery_code_opens_the_account(pongpong: RunningFleet) -> None:
    with newcomer(pongpong, locale="en-US", javascript=False) as page:
        sign_up_in_browser(page, "factor@example.com")
        page.goto("/settings/totp")
        page.fill("[name=password]", PASSWORD)
        page.click("main form button.primary")
        secret = page.inner_text(".secret").replace(" ", "")
        page.fill("[name=code]", pyotp.TOTP(secret).now())
        page.click("main form button.primary")
        code = page.locator(".codes li").first.inner_text()
        page.goto("/settings/security")
        page.click(".side .who button")
        page.goto("/login?next=/settings/security")
        page.fill("[name=email]", "factor@example.com")
        page.fill("[name=password]", PASSWORD)
        page.click("main form button.primary")
        page.fill("[name=code]", code)
        page.click("main form button.primary")
        expect(page).to_have_url(re.compile("/settings/security$"))
        expect(page.locator("main")).to_contain_text("9 recovery codes are left")
