"""The endpoint form: its kinds, conditions and log-in, and what it says while one types."""

from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from frontend.forms.assertion_rows import text_of, value_of
from frontend.tests.fake import FakeGateway, endpoint

ENDPOINTS = "/endpoint-service/endpoints"
HTTP = {
    "kind": "http", "url": "example.com", "name": "", "interval": "60", "method": "GET", "expected_status": "200-299",
    "timeout": "10", "failure_threshold": "3", "recovery_threshold": "2", "follow_redirects": "on", "verify_tls": "on",
    "auth": "none", "ip_version": "auto", "http_version": "auto",
}  # fmt: skip
BELOW = {"interval": "60", "timeout": "10", "failure_threshold": "3", "recovery_threshold": "2", "ip_version": "auto"}


def rows(*conditions: tuple[str, str, str, str]) -> dict[str, str]:
    """Posted conditions: kind, target, operator, value."""
    posted = {"assertions-TOTAL_FORMS": str(len(conditions)), "assertions-INITIAL_FORMS": "0"}
    for number, condition in enumerate(conditions):
        names = ("kind", "target", "operator", "value")
        posted |= {f"assertions-{number}-{name}": text for name, text in zip(names, condition, strict=True)}
    return posted


@pytest.mark.parametrize(
    ("kind", "shown", "hidden"),
    [
        ("http", {"method", "headers", "verify_tls", "certificate_warnings", "auth"}, {"record_type"}),
        ("tcp", {"ip_version"}, {"method", "verify_tls", "certificate_warnings", "follow_redirects", "record_type"}),
        ("tls", {"verify_tls", "certificate_warnings", "ip_version"}, {"method", "follow_redirects"}),
        ("dns", {"record_type", "expected"}, {"ip_version", "verify_tls"}),
        ("ping", {"ip_version"}, {"verify_tls", "record_type"}),
        (
            "websocket",
            {"message", "headers", "auth", "verify_tls", "max_body_kib", "body_contains"},
            {"method", "body"},
        ),
    ],
)
def test_a_kind_has_its_own_fields(visitor: Client, kind: str, shown: set[str], hidden: set[str]):
    text = visitor.get(f"/endpoints/new?kind={kind}").text
    assert all(f'name="{name}"' in text for name in shown)
    assert not any(f'name="{name}"' in text for name in hidden)
    assert f'name="kind" value="{kind}"' in text


@pytest.mark.parametrize(
    ("stored", "written", "sent"),
    [
        ([], "60, 7 0.5", [60, 7, 0.5]),
        ([60, 0.5], "", None),
        ([60, 0.5], "60, 0.5", [60, 0.5]),
        ([], "", []),
        (None, "", None),
    ],
)
def test_the_days_at_which_a_certificate_is_warned_of_are_written_with_commas(
    visitor: Client, gateway: FakeGateway, stored: list[float] | None, written: str, sent: list[float] | None
):
    options = {} if stored is None else {"certificate_warnings": stored}
    gateway.answers["GET", f"{ENDPOINTS}/7"] = (200, endpoint(7, "api.example.com", "up", options=options))
    form = visitor.get("/endpoints/7/edit").context["form"]
    assert form["certificate_warnings"].value() == ", ".join(str(one) for one in stored or [])
    visitor.post("/endpoints/7/edit", HTTP | {"certificate_warnings": written})
    assert gateway.sent("PATCH", f"{ENDPOINTS}/7")["options"].get("certificate_warnings") == sent


def test_what_is_no_day_is_said_at_the_field(visitor: Client):
    text = visitor.post("/endpoints/new", HTTP | {"certificate_warnings": "30, soon"}).text
    assert "30, 14, 7, 1" in text


@pytest.mark.parametrize(
    ("kind", "url", "options"),
    [("tcp", "db.example.com:5432", {}), ("tls", "example.com", {"verify_tls": True}), ("ping", "example.com", {})],
)
def test_a_kind_sends_only_what_the_api_takes_for_it(
    visitor: Client, gateway: FakeGateway, kind: str, url: str, options: dict[str, Any]
):
    visitor.post("/endpoints/new", BELOW | {"kind": kind, "url": url, "verify_tls": "on", "method": "GET"})
    sent = gateway.sent("POST", ENDPOINTS)
    assert (sent["kind"], sent["url"], sent["options"]) == (kind, url, options)
    assert set(sent).isdisjoint({"method", "headers", "body", "expected_status"})


