"""Names in one line of a message."""

import pytest

from notification_service.messages.labels import one_line

FAMILY = "👨\u200d👩\u200d👧"
ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


@pytest.mark.parametrize("text", [FAMILY, "❤\ufe0f\u200d🔥", ENGLAND, "👍🏽", "نامه\u200cای", "한국"])
def test_what_is_joined_stays_joined(text):
    assert one_line(f"{text} shop") == f"{text} shop"


@pytest.mark.parametrize(
    "hidden", ["\n", "\r\n", "\t", "\x00", "\x1b", "\x85", "\u2028", "\u202e", "\u2066", "\u200b", "\ufeff"]
)
def test_what_breaks_or_hides_is_a_space(hidden):
    assert one_line(f"a{hidden}b") == "a b"


def test_a_cut_leaves_no_half_of_an_emoji():
    assert one_line("x" * 5 + FAMILY + "y", 8) == "x" * 5 + "…"
    assert one_line("x" * 5 + "👍🏽yy", 7) == "x" * 5 + "…"
    assert one_line("x" * 9, 8) == "x" * 7 + "…"
    assert one_line("\u200d" * 50, 8) == "…"
