"""Everything is reached and used without a mouse, in a real browser."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from frontend.tests.browser import context
from frontend.tests.fake import FakeGateway
from frontend.tests.test_look import REFRESH_MS, log_in, start_clock

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
MOST_STOPS = 80
FOCUS = """() => {
  const at = document.activeElement, style = getComputedStyle(at);
  return {index: (window.controls ?? []).indexOf(at), id: at.id, name: at.getAttribute('name'),
          seen: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2};
}"""
CONTROLS = """() => {
  const all = 'main :is(a[href], button:enabled, input:not([type=hidden]):enabled, select, textarea, summary)';
  window.controls = [...document.querySelectorAll(all)].filter(one =>
    one.checkVisibility() && !(one.type === 'radio' && !one.checked));
  return window.controls.length;
}"""
"""How many there are; kept as elements, since parts that come later move what is counted."""


def tab_to(page: Page, *, name: str = "", element_id: str = "") -> None:
    """Press Tab until the control has the focus."""
    for _stop in range(MOST_STOPS):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if (name and focus["name"] == name) or (element_id and focus["id"] == element_id):
            return
    raise AssertionError(f"Tab does not reach {name or element_id}.")


def test_an_endpoint_is_added_by_keyboard_alone(browser: Browser, live_server: Any, gateway: FakeGateway):
    page = context(browser, live_server.url, language="en", theme="light").new_page()
    page.goto("/login")
    tab_to(page, name="email")
    page.keyboard.type("owner@example.com")
    tab_to(page, name="password")
    page.keyboard.type("correct horse")
    page.keyboard.press("Enter")
    page.wait_for_url("**/dashboard")
    tab_to(page, element_id="add")
    page.keyboard.press("Enter")
    page.wait_for_url("**/endpoints/new")
    tab_to(page, name="url")
    page.keyboard.type("new.example.com")
    page.keyboard.press("Enter")
    page.wait_for_url("**/endpoints/9")
    assert gateway.sent("POST", "/endpoint-service/endpoints")["url"] == "new.example.com"


@pytest.mark.parametrize("path", ["/notifications/4", "/status-pages/4", "/maintenance/3", "/settings"])
def test_tab_stops_at_every_control_and_shows_where_it_is(
    browser: Browser, live_server: Any, gateway: FakeGateway, path: str
):
    page = log_in(context(browser, live_server.url, language="en", theme="light"))
    page.goto(path)
    page.keyboard.press("Tab")
    assert page.inner_text(":focus") == "Skip to the content"
    page.keyboard.press("Enter")
    wanted, reached = set(range(page.evaluate(CONTROLS))), set()
    for _stop in range(MOST_STOPS):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        assert focus["seen"] or focus["index"] not in wanted, focus
        reached.add(focus["index"])
    assert wanted
    assert wanted <= reached


def test_an_endpoint_is_moved_between_others_without_losing_the_place(
    browser: Browser, live_server: Any, gateway: FakeGateway
):
    shown = gateway.answers["GET", "/report-service/status-pages/4"][1]
    shown["groups"] = [{"name": "Web", "endpoints": [{"endpoint_id": 7, "name": "A"}, {"endpoint_id": 8, "name": "B"}]}]
    page = log_in(context(browser, live_server.url, language="en", theme="light"))
    page.goto("/status-pages/4")
    page.fill("[name=title]", "Half-typed")
    page.focus("#down-7")
    page.keyboard.press("Enter")
    expect(page.locator(".entries input[type=text], .entries input:not([type])").first).to_have_value("B")
    assert page.input_value("[name=title]") == "Half-typed"
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUS)["id"] == "remove-7"


def tip_of(page: Page) -> str:
    return page.locator(".tip").inner_text()


def test_arrow_keys_walk_along_bars_and_chart_from_one_tab_stop_each(
    browser: Browser, live_server: Any, gateway: FakeGateway
):
    page = log_in(context(browser, live_server.url, language="en", theme="light"))
    tab_to(page, element_id="e7")
    page.keyboard.press("Tab")
    bars = page.locator(".bars").first
    expect(bars).to_be_focused()
    expect(bars).to_have_role("slider")
    today = datetime.now(UTC)
    assert tip_of(page) == f"{today:%B} {today.day}: 100 %"
    page.keyboard.press("Home")
    expect(bars).to_have_attribute("aria-valuetext", re.compile(": No data$"))
    page.keyboard.press("Tab")
    expect(page.locator("#e8")).to_be_focused()
    expect(page.locator(".tip")).to_be_hidden()
    page.keyboard.press("Tab")
    page.keyboard.press("Home")
    for _bar in range(12):
        page.keyboard.press("ArrowRight")
    assert re.search(r": 99\.31 %, down for 9 min 56 s$", tip_of(page))
    page.keyboard.press("Escape")
    expect(page.locator(".tip")).to_be_hidden()
    page.goto("/endpoints/7?phases=1")
    page.locator("svg.chart").focus()
    assert re.search(r": Connect 12 ms, Waiting \d+ ms$", tip_of(page))
    last = tip_of(page)
    page.keyboard.press("ArrowLeft")
    assert tip_of(page) < last
    page.locator(".bars").hover()
    assert re.search(r"^[A-Z][a-z]+ \d+: No data$", tip_of(page))


def test_a_refresh_does_not_take_away_the_bars_that_are_read(browser: Browser, live_server: Any, gateway: FakeGateway):
    page = log_in(context(browser, live_server.url, language="en", theme="light"))
    start_clock(page)
    bars = page.locator("#b8 .bars")
    bars.focus()
    page.keyboard.press("Home")
    gateway.set_state(7, "down")
    page.clock.fast_forward(REFRESH_MS)
    expect(page.locator("h1")).to_contain_text("2 of 2 are down")
    expect(bars).to_be_focused()
    expect(bars).to_have_attribute("aria-valuenow", "0")
    expect(page.locator("#b7 .bars")).to_have_role("slider")
