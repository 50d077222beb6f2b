"""Status pages: the editor with its groups, announcements, and the page that everybody sees."""

import base64
import gzip
import hashlib
import re
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils.translation import gettext, override
from hypothesis import given
from hypothesis import strategies as st

from frontend.forms.page_groups import Entry, Group, changed_groups, posted_groups
from frontend.tests.fake import INCIDENT_ID, FakeGateway, bars, iso
from frontend.tests.markup import squeezed

PAGES = "/report-service/status-pages"
EDITED = {
    "title": "Acme", "slug": "acme", "description": "", "published": "on", "group": ["0", "1"], "group-0-name": "Web",
    "group-0-endpoint": ["7"], "shown-7": "API", "group-1-name": "Shop", "group-1-add": ["8"],
}  # fmt: skip
groups = st.lists(
    st.builds(Group, st.text(max_size=5), st.lists(st.builds(Entry, st.integers(1, 99)), max_size=5)), max_size=5
)
actions = st.one_of(
    st.just("add"),
    st.builds(
        lambda name, places: ":".join([name, *map(str, places)]),
        st.sampled_from(["up", "down", "remove", "x"]),
        st.lists(st.integers(0, 6), max_size=3),
    ),
    st.text(max_size=8),
)


def everything(found: list[Group]) -> list[int]:
    return sorted(entry.endpoint_id for group in found for entry in group.endpoints)


@given(groups, actions)
def test_a_button_moves_one_thing_and_loses_nothing(before, action):
    after = changed_groups(before, action)
    removed = action.startswith("remove")
    assert len(after) - len(before) in ({0, -1} if removed else {0, 1})
    if not removed:
        assert everything(after) == everything(before)
        added = [""] * (len(after) - len(before))
        assert sorted(group.name for group in after) == sorted([*(group.name for group in before), *added])


@given(st.data())
def test_up_takes_down_back(data):
    before = data.draw(groups.filter(lambda found: len(found) > 1))
    index = data.draw(st.integers(0, len(before) - 2))
    assert changed_groups(changed_groups(before, f"down:{index}"), f"up:{index + 1}") == before


def test_an_endpoint_is_on_a_page_once():
    data = QueryDict("group=0&group=1&group-0-endpoint=7&group-0-add=7&group-1-endpoint=7&group-1-add=x")
    assert posted_groups(data) == [Group("", [Entry(7)]), Group("")]


def test_saving_sends_groups_names_and_ticked_endpoints(visitor: Client, gateway: FakeGateway):
    assert visitor.post("/status-pages/4", EDITED).headers["Location"] == "/status-pages/4"
    sent = gateway.sent("PATCH", f"{PAGES}/4")
    assert sent["groups"] == [
        {"name": "Web", "endpoints": [{"endpoint_id": 7, "name": "API"}]},
        {"name": "Shop", "endpoints": [{"endpoint_id": 8}]},
    ]
    assert (sent["published"], sent["show_response_times"]) == (True, False)


def test_moving_a_group_saves_nothing_and_keeps_what_was_typed(visitor: Client, gateway: FakeGateway):
    response = visitor.post("/status-pages/4", EDITED | {"title": "Half-typed", "action": "up:1"})
    assert response.status_code == 200
    assert "Half-typed" in response.text
    assert response.text.index('value="Shop"') < response.text.index('value="Web"')
    assert ("PATCH", f"{PAGES}/4") not in [call[:2] for call in gateway.calls]


def test_a_new_page_leads_to_its_editor(visitor: Client, gateway: FakeGateway):
    response = visitor.post("/status-pages/new", EDITED | {"group-2-name": ""})
    assert response.headers["Location"] == "/status-pages/4"
    assert gateway.sent("POST", PAGES)["title"] == "Acme"


def test_a_taken_address_is_told_at_its_field(visitor: Client, gateway: FakeGateway):
    gateway.refuse("POST", PAGES, 400, "VALIDATION_FAILED", "Not valid.", slug=["This address is taken."])
    assert visitor.post("/status-pages/new", EDITED).context["form"].errors["slug"] == ["This address is taken."]


