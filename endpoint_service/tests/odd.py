"""Odd values, and what a rule says of them."""

from typing import Any

import pytest
from hypothesis import strategies as st

from common.contracts.invalid import Invalid

NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner, max_size=4),
    max_leaves=10,
)
"""Any JSON value, and then some: NaN, infinities, lone surrogates, NUL."""


def refused_path(rule: Any, *values: Any) -> str:
    with pytest.raises(Invalid) as caught:
        rule(*values)
    assert caught.value.sentence.text
    return caught.value.path
