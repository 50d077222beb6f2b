"""What each condition holds for, and what is said where it does not."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from endpoint_check.engine.http.received import Received
from endpoint_check.engine.judging.budget import Unlimited
from endpoint_check.engine.judging.verdict import conclude
from endpoint_check.engine.outcome import Outcome
from endpoint_check.engine.spec import spec_of


def judged(
    condition: dict[str, Any],
    body: str | bytes = b"",
    *,
    headers: tuple[bytes, ...] = (),
    cut: bool = False,
    undecoded: str = "",
    total_ms: float = 5.0,
    days: float | None = None,
    **spec: Any,
) -> Outcome:
    """The verdict on an answer of status 200, by one condition."""
    outcome = Outcome(status="up", http_status=200, total_ms=total_ms)
    if days is not None:
        outcome.certificate_expires_at = datetime.now(UTC) + timedelta(days=days)
    lines = [b"HTTP/1.1 200 OK\r\n", *(line + b"\r\n" for line in headers), b"\r\n"]
    raw = body.encode() if isinstance(body, str) else body
    text = json.dumps({"url": "http://x/", "assertions": [condition], **spec})
    conclude(spec_of(text), outcome, Received(lines, raw, undecoded, cut), budget=Unlimited())
    return outcome


def path(target: str, operator: str, value: Any = None) -> dict[str, Any]:
    return {"kind": "json_path", "target": target, "operator": operator, "value": value}


def header(target: str, operator: str, value: Any = None) -> dict[str, Any]:
    return {"kind": "header", "target": target, "operator": operator, "value": value}


def contains(value: str) -> dict[str, Any]:
    return {"kind": "body_contains", "value": value}


def lacks(value: str) -> dict[str, Any]:
    return {"kind": "body_not_contains", "value": value}


def regex(value: str) -> dict[str, Any]:
    return {"kind": "body_regex", "value": value}


LONG = "1" + "0" * 399
DOCUMENT = json.dumps({
    "n": 3, "one": 1.0, "big": 10**17 + 1, "f": 0.1, "e": 1e3, "t": True, "none": None, "s": "1", "text": "한글 text",
    "list": [1, "a", None], "obj": {"a": 1}, "이름": {"값": "가"}, "items": [{"id": 1, "ok": True}, {"id": 2, "ok": False}],
    "a.b": 1, "empty": "", "zero": 0,
})  # fmt: skip
DOCUMENT = DOCUMENT[:-1] + f', "long": {LONG}, "exp": 1e400, "huge": {"9" * 6000}}}'


@pytest.mark.parametrize(
    "condition",
    [
        path("$.n", "equals", 3), path("$.n", "equals", "3"), path("$.n", "equals", 3.0), path("$.n", "equals", "3.0"),
        path("$.one", "equals", "1"), path("$.one", "equals", 1), path("$.one", "equals", "1.0"),
        path("$.one", "equals", "1e0"), path("$.n", "not_equals", 4), path("$.n", "not_equals", "4"),
        path("$.big", "equals", 100000000000000001), path("$.big", "equals", "100000000000000001"),
        path("$.big", "not_equals", "100000000000000000"),
        path("$.f", "equals", 0.1), path("$.f", "equals", "0.1"), path("$.e", "equals", "1000"),
        path("$.long", "equals", LONG), path("$.long", "greater_than", 5), path("$.long", "at_least", 1.5),
        path("$.long", "not_equals", LONG[:-1]), path("$.exp", "greater_than", 5), path("$.huge", "greater_than", 5),
        path("$.t", "equals", True), path("$.t", "equals", "true"), path("$.t", "not_equals", 1),
        path("$.none", "equals", None), path("$.none", "equals", "null"), path("$.none", "exists"),
        path("$.s", "equals", "1"), path("$.s", "not_equals", 1), path("$.s", "at_least", 1), path("$.s", "not_equals", "1.0"),
        path("$.text", "contains", "한글"), path("$.text", "matches", "^한글"), path("$.text", "not_contains", "영문"),
        path("$.list", "contains", "a"), path("$.list", "contains", "1"), path("$.list", "not_contains", "b"),
        path("$.list", "equals", '[1,"a",null]'), path("$.obj", "equals", '{"a": 1}'), path("$.obj", "contains", '"a"'),
        path("$.이름.값", "equals", "가"), path("$['이름']['값']", "equals", "가"), path("$..값", "equals", "가"),
        path("$.items[?@.ok].id", "equals", 1), path("$.items[?@.id>1].ok", "equals", False),
        path("$.items[*].id", "at_least", 2), path("$.items[*].id", "not_equals", 3), path("$.items[-1].id", "equals", 2),
        path("$[?length(@) == 2]", "exists"), path("$['a.b']", "equals", 1), path("$.missing", "not_exists"),
        path("$.empty", "equals", ""), path("$.zero", "equals", 0), path("$.zero", "not_equals", False),
        path("items[0].id", "equals", 1), path("$", "exists"),
    ],
    ids=lambda condition: f"{condition['target']} {condition['operator']} {str(condition['value'])[:20]!r}",
)  # fmt: skip
def test_a_path_finds_what_it_should(condition: dict[str, Any]):
    assert judged(condition, DOCUMENT).status == "up", judged(condition, DOCUMENT).message


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        (path("$.n", "equals", 4), "$.n is 3; expected 4."),
        (path("$.n", "equals", "4"), '$.n is 3; expected "4".'),
        (path("$.one", "equals", "1.5"), '$.one is 1.0; expected "1.5".'),
        (path("$.n", "not_equals", "3.0"), '$.n is 3; expected anything but "3.0".'),
        (path("$.long", "less_than", 5), f"$.long is {LONG[:79]}…; expected less than 5."),
        (path("$.t", "equals", 1), "$.t is true; expected 1."),
        (path("$.t", "at_least", 0), "$.t is true; expected at least 0."),
        (path("$.text", "at_least", 0), '$.text is "한글 text"; expected at least 0.'),
        (path("$.text", "matches", "^x"), '$.text is "한글 text"; expected a match of "^x".'),
        (path("$.missing", "equals", "a"), '$.missing is missing; expected "a".'),
        (path("$.missing", "exists"), "$.missing is missing."),
        (path("$.n", "not_exists"), "$.n is there: 3."),
        (path("$.items[*].id", "not_equals", 2), "$.items[*].id is 2; expected anything but 2."),
        (path("$.items[*].id", "equals", 5), "$.items[*].id is 1; expected 5."),
        (contains("nowhere"), 'The body does not contain "nowhere".'),
        (lacks("items"), 'The body contains "items".'),
        (regex("^nowhere"), 'The body does not match "^nowhere".'),
        (header("Server", "equals", "nginx"), 'The header Server is "caddy"; expected "nginx".'),
        (header("Server", "not_equals", "caddy"), 'The header Server is "caddy"; expected anything but "caddy".'),
        (header("Server", "matches", "^a"), 'The header Server is "caddy"; expected a match of "^a".'),
        (header("X-None", "equals", "a"), 'The header X-None is missing; expected "a".'),
        ({"kind": "response_time", "operator": "at_most", "value": 4}, "The response took 5 ms; the limit is 4 ms."),
        ({"kind": "certificate_days", "value": 14}, "There is no certificate to look at."),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)  # fmt: skip
def test_what_does_not_hold_is_said_with_what_is_there(condition: dict[str, Any], sentence: str):
    outcome = judged(condition, DOCUMENT, headers=(b"Server: caddy",))
    assert outcome.message == sentence
    assert "  " not in outcome.message


@pytest.mark.parametrize(
    ("operator", "holds"),
    [("equals", False), ("contains", False), ("matches", False), ("exists", False), ("not_exists", True),
     ("not_equals", True), ("not_contains", True)],
)  # fmt: skip
def test_on_an_absent_header_the_negative_operators_hold(operator: str, holds: bool):
    value = None if "exists" in operator else "a"
    assert (judged(header("X-None", operator, value)).status == "up") is holds


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("X-Name: 한글".encode(), "한글"),
        ("X-Name: café".encode("latin-1"), "café"),
        ("X-Name: cafe\u0301".encode(), "café"),
        (b"X-Name:   padded  ", "padded"),
    ],
)
def test_the_values_of_headers_are_utf_8_and_compared_in_one_normal_form(line: bytes, value: str):
    assert judged(header("x-name", "equals", value), headers=(line,)).status == "up"


@pytest.mark.parametrize(
    "condition",
    [lacks("nowhere"), contains("nowhere"), path("$.a", "not_equals", 2), path("$.b", "not_exists"), path("$.a", "equals", 1),
     regex("x$"), regex(r"x\z"), regex("nowhere")],
)  # fmt: skip
def test_on_a_body_that_was_cut_nothing_holds_that_the_rest_could_refute(condition: dict[str, Any]):
    outcome = judged(condition, '{"a": 1, "b' + "x" * 2000, cut=True)
    assert outcome.error_code == "assertion_failed"
    assert "first 2 KiB" in outcome.message
    assert "no JSON" not in outcome.message


@pytest.mark.parametrize("condition", [contains('"a"'), regex("^.{2}a"), regex("x+"), regex('"a"$|1')])
def test_on_a_body_that_was_cut_what_is_there_is_there(condition: dict[str, Any]):
    assert judged(condition, '{"a": 1, "b' + "x" * 2000, cut=True).status == "up"


@pytest.mark.parametrize("condition", [contains("a"), lacks("a"), regex("a"), path("$.a", "exists")])
def test_on_a_body_of_an_unknown_encoding_no_condition_holds(condition: dict[str, Any]):
    outcome = judged(condition, b"\x28\xb5\x2f\xfd", undecoded="zstd")
    assert outcome.error_code == "assertion_failed"
    assert outcome.message == 'The body\'s encoding "zstd" is not known here, so no condition on the body can hold.'
    assert judged(header("Server", "not_exists"), b"\x28\xb5\x2f\xfd", undecoded="zstd").status == "up"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"<html>", "The body is no JSON, so $.a cannot be read."),
        (b'{"a": NaN}', "The body is no JSON, so $.a cannot be read."),
        (b"", "The body is no JSON, so $.a cannot be read."),
        (b"[" * 100_000 + b"]" * 100_000, "The body is nested too deeply, so $.a cannot be read."),
    ],
)
def test_what_is_no_json_is_said_to_be_none(body: bytes, sentence: str):
    assert judged(path("$.a", "equals", 1), body).message == sentence


@pytest.mark.parametrize(
    "body",
    ['{"a": "값"}'.encode(), b"\xef\xbb\xbf" + '{"a": "값"}'.encode(), '{"a": "값"}'.encode("utf-16"),
     '{"a": "값"}'.encode("utf-16-le"), '{"a": "값"}'.encode("utf-32"), b'{"a": "\\uac12"}'],
)  # fmt: skip
def test_json_is_read_in_the_encodings_that_it_was_ever_written_in(body: bytes):
    assert judged(path("$.a", "equals", "값"), body).status == "up"


@pytest.mark.parametrize("operator", ["equals", "contains", "matches", "not_exists"])
def test_half_a_surrogate_pair_in_json_can_be_stored(operator: str):
    outcome = judged(path("$.a", operator, None if operator == "not_exists" else "b"), rb'{"a": "\ud800"}')
    assert outcome.error_code == "assertion_failed"
    outcome.message.encode()


@pytest.mark.parametrize("target", ["$.a | $.b", "$[?(@.a)", "a where b"])
def test_a_stored_path_that_can_no_longer_be_read_is_a_fault_of_the_spec(target: str):
    outcome = judged(path(target, "equals", 1), '{"a": 1}')
    assert outcome.error_code == "invalid_spec"
    assert "is no valid JSONPath" in outcome.message


@pytest.mark.parametrize(("days", "status"), [(20, "up"), (10, "degraded")])
def test_an_old_certificate_degrades(days: float, status: str):
    assert judged({"kind": "certificate_days", "value": 14}, days=days).status == status


@pytest.mark.parametrize("status", ["101", "600-999", "200,600"])
def test_every_status_of_three_digits_can_be_expected(status: str):
    assert judged(contains(""), expected_status=status).error_code in {None, "unexpected_status"}
