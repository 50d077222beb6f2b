"""The depth of JSON bodies, and how many values they may hold."""

import io
import json
import tracemalloc

import pytest

from common.api.errors import BadRequest
from common.api.parsers import BoundedJSONParser, is_deeper
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


@pytest.mark.parametrize("unit", ["[],", "{},", '{"a":1},', "1,", '"",', '["["],'])
def test_a_body_of_too_many_values_is_refused_before_they_are_made(unit: str) -> None:
    body = f"[{unit * (10 * 2**20 // len(unit) - 2)}1]".encode()
    tracemalloc.start()
    try:
        with pytest.raises(BadRequest, match="BAD_REQUEST"):
            BoundedJSONParser().parse(io.BytesIO(body))
        assert tracemalloc.get_traced_memory()[1] < 2 * len(body)
    finally:
        tracemalloc.stop()


def test_as_many_endpoints_as_an_account_may_have_are_taken_with_all_their_conditions() -> None:
    condition = {"kind": "header", "target": "X-Y", "operator": "equals", "value": "z"}
    endpoint = {f"field{number}": number for number in range(30)} | {
        "assertions": [condition] * 20,
        "headers": {"a": "b"},
    }
    body = json.dumps({"endpoints": [endpoint] * 5000}).encode()
    assert len(BoundedJSONParser().parse(io.BytesIO(body))["endpoints"]) == 5000
