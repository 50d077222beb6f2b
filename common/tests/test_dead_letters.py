"""In a batch a row that cannot be handled fails alone, and is set aside with its reason."""

import math
from collections.abc import Sequence

import pytest
from django.db import DataError, IntegrityError, OperationalError, transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from common.api.errors import PeerError
from common.between import dead_letters
from common.between.dead_letters import dead_letter_keep, each_alone
from common.models import DeadLetter, Owner

pytestmark = pytest.mark.django_db
TOO_LARGE = 2**63


def store(ids: Sequence[int]) -> None:
    Owner.objects.bulk_create([Owner(id=owner_id) for owner_id in ids])


def stored() -> list[int]:
    return sorted(Owner.objects.values_list("id", flat=True))


class EachAlone(TestCase):
    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.sampled_from(["good", "bad"]), max_size=60))
    def test_exactly_the_bad_rows_are_set_aside(self, kinds: list[str]) -> None:
        rows = [index + (TOO_LARGE if kind == "bad" else 1) for index, kind in enumerate(kinds)]
        bad = [row for row in rows if row >= TOO_LARGE]
        assert each_alone(rows, store, queue="test") == bad
        assert stored() == [row for row in rows if row < TOO_LARGE]
        assert list(DeadLetter.objects.order_by("id").values_list("payload", flat=True)) == [str(row) for row in bad]


def test_one_bad_row_of_many_costs_few_more_tries() -> None:
    calls = []

    def handle(ids: Sequence[int]) -> None:
        calls.append(len(ids))
        store(ids)

    each_alone([*range(1, 1024), TOO_LARGE], handle, queue="test")
    assert len(stored()) == 1023
    assert len(calls) <= 2 * math.log2(1024) + 1


def nested(depth: int) -> list[object]:
    odd: list[object] = []
    for _ in range(depth):
        odd = [odd]
    return odd


@pytest.mark.parametrize(
    "odd", [nested(100_000), {"number": 10**400}, "\ud800", {"\ud800": "\x00"}, {1, 2}, float("nan")]
)
def test_a_row_that_cannot_even_be_described_is_set_aside_all_the_same(odd: object) -> None:
    def handle(items: Sequence[object]) -> None:
        if any(item is odd for item in items):
            raise ValueError("odd")

    assert each_alone(["good", odd, "good"], handle, queue="test") == [odd]
    assert DeadLetter.objects.count() == 1

    def describe(_item: object) -> object:
        raise KeyError("id")

    each_alone([odd], handle, queue="test", describe=describe)
    assert "KeyError" in DeadLetter.objects.latest("id").payload


@pytest.mark.parametrize("error", [DataError, IntegrityError, ValueError, KeyError, RecursionError, UnicodeEncodeError])
def test_whatever_a_row_says_is_its_own_fault(error) -> None:
    def handle(items: Sequence[str]) -> None:
        if "bad" in items:
            raise error("utf-8", "x", 0, 1, "odd") if error is UnicodeEncodeError else error("odd")

    assert each_alone(["good", "bad"], handle, queue="test") == ["bad"]
    assert DeadLetter.objects.get().reason.startswith(error.__name__)


@pytest.mark.parametrize("error", [OperationalError("away"), PeerError("report_service", "away")])
def test_an_absent_part_is_nobodys_fault(error) -> None:
    def handle(_: Sequence[str]) -> None:
        raise error

    with pytest.raises(type(error)):
        each_alone(["a", "b"], handle, queue="test")
    assert not DeadLetter.objects.exists()


def test_what_went_well_before_in_the_same_transaction_stays() -> None:
    with transaction.atomic():
        store([7])
        each_alone([1, 7, 2], store, queue="test")
    assert stored() == [1, 2, 7]


def test_a_letter_is_kept_short_and_storable() -> None:
    dead_letter_keep(queue="test", payload={"name": "\ud800" + "x" * 200_000}, reason=ValueError("\x00" * 5000))
    letter = DeadLetter.objects.get()
    assert len(letter.payload) == dead_letters.MAX_PAYLOAD
    assert letter.reason == "ValueError: " + "\N{REPLACEMENT CHARACTER}" * (dead_letters.MAX_REASON - 12)


def test_letters_are_kept_for_a_while_and_in_bounds(monkeypatch) -> None:
    monkeypatch.setattr(dead_letters, "MAX_LETTERS", 3)
    dead_letter_keep(queue="test", payload="old", reason="odd")
    DeadLetter.objects.update(created_at=timezone.now() - 2 * dead_letters.KEPT)
    for number in range(5):
        dead_letter_keep(queue="test", payload=str(number), reason="odd")
    dead_letter_keep(queue="other", payload="other", reason="odd")
    assert list(DeadLetter.objects.order_by("id").values_list("payload", flat=True)) == ["2", "3", "4", "other"]
