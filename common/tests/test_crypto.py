"""Secrets open with any of the keys and are written with the first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.security import crypto

OLD, NEW = "old-" + "o" * 40, "new-" + "n" * 40
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(json_values)
def test_what_was_encrypted_is_read_back(value: object) -> None:
    token = crypto.encrypt(value)
    assert crypto.decrypt(token) == value


def test_a_rotated_secret_opens_with_the_new_key_alone(settings) -> None:
    settings.ENCRYPTION_KEYS = [OLD]
    token = crypto.encrypt({"token": "hush"})
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    assert crypto.decrypt(token) == {"token": "hush"}
    rotated = crypto.rotate(token)
    settings.ENCRYPTION_KEYS = [NEW]
    assert crypto.decrypt(rotated) == {"token": "hush"}
    with pytest.raises(ValueError, match="No key"):
        crypto.decrypt(token)


def test_a_secret_says_nothing_of_itself() -> None:
    assert "hush" not in crypto.encrypt("hush")
    assert crypto.encrypt("hush") != crypto.encrypt("hush")
