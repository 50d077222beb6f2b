"""What the API says of what it refuses."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.testing.cast import client_for
from common.testing.contracts import assert_error
from endpoint_service.tests.odd import NESTED


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"interval": 4}, "interval"),
        ({"interval": 86401}, "interval"),
        ({"timeout": 0}, "timeout"),
        ({"timeout": 61}, "timeout"),
        ({"timeout": 10, "interval": 5}, "timeout"),
        ({"method": "TRACE"}, "method"),
        ({"kind": "udp"}, "kind"),
        ({"body": "가" * 21846}, "body"),
        ({"body": "a\x00"}, "body"),
        ({"failure_threshold": 0}, "failure_threshold"),
        ({"recovery_threshold": 21}, "recovery_threshold"),
        ({"tags": ["x" * 51]}, "tags.0"),
        ({"tags": [""]}, "tags.0"),
        ({"tags": [str(n) for n in range(21)]}, "tags"),
        ({"key": "a b"}, "key"),
        ({"key": ""}, "key"),
        ({"key": "-a"}, "key"),
        ({"name": "x" * 201}, "name"),
        ({"name": None}, "name"),
        ({"headers": []}, "headers"),
        ({"headers": {"Host": "x"}}, "headers.Host"),
        ({"options": {"auth": {"kind": "x"}}}, "options.auth.kind"),
        ({"assertions": [{"kind": "x"}]}, "assertions.0.kind"),
        ({"method": "HEAD", "assertions": [{"kind": "body_contains", "value": "a"}]}, "assertions.0.kind"),
        ({"method": "HEAD", "assertions": [{"kind": "body_not_contains", "value": "a"}]}, "assertions.0.kind"),
        ({"method": "HEAD", "assertions": [{"kind": "body_regex", "value": "a"}]}, "assertions.0.kind"),
        ({"method": "HEAD", "assertions": [{"kind": "json_path", "target": "$.a", "value": 1}]}, "assertions.0.kind"),
        ({"kind": "tcp", "url": "a.example:22", "headers": {"Accept": "x"}}, "headers"),
        ({"kind": "tcp", "url": "a.example:22", "body": "x"}, "body"),
        ({"kind": "tcp", "url": "a.example:22", "options": {"verify_tls": True}}, "options.verify_tls"),
        ({"kind": "dns", "assertions": [{"kind": "body_contains", "value": "x"}]}, "assertions.0.kind"),
    ],
)
def test_a_wrong_field_is_named(owner, fields, field) -> None:
    body = assert_error(owner.post("/api/endpoints", {"url": "a.example", **fields}), 400, "VALIDATION_FAILED")
    assert list(body["errors"]) == [field]


@pytest.mark.django_db
def test_a_timeout_that_nobody_gave_fits_into_the_interval(owner) -> None:
    assert owner.post("/api/endpoints", {"url": "a.example", "interval": 5}).data["timeout"] == 5
    assert owner.post("/api/endpoints", {"url": "a.example"}).data["timeout"] == 10
    imported = owner.post("/api/endpoints/import", {"endpoints": [{"key": "b", "url": "b.example", "interval": 5}]})
    assert imported.status_code == 200, imported.data


@pytest.mark.django_db
def test_a_change_is_judged_with_what_stays(owner, make) -> None:
    path = f"/api/endpoints/{make(interval=30, timeout=20)['id']}"
    assert list(assert_error(owner.patch(path, {"interval": 10}), 400)["errors"]) == ["timeout"]
    assert list(assert_error(owner.patch(path, {"kind": "tcp"}), 400)["errors"]) == ["url"]
    owner.patch(path, {"headers": {"Accept": "x"}})
    assert list(assert_error(owner.patch(path, {"kind": "tls", "url": "a.example"}), 400)["errors"]) == ["headers"]


@pytest.mark.django_db
@settings(max_examples=20)
@given(value=NESTED.filter(lambda value: value is not None))
def test_no_body_is_an_error_of_ours(value) -> None:
    try:
        text = json.dumps(value, allow_nan=False)
    except ValueError:
        return
    for path in ("endpoints", "endpoints/bulk", "endpoints/import", "maintenance-windows", "checks"):
        response = client_for(1).generic("POST", f"/api/{path}", text, content_type="application/json")
        assert response.status_code in {200, 201, 400}, (path, text, response.json())


@pytest.mark.django_db
@settings(max_examples=40)
@given(
    field=st.sampled_from(
        ["url", "name", "key", "headers", "body", "interval", "assertions", "options", "tags", "kind"]
    ),
    value=NESTED,
)
def test_no_field_is_an_error_of_ours(field, value) -> None:
    try:
        text = json.dumps({"url": "a.example", field: value}, allow_nan=False)
    except ValueError:
        return
    response = client_for(1).generic("POST", "/api/endpoints", text, content_type="application/json")
    assert response.status_code in {201, 400}, (text, response.json())


@pytest.mark.django_db
def test_head_and_conditions_on_the_body_are_refused_whichever_came_last(owner, make) -> None:
    body = [{"kind": "body_contains", "value": "ok"}]
    path = f"/api/endpoints/{make(assertions=body)['id']}"
    assert_error(owner.patch(path, {"method": "HEAD"}), 400)
    header = [{"kind": "header", "target": "Server", "operator": "exists"}]
    assert owner.patch(path, {"method": "HEAD", "assertions": header}).status_code == 200
    assert_error(owner.patch(path, {"assertions": body}), 400)
    assert owner.patch(path, {"name": "Other"}).status_code == 200
