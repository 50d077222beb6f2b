"""The checker's sentences in the reader's language."""

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from common.causes import FORMS, cause_told


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        (
            "Connection refused by 203.0.113.7:443 after 12 ms",
            "203.0.113.7:443 서버가 12 ms 만에 연결을 거부했습니다",
        ),
        ("The site answered 503; expected 200-299", "사이트가 503 상태로 응답했습니다. 기대한 상태: 200-299"),
        (
            'The header X-State is "a"; expected anything but "a".',
            'X-State 헤더 값은 "a"입니다. 기대한 값: "a" 외의 값.',
        ),
        ("$.n is 3; expected at least 5.", "$.n 값은 3입니다. 기대한 값: 5 이상."),
        (
            "The certificate expired 3 days ago, on 2026-01-04",
            "인증서가 3일 전인 2026-01-04에 만료되었습니다",
        ),
        (
            "The intermediate certificate R1 of a.test expires in 47 hours, on 2026-01-04",
            "a.test의 중간 인증서(R1)가 47시간 뒤인 2026-01-04에 만료됩니다",
        ),
        (
            "The region eu does not reach the network. No connection to [::1]:1 after 9 ms",
            "eu 지역에서 네트워크에 연결할 수 없습니다. 9 ms 안에 [::1]:1 서버에 연결되지 않았습니다",
        ),
    ],
)
def test_a_cause_is_told_in_korean_with_its_numbers_and_names(english: str, korean: str):
    with translation.override("ko"):
        assert cause_told(english) == korean
    with translation.override("en"):
        assert cause_told(english) == english


@given(st.text(max_size=200))
def test_what_is_no_sentence_of_the_checker_stays_as_it_is_in_english_and_never_fails(text: str):
    with translation.override("en"):
        assert cause_told(text) == text
    with translation.override("ko"):
        cause_told(text)
        assert cause_told(f"Unheard of: {text!r}") == f"Unheard of: {text!r}"


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_told_with_all_of_its_parts(form: str):
    parts = {name: f"{name}7" for name in ("address", "time", "detail", "name", "kind", "value", "what", "wanted", "rest",
             "found", "status", "expected", "count", "days", "date", "limit", "least", "path", "records", "region",
             "pattern", "text", "version", "host", "hours", "minutes", "span", "seen",
             "spoken", "asked", "condition", "size")}  # fmt: skip
    with translation.override("ko"):
        told = cause_told(form % parts)
    assert all((f"{name}7" in told) == (f"%({name})s" in form) for name in parts)