def test_a_page_is_deleted_only_by_its_title(visitor: Client, gateway: FakeGateway):
    assert visitor.post("/status-pages/4/delete", {"name": "no"}).status_code == 400
    visitor.post("/status-pages/4/delete", {"name": "Acme"})
    assert ("DELETE", f"{PAGES}/4", None) in gateway.calls


def test_an_announcement_begins_now_and_ends_by_a_button(visitor: Client, gateway: FakeGateway):
    body = {"kind": "incident", "title": "Slow", "text": "We look.", "starts_at": "", "ends_at": ""}
    assert visitor.post("/status-pages/4/announcements/new", body).headers["Location"].endswith("/4/announcements")
    sent = gateway.sent("POST", f"{PAGES}/4/announcements")
    assert sent["starts_at"][:13] == iso()[:13]
    assert sent["ends_at"] is None
    visitor.post("/status-pages/4/announcements/6/end")
    assert gateway.sent("PATCH", f"{PAGES}/4/announcements/6")["ends_at"]


def test_announcements_are_planned_current_or_over(visitor: Client):
    text = visitor.get("/status-pages/4/announcements").text
    assert "Planned" in text
    assert "Over" in text
    assert text.count("End now") == 1


def test_the_public_page_has_one_script_of_ours_no_cookie_and_may_be_cached(nobody: Client):
    response = nobody.get("/status/acme")
    assert "Some of it is down" in response.text
    assert re.findall(r"<script.*?</script>", response.text, re.DOTALL) == [
        '<script src="/static/frontend/times.js" defer></script>'
    ]
    assert "script-src 'self';" in response.headers["Content-Security-Policy"] + ";"
    assert response.headers["Cache-Control"] == "public, max-age=30"
    assert not response.cookies


