"""The dashboard: the first sentence, the list, its live refresh, changing several at once."""

import re

import pytest
from django.test import Client

from frontend.tests.fake import FakeGateway, endpoint, glance, page
from frontend.tests.markup import squeezed

ENDPOINTS = "/endpoint-service/endpoints"


def test_the_first_sentence_says_what_is_down_and_for_how_long(visitor: Client):
    response = visitor.get("/dashboard")
    assert "1 of 2 is down: shop.example.com for 4 min" in response.text
    assert "<title>1 down · pongpong</title>" in response.text


def test_the_first_sentence_says_when_everything_is_up(visitor: Client, gateway: FakeGateway):
    gateway.set_state(8, "up")
    new = endpoint(9, "new.example.com", "up")
    gateway.answers["GET", ENDPOINTS] = (200, page([*gateway.endpoints, new]))
    assert "All 3 endpoints are up" in visitor.get("/dashboard").text


def test_an_empty_dashboard_teaches_the_first_step(visitor: Client, gateway: FakeGateway):
    gateway.answers["GET", ENDPOINTS] = gateway.answers["GET", "/report-service/overview"] = (200, page([]))
    assert "Watch your first endpoint" in visitor.get("/dashboard").text


def test_the_dashboard_needs_at_most_three_calls(visitor: Client, gateway: FakeGateway):
    gateway.calls.clear()
    visitor.get("/dashboard")
    assert len(gateway.calls) <= 3


def test_search_and_filters_reach_the_api_and_the_sentence_stays_about_everything(
    visitor: Client, gateway: FakeGateway
):
    gateway.answers["GET", ENDPOINTS] = (200, page([]))
    response = visitor.get("/dashboard?search=api&state=paused&sort=-created_at")
    query = next(request.args for request in reversed(gateway.requests) if request.path == ENDPOINTS)
    assert (query["search"], query["state"], query["sort"]) == ("api", "paused", "-created_at")
    assert "1 of 2 is down" in response.text
    assert "Nothing matches" in response.text


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("sort=uptime", [8, 7, 9]),
        ("sort=-response", [7, 8, 9]),
        ("sort=uptime&search=API", [7]),
        ("sort=uptime&state=down", [8]),
        ("sort=uptime&tag=new", [9]),
        ("sort=uptime&page=99", [8, 7, 9]),
    ],
)
def test_the_list_is_put_in_the_order_of_what_was_measured(
    visitor: Client, gateway: FakeGateway, query: str, order: list[int]
):
    unmeasured = glance(9, "a.example.com", "pending", tags=["new"], last_result=None, uptime={"90d": None})
    gateway.answers["GET", "/report-service/overview"][1]["items"].append(unmeasured)
    text = visitor.get(f"/dashboard?{query}").text
    assert [int(number) for number in re.findall(r'id="e(\d+)"', text)] == order
    assert re.search(r'<option value="[a-z-]+" selected>(Lowest uptime|Slowest) first', text)
    assert "1 of 3 is down" in text


def test_the_counts_by_state_lead_to_the_endpoints_in_it(visitor: Client):
    text = squeezed(visitor.get("/dashboard?bars=24h").text)
    assert 'href="?bars=24h&amp;state=down"' in text
    assert '<span class="num" id="c-down">1</span>' in text
    assert '<span class="num none" id="c-paused">0</span>' in text


def test_the_tags_in_use_are_offered(visitor: Client):
    text = visitor.get("/dashboard?tag=gone").text
    assert '<option value="web">' in text
    assert '<option value="gone" selected>' in text


def test_a_refresh_tells_the_shown_rows_alone_and_reloads_no_bars_of_what_is_up(visitor: Client, gateway: FakeGateway):
    gateway.calls.clear()
    text = visitor.get("/dashboard/live?ids=7.x.99999").text
    assert 'id="f7"' in text
    assert 'id="b7"' not in text
    assert 'id="f8"' not in text
    assert "<title>1 down · pongpong</title>" in text
    assert [call[1] for call in gateway.calls] == ["/report-service/overview"]
    assert 'id="b8"' in visitor.get("/dashboard/live?ids=8").text


