"""The depth of JSON bodies."""

import pytest

from common.parsers import is_deeper
from common.testing.contracts import assert_error


@pytest.mark.parametrize("body", ["[" * 100_000, '{"a":' * 100_000, "[" * 33 + "]" * 33])
def test_a_body_that_is_nested_too_deeply_is_refused(anonymous, body) -> None:
    response = anonymous.generic("POST", "/api/login", body, content_type="application/json")
    assert_error(response, 400, "BAD_REQUEST")


@pytest.mark.parametrize(
    ("data", "depth"), [(1, 0), ([], 1), ({}, 1), ([1, {"a": []}], 3), ({"a": {"b": 1}, "c": [[[[]]]]}, 5)]
)
def test_depth_counts_objects_and_arrays(data, depth) -> None:
    assert not is_deeper(data, depth)
    if depth:
        assert is_deeper(data, depth - 1)
