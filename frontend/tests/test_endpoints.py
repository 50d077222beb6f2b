"""Endpoints, incidents and reports through the pages."""

import pytest
from django.test import Client
from django.utils.html import escape
from django.utils.translation import gettext, override

from common.contracts.results import OURS, REASONS
from frontend.tests.fake import INCIDENT_ID, REFUSED, REPORT_ID, FakeGateway, endpoint, iso, report

FORM = {
    "url": "example.com", "name": "", "interval": "60", "method": "GET", "expected_status": "200-299", "timeout": "10",
    "failure_threshold": "3", "recovery_threshold": "2", "follow_redirects": "on", "verify_tls": "on",
}  # fmt: skip
ENDPOINTS = "/endpoint-service/endpoints"


def test_a_url_alone_is_enough(visitor: Client, gateway: FakeGateway):
    response = visitor.post("/endpoints/new", FORM)
    assert response.headers["Location"] == "/endpoints/9"
    sent = gateway.sent("POST", ENDPOINTS)
    assert sent["url"] == "example.com"
    assert "name" not in sent
    assert sent["options"] == {"follow_redirects": True, "verify_tls": True}


def test_the_timeout_follows_a_shorter_interval(visitor: Client, gateway: FakeGateway):
    visitor.post("/endpoints/new", FORM | {"interval": "5"})
    assert gateway.sent("POST", ENDPOINTS)["timeout"] == 5


def test_headers_tags_and_text_reach_the_api_in_its_shape(visitor: Client, gateway: FakeGateway):
    more = {"headers": "Accept: text/html\nX-A: b:c", "tags": "web, api, web", "body_contains": "ok"}
    visitor.post("/endpoints/new", FORM | more)
    sent = gateway.sent("POST", ENDPOINTS)
    assert sent["headers"] == {"Accept": "text/html", "X-A": "b:c"}
    assert sent["tags"] == ["web", "api"]
    assert sent["assertions"] == [{"kind": "body_contains", "target": "", "operator": "", "value": "ok"}]


def test_a_header_without_a_colon_is_told_at_its_field(visitor: Client, gateway: FakeGateway):
    response = visitor.post("/endpoints/new", FORM | {"headers": "nonsense"})
    assert response.status_code == 400
    assert "write Name: value" in response.text
    assert ("POST", ENDPOINTS) not in [call[:2] for call in gateway.calls]


def test_what_the_form_does_not_show_survives_an_edit(visitor: Client, gateway: FakeGateway):
    other = {"kind": "certificate_days", "target": "", "operator": "at_least", "value": 14}
    stored = endpoint(7, "api.example.com", "up", assertions=[other], options={"http_version": "2"}, interval=42)
    gateway.answers["GET", f"{ENDPOINTS}/7"] = (200, stored)
    assert visitor.post("/endpoints/7/edit", FORM | {"interval": "42"}).status_code == 302
    sent = gateway.sent("PATCH", f"{ENDPOINTS}/7")
    assert sent["assertions"] == [other]
    assert sent["options"]["http_version"] == "2"
    assert sent["interval"] == 42


def test_testing_first_saves_nothing(visitor: Client, gateway: FakeGateway):
    response = visitor.post("/endpoints/new", FORM | {"action": "test"})
    assert "Test result" in response.text
    assert ("POST", ENDPOINTS) not in [call[:2] for call in gateway.calls]
    assert set(gateway.sent("POST", "/endpoint-service/checks")).isdisjoint({"name", "tags"})


def test_a_check_now_tells_its_result(visitor: Client):
    assert "Checked now: Up after 84 ms." in visitor.post("/endpoints/7/check", follow=True).text


@pytest.mark.parametrize("code", sorted(OURS))
@pytest.mark.parametrize("language", ["en", "ko"])
def test_what_is_our_own_fault_is_told_as_ours_with_what_to_do(
    visitor: Client, gateway: FakeGateway, code: str, language: str
):
    visitor.cookies["django_language"] = language
    fault = report("unknown", error_code=code, message="It broke: ValueError", total_ms=None, http_status=None)
    gateway.reports[0] |= fault
    gateway.endpoints[0]["state"] = "unknown"
    gateway.answers["POST", f"{ENDPOINTS}/7/check"] = (200, {"status": "ok", "result": fault})
    with override(language):
        advice, state = escape(gettext(REASONS[code].advice)), gettext("Could not be checked")
    assert advice in visitor.post("/endpoints/7/check", follow=True).text
    for path in ("/endpoints/7", f"/endpoints/results/{REPORT_ID}"):
        text = visitor.get(path).text
        assert advice in text
        assert state in text


