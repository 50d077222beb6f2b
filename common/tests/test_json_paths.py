"""Paths are RFC 9535's: its compliance suite, what the suite leaves out, and the dialect that was read before."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.formats.conditions import Unreadable
from common.formats.json_paths import JsonPath, json_path_of, modernised
from common.testing.compliance import json_path_cases

SUITE = json_path_cases()
STORE = {
    "store": {
        "book": [
            {"category": "reference", "author": "Nigel Rees", "title": "Sayings of the Century", "price": 8.95},
            {"category": "fiction", "author": "Evelyn Waugh", "title": "Sword of Honour", "price": 12.99},
            {"category": "fiction", "author": "Herman Melville", "title": "Moby Dick", "isbn": "0-553-21311-3", "price": 8.99},
            {"category": "fiction", "author": "J. R. R. Tolkien", "title": "The Lord of the Rings", "isbn": "0-395-19395-8", "price": 22.99},
        ],
        "bicycle": {"color": "red", "price": 399},
    }
}  # fmt: skip
"""RFC 9535, figure 1."""


def found(path: str, document: Any) -> list[Any]:
    return list(json_path_of(path).values(document))


@pytest.mark.skipif(not SUITE, reason="npm, which brings the suite, is not here")
def test_the_whole_compliance_suite_is_here():
    assert len(SUITE) == 687


@pytest.mark.parametrize("case", SUITE, ids=lambda case: case["name"].replace(" ", "-"))
def test_a_case_of_the_compliance_suite(case: dict[str, Any]):
    if case.get("invalid_selector"):
        with pytest.raises(Unreadable):
            JsonPath(case["selector"])
    else:
        assert list(JsonPath(case["selector"]).values(case["document"])) in case.get("results", [case.get("result")])


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("$.store.book[*].author", ["Nigel Rees", "Evelyn Waugh", "Herman Melville", "J. R. R. Tolkien"]),
        ("$..author", ["Nigel Rees", "Evelyn Waugh", "Herman Melville", "J. R. R. Tolkien"]),
        ("$..book[2].title", ["Moby Dick"]),
        ("$..book[-1].title", ["The Lord of the Rings"]),
        ("$..book[:2].price", [8.95, 12.99]),
        ("$..book[?@.isbn].title", ["Moby Dick", "The Lord of the Rings"]),
        ("$..book[?@.price<10].title", ["Sayings of the Century", "Moby Dick"]),
        ("$.store..price", [399, 8.95, 12.99, 8.99, 22.99]),
        ("$.store.book[?search(@.title, 'of (the|H)')].price", [8.95, 12.99, 22.99]),
        ("$.store.book[?length(@.title)<=9].title", ["Moby Dick"]),
        ("$[?count(@.book[?@.category=='fiction'])==3].bicycle.color", ["red"]),
    ],
)
def test_an_example_of_the_rfc(path: str, wanted: list[Any]):
    assert sorted(found(path, STORE), key=str) == sorted(wanted, key=str)


@pytest.mark.parametrize(
    ("path", "document", "wanted"),
    [
        ("$.한글", {"한글": 1}, [1]),
        ("$.이름['첫째'].값", {"이름": {"첫째": {"값": "가"}}}, ["가"]),
        ("$..키", [{"키": 1}, {"키": 2}], [1, 2]),
        ("$.名前.姓", {"名前": {"姓": "山"}}, ["山"]),
        ("$.😀", {"😀": True}, [True]),
        ("$[?@.이름=='가'].값", [{"이름": "가", "값": 1}, {"이름": "나", "값": 2}], [1]),
        ("$[?@.a == 9007199254740993].b", [{"a": 9007199254740993, "b": 1}, {"a": 9007199254740992, "b": 2}], [1]),
        ("$[?@.a > 1e300]", [{"a": 10**301}, {"a": 1}], [{"a": 10**301}]),
        ("$[?length(@.s) == 2].s", [{"s": "한글"}, {"s": "😀😀"}, {"s": "abc"}], ["한글", "😀😀"]),
        (r"$[?match(@.s, '\\p{L}+')].s", [{"s": "한글"}, {"s": "12"}], ["한글"]),
        ("$[?search(@.s, '((a|b)?){9}z')].s", [{"s": "az"}, {"s": "a"}], ["az"]),
        ("$[?match(@.s, '(')]", [{"s": "("}], []),
    ],
)
def test_what_the_suite_leaves_out(path: str, document: Any, wanted: list[Any]):
    assert found(path, document) == wanted


@pytest.mark.parametrize(
    "path",
    ["", "$.", "$.[", "$..", "$.a b", " $.a", "$[?@.a<>1]", "$[?@.a==[1]]", "$[?@.a==:1.5]", "$.a | $.b", "$.a,b",
     "$[?" + "(" * 30 + "@.a" + ")" * 30 + "]", "$[?@.a==" + "9" * 450 + "]", "$[?@.a==1e999999999]",
     f"$[{'9' * 450}]", "$[" + "?@[" * 120, "$[?length(@.a)]", "$[?@.a == b]", "$['\\ud800']", "\ud800", "foo | bar",
     "a where b", "`this`"],
)  # fmt: skip
def test_what_is_no_path_is_refused_with_one_line(path: str):
    with pytest.raises(Unreadable) as refused:
        json_path_of(path)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("old", "document", "wanted"),
    [
        ("foo.bar", {"foo": {"bar": 1}}, [1]),
        ("foo", {"foo": None}, [None]),
        ("$.content-type", {"content-type": "x"}, ["x"]),
        ("foo[0].bar-baz", {"foo": [{"bar-baz": 1}]}, [1]),
        ("$.a.[1]", {"a": [1, 2]}, [2]),
        ("$[a].'b c'", {"a": {"b c": 1}}, [1]),
        ("a[*].b", {"a": [{"b": 1}, {"b": 2}]}, [1, 2]),
        ("..id", {"x": {"id": 7}}, [7]),
        ("$.x-y..z[0:2]", {"x-y": {"z": [1, 2, 3]}}, [1, 2]),
    ],
)
def test_a_path_of_the_older_dialect_is_read_where_it_says_the_same(old: str, document: Any, wanted: list[Any]):
    assert found(old, document) == wanted


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(st.text(alphabet="$.[]*?@()'\"a-한0123456789:,<>=!&| e\\", max_size=60) | st.text(max_size=30), JSON)
def test_whatever_a_path_says_it_is_read_or_refused(path: str, document: Any):
    try:
        read = json_path_of(path)
    except Unreadable:
        return
    assert len(list(read.values(document))) >= 0


@given(st.text(alphabet="$.[]*'\"a-0:,", max_size=40))
def test_what_the_older_dialect_says_is_said_by_the_rfcs_own_grammar(text: str):
    modern = modernised(text)
    if modern is not None and modernised(modern) is not None:
        assert modernised(modern) == modern
