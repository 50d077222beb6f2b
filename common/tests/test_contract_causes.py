"""Causes as data: each code has its sentence in both languages, and whatever a peer sends is said or left alone."""

import json
import re

import pytest
from django.utils.translation import gettext, override
from hypothesis import given
from hypothesis import strategies as st

from common.contracts.causes import CAUSES, Cause, because, bounded, cause_of, encoded, kept, mapped, shown, text_cause

PART = re.compile(r"%\((\w+)\)s")
leaves = st.one_of(st.text(max_size=600), st.integers(), st.floats(allow_nan=False, allow_infinity=False))
causes = st.recursive(
    st.builds(
        Cause, st.sampled_from(sorted(CAUSES)) | st.text(max_size=80), st.dictionaries(st.text(max_size=70), leaves)
    ),
    lambda inner: st.builds(
        Cause, st.sampled_from(sorted(CAUSES)), st.dictionaries(st.sampled_from("abc"), inner | leaves)
    ),
    max_leaves=6,
)


@pytest.mark.parametrize("code", sorted(set(CAUSES) - {"text"}))
def test_each_code_is_said_in_both_languages_with_all_of_its_parts(code: str):
    form = CAUSES[code]
    names = set(PART.findall(form.text))
    cause = because(code, **{name: f"{name}7" for name in names})
    with override("ko"):
        told = cause.said(gettext)
        assert not told.isascii()
    for said in (told, str(cause)):
        assert all(f"{name}7" in said for name in names)
    assert set(form.units) <= names
    assert all(unit in form.text for unit in form.units.values())


def test_no_two_codes_say_the_same():
    assert len({form.text for form in CAUSES.values()}) == len(CAUSES)


@pytest.mark.parametrize(
    ("cause", "english", "korean"),
    [
        (
            because("refused", address="203.0.113.7:443", time=12.0),
            "Connection refused by 203.0.113.7:443 after 12 ms",
            "203.0.113.7:443 서버가 12 ms 만에 연결을 거부했습니다",
        ),
        (
            because("status_differs", status=503, expected="200-299"),
            "The site answered 503; expected 200-299",
            "사이트가 503 상태로 응답했습니다. 기대한 상태: 200-299",
        ),
        (
            because(
                "differs",
                what=because("header", name="X-State"),
                found='"a"',
                wanted=because("not_equals", value='"a"'),
            ),
            'The header X-State is "a"; expected anything but "a".',
            'X-State 헤더 값은 "a"입니다. 기대한 값: "a" 외의 값.',
        ),
        (
            because("expired", what=because("certificate"), span=because("days", days=3), date="2026-01-04"),
            "The certificate expired 3 days ago, on 2026-01-04",
            "인증서가 3일 전인 2026-01-04에 만료되었습니다",
        ),
        (
            because("region_offline", region="eu", rest=because("no_connection", address="[::1]:1", time=9)),
            "The region eu does not reach the network. No connection to [::1]:1 after 9 ms",
            "eu 지역에서 네트워크에 연결할 수 없습니다. 9 ms 안에 [::1]:1 서버에 연결되지 않았습니다",
        ),
        (text_cause("50 % off %(time)s"), "50 % off %(time)s", "50 % off %(time)s"),
        (Cause("brand_new", {"size": 3}), "brand_new: 3", "brand_new: 3"),
        (Cause("refused"), "refused", "refused"),
    ],
)
def test_a_cause_is_said_in_the_readers_language_with_its_numbers_and_names(cause: Cause, english: str, korean: str):
    assert str(cause) == english
    with override("ko"):
        assert cause.said(gettext) == korean


@given(causes)
def test_what_is_kept_is_said_as_before_and_bounded(cause: Cause):
    assert kept(encoded(cause), str(cause)) == cause
    found = bounded(cause)
    if found is not None:
        assert cause_of(json.loads(encoded(cause)), "x") == found
        assert len(encoded(found)) < 200_000
    assert str(mapped(cause, str)) == str(cause)


@given(
    st.recursive(
        st.none() | st.booleans() | st.text() | st.integers(),
        lambda one: st.lists(one) | st.dictionaries(st.text(), one),
    )
)
def test_what_is_no_cause_leaves_the_sentence(data: object):
    assert cause_of({"code": data, "params": data} if not isinstance(data, str) else data, "It broke.") == text_cause(
        "It broke."
    )


def test_a_row_of_before_has_its_sentence_as_the_cause():
    assert (
        shown(None, "It broke.")
        == shown("", "It broke.")
        == shown("{", "It broke.")
        == {"code": "text", "params": {"text": "It broke."}}
    )
    assert shown(None, None) is shown("", "") is None


def test_a_sentence_that_a_process_of_before_wrote_over_is_believed():
    old = encoded(because("refused", address="a", time=1))
    assert kept(old, "The certificate") == text_cause("The certificate")


def test_no_cause_is_deeper_or_longer_than_any_of_ours():
    deep = because("missing", what="x")
    for _ in range(20):
        deep = because("missing", what=deep)
    assert bounded(deep) is None
    assert bounded(Cause("text", {str(number): 1 for number in range(50)})) is None
    long = bounded(text_cause("a\0" * 5000))
    assert long is not None
    assert len(str(long)) == 500
    assert "\0" not in str(long)