def test_the_public_page_asks_for_nothing_else_and_allows_only_its_own_style(nobody: Client):
    response = nobody.get("/status/acme")
    assert not re.findall(r'<(?:link rel="stylesheet"|img|iframe)', response.text)
    assert re.findall(r'rel="icon"[^>]*href="([^"]*)"', response.text)[0].startswith("data:")
    [style] = re.findall(r"<style>(.*?)</style>", response.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in response.headers["Content-Security-Policy"]


def test_a_public_page_with_fifty_endpoints_stays_below_50_kb(nobody: Client, gateway: FakeGateway):
    shown = gateway.answers["GET", "/report-service/status/acme"][1]
    entry = shown["groups"][0]["endpoints"][0]
    shown["groups"][0]["endpoints"] = [entry | {"name": f"Service {n}", "bars": bars(n % 27)} for n in range(50)]
    response = nobody.get("/status/acme", headers={"Accept-Encoding": "gzip"})
    assert len(response.content) < 50_000
    assert b"Service 49" in gzip.decompress(response.content)


def test_the_public_page_tells_incidents_by_day_in_words(nobody: Client):
    text = nobody.get("/status/acme").text
    assert "Down since" in text
    assert "Down for 1 h" in text


def test_the_public_page_tells_updates_and_maintenance(nobody: Client):
    text = nobody.get("/status/acme").text
    assert "Cause found" in text
    assert "A full disk.<br>We make room." in text
    assert "Maintenance under way" in text
    assert "API, Shop" in text


def test_readers_are_told_how_an_incident_goes(visitor: Client, gateway: FakeGateway):
    gateway.incident["endpoint_id"] = 7
    at = f"/status-pages/4/incidents/{INCIDENT_ID}"
    assert f'href="{at}">Tell readers of Acme' in squeezed(visitor.get(f"/incidents/{INCIDENT_ID}").text)
    assert at in visitor.get("/status-pages/4/incidents").text
    assert visitor.post(at, {"stage": "monitoring", "text": "It works again."}).headers["Location"] == at
    api = f"{PAGES}/4/incidents/{INCIDENT_ID}/updates"
    assert gateway.sent("POST", api) == {"stage": "monitoring", "text": "It works again."}
    visitor.post(f"{at}/2", {"stage": "resolved", "text": "Over."})
    assert gateway.sent("PATCH", f"{api}/2") == {"stage": "resolved", "text": "Over."}
    visitor.post(f"{at}/2/delete")
    assert ("DELETE", f"{api}/2", None) in gateway.calls


def test_an_update_that_is_gone_is_not_there(visitor: Client):
    assert visitor.get(f"/status-pages/4/incidents/{INCIDENT_ID}/99").status_code == 404


def test_only_incidents_of_what_is_on_the_page_are_offered(visitor: Client, gateway: FakeGateway):
    gateway.incident["endpoint_id"] = 8
    assert f"/status-pages/4/incidents/{INCIDENT_ID}" not in visitor.get("/status-pages/4/incidents").text


def test_the_owner_previews_a_page_that_nobody_else_sees(visitor: Client, gateway: FakeGateway):
    gateway.answers["GET", f"{PAGES}/4"][1]["published"] = False
    response = visitor.get("/status-pages/4/preview")
    assert "nobody else sees this page yet" in response.text
    assert response.headers["Cache-Control"] == "no-store"


def test_a_preview_is_for_its_owner_alone(nobody: Client):
    assert nobody.get("/status-pages/4/preview").status_code == 302


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_public_page_speaks_the_readers_language(nobody: Client, language: str):
    nobody.cookies.clear()
    response = nobody.get("/status/acme", headers={"Accept-Language": language})
    assert f'<html lang="{language}">' in response.text
    assert "Accept-Language" in response.headers["Vary"]


def test_a_public_page_of_a_demo_says_so(nobody: Client, settings: Any):
    assert "made up" not in nobody.get("/status/acme").text
    settings.DEMO = True
    assert "everything here is made up" in nobody.get("/status/acme").text


def test_the_public_page_speaks_its_owners_language_and_clocks(nobody: Client, gateway: FakeGateway):
    shown = gateway.answers["GET", "/report-service/status/acme"][1]
    shown |= {"language": "en", "time_zone": "Europe/Berlin"}
    response = nobody.get("/status/acme?lang=en&tz=Europe/Berlin", headers={"accept-language": "ko"})
    assert '<html lang="en">' in response.text
    assert "Europe/Berlin" in response.text
    assert response.headers["Content-Language"] == "en"
    asked = [dict(request.args) for request in gateway.requests if request.path == "/report-service/status/acme"]
    assert asked == [{"lang": "en", "tz": "Europe/Berlin"}]
    nobody.get("/status/acme?lang=tlh&tz=Mars/Olympus")
    asked = [dict(request.args) for request in gateway.requests if request.path == "/report-service/status/acme"]
    assert asked[-1] == {}
    shown |= {"language": "ko"}
    assert '<html lang="ko' in nobody.get("/status/acme", headers={"accept-language": "en"}).text


def test_bars_are_called_by_the_days_that_the_report_names(nobody: Client, gateway: FakeGateway):
    shown = gateway.answers["GET", "/report-service/status/acme"][1]
    shown |= {"language": "en", "time_zone": "Asia/Seoul", "bars_start": "2026-01-31"}
    shown["groups"][0]["endpoints"][0] |= {"bars": [99.0] + [100.0] * 88 + [98.0], "bars_down_ms": [1] * 90}
    titles = re.findall(r"<title>([^<]*%[^<]*)</title>", nobody.get("/status/acme").text)[:2]
    assert [title.partition(":")[0] for title in titles] == ["January 31", "April 30"]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_page_says_what_could_not_be_checked_and_that_the_site_has_no_part_in_it(
    nobody: Client, gateway: FakeGateway, language: str
):
    shown = gateway.answers["GET", "/report-service/status/acme"][1]
    shown |= {"state": "up", "language": language}
    first, second = shown["groups"][0]["endpoints"]
    first |= {"state": "unknown", "fault": True}
    second |= {"state": "unknown"}
    text = nobody.get("/status/acme").text
    with override(language):
        assert text.count(gettext("This is a fault of the monitoring. It says nothing of the site.")) == 1
        assert text.count(f"</svg>{gettext('Could not be checked')}<") == 1
        assert text.count(f"</svg>{gettext('No data')}<") == 1
        assert f"<h1>{gettext('Some of it could not be checked')}</h1>" in text