def test_a_name_is_looked_up_by_record_type_and_expected_answers(visitor: Client, gateway: FakeGateway):
    more = {"kind": "dns", "url": "example.com", "record_type": "MX", "expected": " a \n\nb"}
    visitor.post("/endpoints/new", BELOW | more)
    assert gateway.sent("POST", ENDPOINTS)["options"] == {"record_type": "MX", "expected": ["a", "b"]}


def test_a_websocket_has_a_message_that_can_be_taken_away_again(visitor: Client, gateway: FakeGateway):
    more = {
        "kind": "websocket",
        "url": "wss://example.com/live",
        "message": '{"type": "ping"}',
        "body_contains": "pong",
    }
    visitor.post("/endpoints/new", BELOW | more)
    sent = gateway.sent("POST", ENDPOINTS)
    assert (sent["kind"], sent["url"], sent["options"]["message"]) == ("websocket", more["url"], more["message"])
    assert [condition["value"] for condition in sent["assertions"]] == ["pong"]
    stored = endpoint(7, "example.com", "up", kind="websocket", options={"message": "hi", "degraded_ms": 9})
    gateway.answers["GET", f"{ENDPOINTS}/7"] = (200, stored)
    assert visitor.get("/endpoints/7/edit").context["form"]["message"].value() == "hi"
    visitor.post("/endpoints/7/edit", BELOW | more | {"message": "", "degraded_ms": "9"})
    assert gateway.sent("PATCH", f"{ENDPOINTS}/7")["options"].keys() & {"message", "degraded_ms"} == {"degraded_ms"}


def test_conditions_reach_the_api_in_its_shape_and_empty_rows_do_not(visitor: Client, gateway: FakeGateway):
    conditions = rows(
        ("json_path", "$.n", "at_most", "3"),
        ("header", "X-A", "exists", ""),
        ("", "", "", ""),
        ("certificate_days", "", "at_least", "14"),
    )
    visitor.post("/endpoints/new", HTTP | conditions | {"body_contains": "ok"})
    assert gateway.sent("POST", ENDPOINTS)["assertions"] == [
        {"kind": "json_path", "target": "$.n", "operator": "at_most", "value": 3},
        {"kind": "header", "target": "X-A", "operator": "exists", "value": None},
        {"kind": "certificate_days", "target": "", "operator": "at_least", "value": 14},
        {"kind": "body_contains", "target": "", "operator": "", "value": "ok"},
    ]


def test_a_condition_that_lacks_something_is_told_and_kept(visitor: Client, gateway: FakeGateway):
    conditions = rows(("json_path", "", "equals", "x"), ("response_time", "", "at_most", "fast"))
    response = visitor.post("/endpoints/new", HTTP | conditions)
    assert response.status_code == 400
    assert "A path such as $.status" in response.text
    assert "A whole number." in response.text
    assert 'value="fast"' in response.text
    assert ("POST", ENDPOINTS) not in [call[:2] for call in gateway.calls]


def test_another_row_is_given_without_javascript_and_nothing_is_saved(visitor: Client, gateway: FakeGateway):
    response = visitor.post("/endpoints/new", HTTP | rows(("header", "X-A", "equals", "b")) | {"action": "row"})
    assert 'name="assertions-1-kind"' in response.text
    assert 'value="X-A"' in response.text
    assert '<details class="more" open>' in response.text
    assert ("POST", ENDPOINTS) not in [call[:2] for call in gateway.calls]


@pytest.mark.parametrize(
    ("condition", "shown"),
    [
        ({"kind": "header", "target": "X-A", "operator": "equals", "value": "3"}, "3"),
        ({"kind": "json_path", "target": "$.a", "operator": "contains", "value": "3"}, "3"),
        ({"kind": "json_path", "target": "$.a", "operator": "equals", "value": "3"}, "&quot;3&quot;"),
        ({"kind": "json_path", "target": "$.a", "operator": "equals", "value": 3}, "3"),
    ],
)
def test_a_stored_condition_is_saved_as_it_is_shown(
    visitor: Client, gateway: FakeGateway, condition: dict[str, Any], shown: str
):
    gateway.answers["GET", f"{ENDPOINTS}/7"] = (200, endpoint(7, "api.example.com", "up", assertions=[condition]))
    assert f'name="assertions-0-value" value="{shown}"' in visitor.get("/endpoints/7/edit").text
    posted = (condition["kind"], condition["target"], condition["operator"], shown.replace("&quot;", '"'))
    visitor.post("/endpoints/7/edit", HTTP | rows(posted))
    assert gateway.sent("PATCH", f"{ENDPOINTS}/7")["assertions"] == [condition]


