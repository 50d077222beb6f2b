"""Patterns and sets of statuses, as both who stores and who judges by them read them."""

import pytest

from common.formats.conditions import Unreadable, pattern_of, statuses_of


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("200-299", [200, 204, 299], [199, 300]),
        ("200-299,304", [304], [303]),
        ("101", [101], [100, 102]),
        ("600-999", [600, 777, 999], [599]),
        ("100-999", [100, 520, 999], []),
        (" 200 - 299 , 301 ", [250, 301], [300]),
    ],
)
def test_a_set_of_statuses(text: str, inside: list[int], outside: list[int]):
    codes = statuses_of(text)
    assert all(any(status in part for part in codes) for status in inside)
    assert not any(status in part for part in codes for status in outside)


@pytest.mark.parametrize("text", ["", "99", "1000", "099", "299-200", "200-", "2xx", "200,,201", "٢٠٠", "200-299-300"])
def test_no_set_of_statuses(text: str):
    with pytest.raises(Unreadable):
        statuses_of(text)


@pytest.mark.parametrize("text", ["(", r"(a)\1", "(a{1000}){1000}", "[z-a]"])
def test_no_pattern(text: str):
    with pytest.raises(Unreadable):
        pattern_of(text)
