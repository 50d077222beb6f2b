"""Error codes: each has its words, and faults of ours say what to do, in English and in Korean."""

import pytest
from django.utils.translation import gettext, override

from common.contracts.results import OURS, REASONS, STATUSES, ErrorCode


def test_every_code_has_words_and_nothing_else_has():
    assert set(REASONS) == set(ErrorCode)
    assert len({reason.word for reason in REASONS.values()}) == len(REASONS)


@pytest.mark.parametrize("code", ErrorCode)
def test_a_code_is_said_in_both_languages(code: ErrorCode):
    for text in filter(None, (REASONS[code].word, REASONS[code].advice)):
        with override("ko"):
            assert gettext(text) != text


def test_faults_of_ours_are_those_that_say_what_to_do():
    assert {"internal_error", "not_permitted", "invalid_spec"} == OURS
    assert STATUSES[-1] == "unknown"