def test_stored_conditions_are_shown_and_a_cleared_row_is_taken_away(visitor: Client, gateway: FakeGateway):
    header = {"kind": "header", "target": "X-A", "operator": "equals", "value": "3"}
    gateway.answers["GET", f"{ENDPOINTS}/7"] = (200, endpoint(7, "api.example.com", "up", assertions=[header]))
    text = visitor.get("/endpoints/7/edit").text
    assert 'value="3"' in text
    visitor.post("/endpoints/7/edit", HTTP | rows(("", "", "", "")))
    assert gateway.sent("PATCH", f"{ENDPOINTS}/7")["assertions"] == []


@pytest.mark.parametrize(
    ("posted", "sent"),
    [
        ({"auth": "basic", "username": "me", "secret": "s"}, {"kind": "basic", "username": "me", "password": "s"}),
        ({"auth": "bearer", "username": "me", "secret": "t"}, {"kind": "bearer", "token": "t"}),
    ],
)
def test_a_log_in_reaches_the_api(visitor: Client, gateway: FakeGateway, posted: dict[str, str], sent: dict[str, str]):
    visitor.post("/endpoints/new", HTTP | posted)
    assert gateway.sent("POST", ENDPOINTS)["options"]["auth"] == sent


def test_a_log_in_is_shown_masked_and_can_be_taken_away(visitor: Client, gateway: FakeGateway):
    stored = endpoint(7, "api.example.com", "up", options={"auth": {"kind": "bearer", "token": "••••••"}})
    gateway.answers["GET", f"{ENDPOINTS}/7"] = (200, stored)
    assert 'value="••••••"' in visitor.get("/endpoints/7/edit").text
    visitor.post("/endpoints/7/edit", HTTP)
    assert "auth" not in gateway.sent("PATCH", f"{ENDPOINTS}/7")["options"]


def test_a_field_is_judged_by_the_form_while_one_types(visitor: Client, gateway: FakeGateway):
    gateway.calls.clear()
    text = visitor.post("/endpoints/validate?field=headers", HTTP | {"headers": "<b>"}).text
    assert '<ul class="errorlist"' in text
    assert "&lt;b&gt;” is no header: write Name: value" in text
    assert visitor.post("/endpoints/validate?field=name", HTTP | {"url": ""}).content == b""
    assert visitor.post("/endpoints/validate?field=nonsense", HTTP).status_code == 204
    assert not gateway.calls


def test_a_field_is_judged_by_the_api_while_one_types_and_nothing_is_stored(visitor: Client, gateway: FakeGateway):
    at = f"{ENDPOINTS}/validate"
    wrong = {"url": ["Only http:// and https://."], "options.max_body_kib": ["Too many."]}
    gateway.answers["POST", at] = (200, {"status": "fail", "errors": wrong})
    assert "Only http://" in visitor.post("/endpoints/validate?field=url&endpoint=7", HTTP | {"url": "ftp://x"}).text
    assert gateway.requests[-1].args["endpoint_id"] == "7"
    assert gateway.sent("POST", at)["url"] == "ftp://x"
    assert "Too many." in visitor.post("/endpoints/validate?field=max_body_kib", HTTP).text
    assert visitor.post("/endpoints/validate?field=name", HTTP).content == b""
    gateway.answers["POST", at] = (200, {"status": "ok"})
    assert visitor.post("/endpoints/validate?field=url&endpoint=", HTTP).content == b""
    assert "endpoint_id" not in gateway.requests[-1].args
    assert not [call for call in gateway.calls if "import" in call[1]]


def test_nobody_has_a_form_judged(nobody: Client, gateway: FakeGateway):
    assert nobody.post("/endpoints/validate?field=url", HTTP).headers["Location"].startswith("/login")
    assert nobody.get("/endpoints/validate").status_code == 405
    assert not gateway.calls


@given(
    st.one_of(st.text(), st.integers(-(2**53), 2**53), st.booleans(), st.floats(allow_nan=False, allow_infinity=False))
)
def test_a_json_value_survives_the_form(value: Any):
    assert value_of(text_of(value)) == value
    assert type(value_of(text_of(value))) is type(value)


def test_how_much_of_an_answer_is_read_is_sent_and_shown(visitor: Client, gateway: FakeGateway):
    visitor.post("/endpoints/new", HTTP | {"max_body_kib": "5120"})
    assert gateway.sent("POST", ENDPOINTS)["options"]["max_body_kib"] == 5120
    stored = endpoint(7, "api.example.com", "up", options={"max_body_kib": 5120})
    gateway.answers["GET", f"{ENDPOINTS}/7"] = (200, stored)
    assert 'name="max_body_kib" value="5120"' in visitor.get("/endpoints/7/edit").text
