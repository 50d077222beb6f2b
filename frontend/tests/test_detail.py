"""One endpoint: its times, results, certificate and badges."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from common.contracts.answers.endpoint_service import Assertion
from common.contracts.answers.report_service import ReportDetail, Series
from frontend.pictures import chart
from frontend.presenters import assertion_sentence, check_results
from frontend.tests.fake import REPORT_ID, FakeGateway, iso, report, series
from frontend.tests.markup import squeezed

SERIES = "/report-service/endpoints/7/series"


def query(gateway: FakeGateway, path: str) -> Any:
    """The query of the last call to a path."""
    return next(request.args for request in reversed(gateway.requests) if request.path == path)


def test_a_short_period_is_asked_for_by_its_moments(visitor: Client, gateway: FakeGateway):
    gateway.requests.clear()
    visitor.get("/endpoints/7?period=1h")
    asked = next(request.args for request in gateway.requests if "from" in request.args and request.path == SERIES)
    length = datetime.now(UTC) - datetime.fromisoformat(asked["from"])
    assert abs(length - timedelta(hours=1)) < timedelta(minutes=1)


def test_from_and_to_are_the_visitors_local_time(visitor: Client, gateway: FakeGateway):
    visitor.get("/endpoints/7/data?start=2026-05-04T09:00&end=2026-05-04T10:00")
    asked = query(gateway, SERIES)
    assert (asked["from"], asked["to"]) == ("2026-05-04T00:00:00Z", "2026-05-04T01:00:00Z")


def test_an_end_before_the_start_is_told_at_its_field(visitor: Client, gateway: FakeGateway):
    text = visitor.get("/endpoints/7?start=2026-05-04T09:00&end=2026-05-04T08:00").text
    assert "This has to lie before the end" in text
    assert "from" not in query(gateway, SERIES)


def test_a_year_costs_at_most_ten_calls_and_a_refresh_two(visitor: Client, gateway: FakeGateway):
    gateway.calls.clear()
    visitor.get("/endpoints/7?period=365d&phases=1")
    assert len(gateway.calls) <= 11
    gateway.calls.clear()
    visitor.get(f"/endpoints/7/live?since={iso(minutes=1)}")
    assert len(gateway.calls) == 2


def test_a_refresh_says_how_many_results_are_new_and_moves_none(visitor: Client):
    assert "2 new results" in visitor.get(f"/endpoints/7/live?since={iso(minutes=1)}").text
    text = squeezed(visitor.get(f"/endpoints/7/live?since={iso()}").text)
    assert re.search(r'id="fresh"[^>]* hidden>', text)
    assert "<table" not in text


def test_the_first_result_brings_the_page_anew(visitor: Client, gateway: FakeGateway):
    assert visitor.get("/endpoints/7/live?since=").headers["HX-Refresh"] == "true"
    gateway.answers["GET", "/report-service/reports"][1]["items"] = []
    assert "HX-Refresh" not in visitor.get("/endpoints/7/live?since=").headers


def test_the_results_are_filtered_by_the_api(visitor: Client, gateway: FakeGateway):
    visitor.get("/endpoints/7?status=down")
    assert query(gateway, "/report-service/reports")["status"] == "down"
    visitor.get("/endpoints/7?status=nonsense")
    assert "status" not in query(gateway, "/report-service/reports")


def test_a_failed_result_shows_what_the_site_answered(visitor: Client, gateway: FakeGateway):
    seen = {"response_headers": {"Server": "<nginx>"}, "response_body": "<h1>502</h1>", "certificate_issuer": None}
    failed = report("down", **seen)
    gateway.answers["GET", f"/report-service/reports/{REPORT_ID}"] = (200, failed)
    text = visitor.get(f"/endpoints/results/{REPORT_ID}").text
    assert "&lt;nginx&gt;" in text
    assert "&lt;h1&gt;502&lt;/h1&gt;" in text


def test_the_certificate_shows_its_issuer_and_the_days_left(visitor: Client, gateway: FakeGateway):
    gateway.reports[0]["certificate_issuer"] = "Let's Trust R3"
    text = visitor.get("/endpoints/7").text
    assert "39 days" in text
    assert "Let&#x27;s Trust R3" in text


@pytest.mark.parametrize(("days", "state"), [(31, "up"), (29, "degraded"), (6, "down"), (-1, "down")])
def test_a_certificate_that_ends_soon_is_told_by_its_state(days: int, state: str):
    now = datetime(2026, 5, 4, tzinfo=UTC)
    ends = now + timedelta(days=days, hours=1)
    result = ReportDetail(checked_at=now, status="up", certificate_expires_at=ends)
    made = check_results.read_certificate(report=result, now=now)
    assert made is not None
    assert (made.days, made.state) == (days, state)


def test_a_clone_is_opened_to_be_changed(visitor: Client, gateway: FakeGateway):
    assert visitor.post("/endpoints/7/clone").headers["Location"] == "/endpoints/7/edit"
    assert visitor.get("/endpoints/7/clone").status_code == 405


def test_a_badge_is_offered_as_markdown_and_html(visitor: Client, gateway: FakeGateway):
    gateway.endpoints[0]["name"] = 'a]b"<i>'
    text = visitor.get("/endpoints/7/badges").text
    assert f"![a\\]b&quot;&lt;i&gt;: State]({gateway.url}/badges/t.svg?kind=state)" in text
    assert "&lt;img alt=&quot;a]b&amp;quot;&amp;lt;i&amp;gt;: State&quot;" in text


@pytest.mark.parametrize("path", ["/endpoints/7", "/endpoints/7/badges"])
def test_a_badge_is_shown_from_the_api_and_pictures_from_nowhere_else(visitor: Client, gateway: FakeGateway, path: str):
    policy = visitor.get(path).headers["Content-Security-Policy"]
    assert f"img-src 'self' data: {gateway.url};" in f"{policy};"
    assert gateway.url not in visitor.get("/dashboard").headers["Content-Security-Policy"]
    assert f'src="{gateway.url}/badges/t.svg?kind=uptime"' in visitor.get("/endpoints/7/badges").text


def test_badges_get_new_addresses_by_a_button(visitor: Client, gateway: FakeGateway):
    assert visitor.post("/endpoints/7/badges/revoke").headers["Location"] == "/endpoints/7/badges"
    assert ("DELETE", "/report-service/endpoints/7/badges", None) in gateway.calls
    assert visitor.get("/endpoints/7/badges/revoke").status_code == 405


@pytest.mark.parametrize("path", ["/endpoints/7/clone", "/endpoints/7/badges/revoke"])
def test_nobody_clones_or_revokes(nobody: Client, gateway: FakeGateway, path: str):
    assert nobody.post(path).headers["Location"].startswith("/login")
    assert not gateway.calls


@pytest.mark.parametrize(
    "path", ["/endpoints/7", "/endpoints/7/live?since=x", "/endpoints/7/data", "/endpoints/7/badges"]
)
def test_somebody_elses_endpoint_shows_nothing(visitor: Client, gateway: FakeGateway, path: str):
    gateway.refuse("GET", "/endpoint-service/endpoints/7", 403, "FORBIDDEN", "This belongs to somebody else.")
    assert visitor.get(path).status_code == 403


@given(
    st.lists(st.floats(min_value=0, max_value=60000), min_size=6, max_size=6),
    st.lists(st.integers(min_value=0, max_value=143), min_size=1, max_size=40, unique=True),
)
def test_the_phases_are_stacked_inside_of_the_picture(values: list[float], places: list[int]):
    asked = series()
    asked["points"] = [asked["points"][place % len(asked["points"])] for place in sorted(places)]
    names = ("redirect_ms", "name_lookup_ms", "connect_ms", "tls_ms", "first_byte_ms", "transfer_ms")
    for point in asked["points"]:
        point["phases"] = dict(zip(names, values, strict=True))
    made = chart.draw_chart(series=msgspec.convert(asked, Series), incidents=[], with_phases=True)
    assert made is not None
    for layer in made.layers:
        for _x, y in re.findall(r"[ML](\S+) ([^MLZ]+)", layer.path):
            assert made.top <= float(y) <= made.bottom


@pytest.mark.parametrize(
    ("assertion", "text"),
    [
        ({"kind": "json_path", "target": "$.a", "operator": "equals", "value": "ok"}, "JSON value $.a equals “ok”"),
        ({"kind": "json_path", "target": "$.a", "operator": "at_most", "value": 3}, "JSON value $.a at most 3"),
        ({"kind": "header", "target": "X-A", "operator": "exists", "value": None}, "Header X-A exists"),
        ({"kind": "body_contains", "target": "", "operator": "", "value": "x"}, "Answer contains “x”"),
        (
            {"kind": "certificate_days", "target": "", "operator": "at_least", "value": 14},
            "Certificate at least 14 days",
        ),
    ],
)
def test_an_assertion_is_a_sentence(assertion: dict[str, Any], text: str):
    assert assertion_sentence.text(Assertion(**assertion)) == text