def test_the_bars_are_of_days_or_of_hours(visitor: Client):
    assert "81 days measured, 3 with downtime" in visitor.get("/dashboard").text
    assert "24 hours measured, 1 with downtime" in visitor.get("/dashboard?bars=24h").text


def test_several_are_paused_in_one_call(visitor: Client, gateway: FakeGateway):
    visitor.post("/dashboard/bulk", {"id": ["7", "8", "x"], "action": "pause"})
    assert gateway.sent("POST", f"{ENDPOINTS}/bulk") == {"action": "pause", "ids": [7, 8]}


@pytest.mark.parametrize("action", ["tag", "untag"])
def test_several_are_tagged_in_one_call(visitor: Client, gateway: FakeGateway, action: str):
    visitor.post("/dashboard/bulk", {"id": ["7", "8"], "action": action, "tags": "eu, web,eu"})
    assert gateway.sent("POST", f"{ENDPOINTS}/bulk") == {"action": action, "ids": [7, 8], "tags": ["eu", "web"]}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"action": "pause"}, "Tick at least one"),
        ({"action": "tag", "id": "7"}, "Say which tag"),
        ({"id": "7"}, "required"),
    ],
)
def test_a_bulk_action_that_lacks_something_says_what(
    visitor: Client, gateway: FakeGateway, body: dict[str, str], said: str
):
    assert said in visitor.post("/dashboard/bulk", body, follow=True).text
    assert ("POST", f"{ENDPOINTS}/bulk") not in [call[:2] for call in gateway.calls]


def test_several_are_deleted_only_by_their_number(visitor: Client, gateway: FakeGateway):
    body = {"id": ["7", "8"], "action": "delete", "next": "/dashboard?tag=web"}
    asked = visitor.post("/dashboard/bulk", body)
    assert "shop.example.com" in asked.text
    assert visitor.post("/dashboard/bulk", body | {"count": "3"}).status_code == 400
    assert ("POST", f"{ENDPOINTS}/bulk") not in [call[:2] for call in gateway.calls]
    assert visitor.post("/dashboard/bulk", body | {"count": "2"}).headers["Location"] == "/dashboard?tag=web"
    assert gateway.sent("POST", f"{ENDPOINTS}/bulk") == {"action": "delete", "ids": [7, 8]}


def test_what_a_bulk_call_could_not_change_is_told(visitor: Client, gateway: FakeGateway):
    failed = {"index": 1, "status": "fail", "code": "NOT_FOUND", "message": "There is nothing."}
    answer = {"status": "ok", "succeeded": 1, "failed": 1, "results": [{"index": 0, "status": "ok", "id": 7}, failed]}
    gateway.answers["POST", f"{ENDPOINTS}/bulk"] = (200, answer)
    text = visitor.post("/dashboard/bulk", {"id": ["7", "8"], "action": "pause"}, follow=True).text
    assert "1 is paused." in text
    assert "1 could not be changed: There is nothing." in text


def test_everything_of_a_page_is_ticked_by_a_link(visitor: Client):
    assert squeezed(visitor.get("/dashboard?select=all").text).count(" checked>") == 2


def test_pages_are_compressed_and_never_equally_long(visitor: Client):
    answers = [visitor.get("/dashboard", headers={"accept-encoding": "gzip"}) for _ in range(12)]
    assert {answer.headers["Content-Encoding"] for answer in answers} == {"gzip"}
    assert len({len(answer.content) for answer in answers}) > 1


def test_choosing_several_stands_still(visitor: Client):
    assert "every 10s" in visitor.get("/dashboard").text
    assert "every 10s" not in visitor.get("/dashboard?select=1").text