def test_a_refused_check_tells_why(visitor: Client, gateway: FakeGateway):
    gateway.refuse("POST", f"{ENDPOINTS}/7/check", 429, "TOO_MANY_REQUESTS", "Too many requests. Wait a moment.")
    assert "Too many requests." in visitor.post("/endpoints/7/check", follow=True).text


@pytest.mark.parametrize("action", ["pause", "resume"])
def test_pause_and_resume_are_posted(visitor: Client, gateway: FakeGateway, action: str):
    assert visitor.post(f"/endpoints/7/{action}").headers["Location"] == "/endpoints/7"
    assert ("POST", f"{ENDPOINTS}/7/{action}", {}) in gateway.calls


@pytest.mark.parametrize(
    "path", ["/endpoints/7/check", "/endpoints/7/pause", "/notifications/3/test", "/logout", "/theme"]
)
def test_what_changes_something_is_never_a_link(visitor: Client, path: str):
    assert visitor.get(path).status_code == 405


def test_an_endpoint_is_deleted_only_by_its_name(visitor: Client, gateway: FakeGateway):
    assert visitor.post("/endpoints/7/delete", {"name": "no"}).status_code == 400
    assert visitor.post("/endpoints/7/delete", {"name": "api.example.com"}).headers["Location"] == "/dashboard"
    assert ("DELETE", f"{ENDPOINTS}/7", None) in gateway.calls


def test_somebody_elses_endpoint_is_told_as_such(visitor: Client, gateway: FakeGateway):
    gateway.refuse("GET", f"{ENDPOINTS}/7", 403, "FORBIDDEN", "This belongs to somebody else.")
    response = visitor.get("/endpoints/7")
    assert response.status_code == 403
    assert "This belongs to somebody else" in response.text


def test_a_result_shows_its_phases(visitor: Client):
    text = visitor.get("/endpoints/results/019a0000-0000-7000-8000-000000000001").text
    assert "Name lookup" in text
    assert "42 ms" in text


def test_a_korean_reads_causes_in_korean_and_notes_as_they_were_written(visitor: Client, gateway: FakeGateway):
    visitor.cookies["django_language"] = "ko"
    gateway.incident["timeline"][0]["cause_data"] = REFUSED
    gateway.incident["notes"][0]["text"] = gateway.incident["timeline"][3]["text"] = "More than 3 redirects"
    told = "203.0.113.7:443 서버가 12 ms 만에 연결을 거부했습니다"
    assert told in visitor.get("/endpoints/7").text
    text = visitor.get(f"/incidents/{INCIDENT_ID}").text
    assert told in text
    assert "More than 3 redirects" in text


def test_an_incident_is_acknowledged_and_noted(visitor: Client, gateway: FakeGateway):
    at = f"/report-service/incidents/{INCIDENT_ID}"
    visitor.post(f"/incidents/{INCIDENT_ID}/acknowledge")
    visitor.post(f"/incidents/{INCIDENT_ID}", {"text": "Restarted it"})
    assert ("POST", f"{at}/acknowledge", {}) in gateway.calls
    assert gateway.sent("POST", f"{at}/notes") == {"text": "Restarted it"}


def test_an_acknowledged_incident_has_no_button_for_it(visitor: Client, gateway: FakeGateway):
    gateway.incident["acknowledged_at"] = iso(minutes=1)
    assert "I am on it" not in visitor.get(f"/incidents/{INCIDENT_ID}").text


def test_the_csv_cannot_carry_a_formula(visitor: Client, gateway: FakeGateway):
    _status, overview = gateway.answers["GET", "/report-service/overview"]
    overview["items"][0]["name"] = "=HYPERLINK(1)"
    text = visitor.get("/reports/export").text
    assert "'=HYPERLINK(1)" in text
    assert text.index("shop.example.com") < text.index("HYPERLINK")


def test_incidents_are_those_of_one_endpoint_where_it_is_chosen(visitor: Client, gateway: FakeGateway):
    text = visitor.get("/incidents?endpoint=8&status=open").text
    query = next(request.args for request in gateway.requests if request.path == "/report-service/incidents")
    assert (query["endpoint_id"], query["status"]) == ("8", "open")
    assert '<option value="8" selected>shop.example.com</option>' in text
    assert 'href="?endpoint=8&amp;status=resolved"' in text
    assert '<input type="hidden" name="status" value="open">' in text


def test_an_incident_says_how_many_of_its_notes_are_not_shown(visitor: Client, gateway: FakeGateway):
    assert "older note" not in visitor.get(f"/incidents/{INCIDENT_ID}").text
    gateway.incident["notes_count"] = len(gateway.incident["notes"]) + 7
    assert "7 older notes are not shown." in visitor.get(f"/incidents/{INCIDENT_ID}").text
