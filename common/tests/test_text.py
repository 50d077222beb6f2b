"""Text that PostgreSQL can hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.formats.text import is_storable, storable, storable_json, unstorable_paths
from common.testing.contracts import assert_error

ANY_TEXT = st.text(st.characters(codec=None, categories=None))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=10,
)


@given(ANY_TEXT)
def test_storable_text_is_utf8_without_nul_and_of_the_same_length(text: str) -> None:
    kept = storable(text)
    assert b"\x00" not in kept.encode()
    assert len(kept) == len(text)
    assert (kept == text) == is_storable(text)


@given(JSON)
def test_paths_themselves_can_be_told(data) -> None:
    assert all(is_storable(path) for path in unstorable_paths(data))


@given(JSON)
def test_json_is_storable_in_its_texts_and_keys(data) -> None:
    assert list(unstorable_paths(storable_json(data))) == []


@pytest.mark.parametrize(
    ("data", "paths"),
    [
        ({"name": "a\x00"}, ["name"]),
        ({"a": ["b", {"c": "\ud800"}]}, ["a.1.c"]),
        ({"a": {"\udfff": 1}}, ["a"]),
        ({"a": {"\udfff": "\x00"}}, ["a", "a.\ufffd"]),
        ("\x00", ["non_field_errors"]),
        ({"name": "\U0001f600 한글"}, []),
    ],
)
def test_paths_tell_where_odd_text_stands(data, paths) -> None:
    assert list(unstorable_paths(data)) == paths


@pytest.mark.parametrize("escape", [r"\u0000", r"\ud800", r"\udfff", r"\udc00\ud800"])
def test_a_users_odd_text_is_refused_by_its_field(anonymous, escape) -> None:
    body = f'{{"email": "a{escape}@example.com", "password": "x", "odd": [{{"{escape}": 1}}]}}'
    response = anonymous.generic("POST", "/api/login", body, content_type="application/json")
    assert list(assert_error(response, 400, "VALIDATION_FAILED")["errors"]) == ["email", "odd.0"]


@pytest.mark.django_db
def test_a_services_odd_text_is_mended(internal) -> None:
    body = r'{"uses": [{"credential": "a\ud800", "used_at": "\u0000"}]}'
    response = internal.generic("POST", "/keys/used", body, content_type="application/json")
    assert response.status_code in {200, 400}
    assert "surrogate" not in response.content.decode()
