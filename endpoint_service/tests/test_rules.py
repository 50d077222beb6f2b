"""What a spec may be: each rule by examples, and by properties where it has an algebra."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.contracts.assertions import ASSERTIONS, clean_assertions
from common.contracts.headers import clean_headers
from common.contracts.invalid import Invalid
from common.contracts.options import OPTIONS, clean_options
from common.contracts.statuses import clean_expected_status
from common.contracts.windows import clean_cron, clean_time_zone
from common.security.secret_headers import is_secret_header
from endpoint_service.tests.odd import NESTED, refused_path


@pytest.mark.parametrize(
    ("given", "clean"), [("200", "200"), (" 200 - 299 , 304", "200-299,304"), ("101,600-999", "101,600-999")]
)
def test_a_status_set_is_codes_and_ranges(given, clean) -> None:
    assert clean_expected_status(given) == clean


@pytest.mark.parametrize(
    "given", ["", "2xx", "1000", "99", "299-200", "200,", "200-", "-200", "200;201", "२००", ",".join(["200"] * 51)]
)
def test_an_odd_status_set_is_refused(given) -> None:
    refused_path(clean_expected_status, given)


codes = st.integers(100, 999)


@given(st.lists(codes | st.tuples(codes, codes).map(sorted).map(tuple), min_size=1, max_size=50))
def test_every_set_of_codes_can_be_written(items) -> None:
    text = ",".join(str(item) if isinstance(item, int) else f"{item[0]}-{item[1]}" for item in items)
    assert clean_expected_status(text) == text


@pytest.mark.parametrize(
    "name",
    [
        "Host", "host", "Content-Length", "content_length", "Transfer-Encoding", "Connection", "Upgrade",
        "X-Consumer-Custom-ID", "x_consumer_custom_id", "X-Consumer_Username", "X-Credential-Identifier",
        "X-Internal-Token", "X_Internal_Token", "X-Anonymous-Consumer", "", "a b", "a:b", "a\r\nb", "ä", "a" * 101,
    ],
)  # fmt: skip
def test_a_header_that_could_pose_or_break_is_refused(name) -> None:
    refused_path(clean_headers, {name: "x"})


@pytest.mark.parametrize("value", ["a\r\nb: c", "a\nb", "a\x00b", "\x7f", "\ud800", "a" * 8193, 5, None, ["a"], True])
def test_a_header_value_that_could_break_is_refused(value) -> None:
    assert refused_path(clean_headers, {"Accept": value}) == "Accept"


def test_a_header_is_there_once() -> None:
    assert refused_path(clean_headers, {"X-A": "1", "x_a": "2"}) == "x_a"


def test_headers_are_few() -> None:
    clean_headers({f"X-{number}": "" for number in range(50)})
    refused_path(clean_headers, {f"X-{number}": "" for number in range(51)})


@pytest.mark.parametrize(
    "name",
    ["Authorization", "proxy-authorization", "COOKIE", "X-Api-Key", "x-auth-token", "Client-Secret", "X-Password"],
)
def test_these_headers_are_secret(name) -> None:
    assert is_secret_header(name)


@pytest.mark.parametrize("name", ["Accept", "User-Agent", "X-Request-ID", "Content-Type"])
def test_these_headers_are_not(name) -> None:
    assert not is_secret_header(name)


@given(NESTED)
def test_headers_take_nothing_that_cannot_be_sent(value) -> None:
    try:
        clean = clean_headers(value)
    except Invalid:
        return
    for name, text in clean.items():
        line = f"{name}: {text}".encode()
        assert b"\r" not in line
        assert b"\n" not in line
        assert b"\x00" not in line


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ({"kind": "body_contains", "value": "ok"}, ("", "", "ok")),
        ({"kind": "body_regex", "value": "v[0-9]+"}, ("", "", "v[0-9]+")),
        ({"kind": "header", "target": "Server", "value": "nginx"}, ("Server", "equals", "nginx")),
        ({"kind": "header", "target": "Server", "operator": "exists"}, ("Server", "exists", None)),
        ({"kind": "header", "target": "Age", "operator": "matches", "value": "^1"}, ("Age", "matches", "^1")),
        ({"kind": "json_path", "target": "$.a[0].b", "value": 5}, ("$.a[0].b", "equals", 5)),
        ({"kind": "json_path", "target": "$.a", "value": None}, ("$.a", "equals", None)),
        ({"kind": "json_path", "target": "$.a", "operator": "at_most", "value": 1.5}, ("$.a", "at_most", 1.5)),
        ({"kind": "response_time", "value": 800}, ("", "at_most", 800)),
        ({"kind": "certificate_days", "operator": "greater_than", "value": 14}, ("", "greater_than", 14)),
    ],
)
def test_an_assertion_has_one_full_form(given, clean) -> None:
    full = {"kind": given["kind"], **dict(zip(("target", "operator", "value"), clean, strict=True))}
    assert clean_assertions([given]) == [full]
    assert clean_assertions([full]) == [full]


@pytest.mark.parametrize(
    ("assertion", "path"),
    [
        ("x", "0"),
        ({}, "0.kind"),
        ({"kind": "status"}, "0.kind"),
        ({"kind": "header", "value": "x"}, "0.target"),
        ({"kind": "header", "target": "a b", "value": "x"}, "0.target"),
        ({"kind": "header", "target": "A", "operator": "at_most", "value": "x"}, "0.operator"),
        ({"kind": "header", "target": "A", "operator": ["equals"], "value": "x"}, "0.operator"),
        ({"kind": "header", "target": "A", "operator": "exists", "value": "x"}, "0.value"),
        ({"kind": "header", "target": "A", "value": 5}, "0.value"),
        ({"kind": "body_contains", "value": ""}, "0.value"),
        ({"kind": "body_contains", "value": "a\x00"}, "0.value"),
        ({"kind": "body_contains", "target": "x", "value": "a"}, "0.target"),
        ({"kind": "body_contains", "operator": "equals", "value": "a"}, "0.operator"),
        ({"kind": "body_regex", "value": "("}, "0.value"),
        ({"kind": "body_regex", "value": r"(a)\1"}, "0.value"),
        ({"kind": "body_regex", "value": "(a{1000}){1000}"}, "0.value"),
        ({"kind": "json_path", "target": "$.[", "value": 1}, "0.target"),
        ({"kind": "json_path", "target": "", "value": 1}, "0.target"),
        ({"kind": "json_path", "target": "$.a", "value": [1]}, "0.value"),
        ({"kind": "json_path", "target": "$.a", "operator": "at_most", "value": "1"}, "0.value"),
        ({"kind": "json_path", "target": "$.a", "operator": "at_most", "value": True}, "0.value"),
        ({"kind": "json_path", "target": "$.a", "value": float("nan")}, "0.value"),
        ({"kind": "json_path", "target": "$.a", "value": 10**30}, "0.value"),
        ({"kind": "response_time", "value": 0}, "0.value"),
        ({"kind": "response_time", "value": True}, "0.value"),
        ({"kind": "certificate_days", "value": "14"}, "0.value"),
        ({"kind": "body_contains", "value": "a", "extra": 1}, "0.extra"),
    ],
)
def test_an_odd_assertion_is_refused_where_it_is_odd(assertion, path) -> None:
    assert refused_path(clean_assertions, [assertion]) == path


@given(st.sampled_from(sorted(ASSERTIONS)), NESTED, NESTED, NESTED)
def test_an_assertion_is_refused_or_stays_as_it_was_cleaned(kind, target, operator, value) -> None:
    try:
        clean = clean_assertions([{"kind": kind, "target": target, "operator": operator, "value": value}])
    except Invalid:
        return
    assert clean_assertions(clean) == clean


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ([], ""),
        ({"odd": 1}, "odd"),
        ({"follow_redirects": 1}, "follow_redirects"),
        ({"max_redirects": 21}, "max_redirects"),
        ({"max_redirects": -1}, "max_redirects"),
        ({"max_body_kib": 0}, "max_body_kib"),
        ({"max_body_kib": 10241}, "max_body_kib"),
        ({"max_body_kib": "1024"}, "max_body_kib"),
        ({"degraded_ms": 0}, "degraded_ms"),
        ({"http_version": 2}, "http_version"),
        ({"ip_version": "5"}, "ip_version"),
        ({"auth": "x"}, "auth"),
        ({"auth": {"kind": "digest"}}, "auth.kind"),
        ({"auth": {"kind": "bearer"}}, "auth.token"),
        ({"auth": {"kind": "bearer", "token": "a\r\nb"}}, "auth.token"),
        ({"auth": {"kind": "basic", "username": "a:b", "password": "c"}}, "auth.username"),
        ({"auth": {"kind": "basic", "username": "a", "token": "c"}}, "auth.token"),
        ({"record_type": "ANY"}, "record_type"),
        ({"expected": []}, "expected"),
        ({"expected": [1]}, "expected"),
        ({"certificate_warnings": 30}, "certificate_warnings"),
        ({"certificate_warnings": [-1]}, "certificate_warnings"),
        ({"certificate_warnings": [3651]}, "certificate_warnings"),
        ({"certificate_warnings": [True]}, "certificate_warnings"),
        ({"certificate_warnings": [float("nan")]}, "certificate_warnings"),
        ({"certificate_warnings": ["30"]}, "certificate_warnings"),
        ({"certificate_warnings": [7, 7.0]}, "certificate_warnings"),
        ({"certificate_warnings": list(range(11))}, "certificate_warnings"),
    ],
)
def test_an_odd_option_is_refused_where_it_is_odd(options, path) -> None:
    assert refused_path(clean_options, options) == path


@pytest.mark.parametrize("kib", [1, 1024, 10240])
def test_how_much_of_an_answer_is_read_is_an_option_up_to_10_mib(kib) -> None:
    assert clean_options({"max_body_kib": kib}) == {"max_body_kib": kib}


def test_the_days_of_warnings_are_kept_the_most_first() -> None:
    assert clean_options({"certificate_warnings": [7, 0.5, 60]}) == {"certificate_warnings": [60, 7, 0.5]}
    assert clean_options({"certificate_warnings": []}) == {"certificate_warnings": []}


def test_an_option_of_null_is_as_good_as_absent() -> None:
    assert clean_options({"degraded_ms": None, "auth": None, "verify_tls": False}) == {"verify_tls": False}


@given(st.dictionaries(st.sampled_from(sorted(OPTIONS)), NESTED, max_size=3))
def test_options_are_refused_or_stay_as_they_were_cleaned(value) -> None:
    try:
        clean = clean_options(value)
    except Invalid:
        return
    assert clean_options(clean) == clean


def test_every_weekday_time_is_a_schedule() -> None:
    assert clean_cron(" 30  2 * * mon-fri ") == "30 2 * * mon-fri"
    assert clean_cron("0 3 1 mar *") == "0 3 1 mar *"
    assert clean_time_zone("Asia/Seoul") == "Asia/Seoul"
