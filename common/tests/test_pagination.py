"""Pages of the brief's envelope."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from common.api.errors import ValidationFailed
from common.api.pagination import MAX_PER_PAGE, Pagination, page_numbers


class Numbers(list[int]):
    """A list that counts and slices as a queryset does."""

    def count(self) -> int:  # type: ignore[override]
        return len(self)


def request(**query: str) -> Request:
    return Request(APIRequestFactory().get("/api/things", query))


@given(total=st.integers(0, 60), per_page=st.integers(1, 20))
def test_the_pages_together_are_everything_once_and_in_order(total: int, per_page: int) -> None:
    numbers, seen = Numbers(range(total)), []
    for page in range(1, total // per_page + 3):
        pagination = Pagination()
        items = pagination.paginate_queryset(numbers, request(page=str(page), per_page=str(per_page)))
        answer = pagination.get_paginated_response(items).data
        assert answer["page"] == {"current_page": page, "total_count": total, "per_page": per_page}
        seen += answer["items"]
    assert seen == list(range(total))


def test_the_defaults_are_the_briefs() -> None:
    assert page_numbers(request()) == (1, 15)


@pytest.mark.parametrize("odd", ["0", "-1", "1.5", "x", "٣", "²", "1" * 30, str(MAX_PER_PAGE + 1)])
def test_odd_numbers_are_refused_by_name(odd: str) -> None:
    with pytest.raises(ValidationFailed) as caught:
        page_numbers(request(per_page=odd))
    assert caught.value.errors is not None
    assert set(caught.value.errors) == {"per_page"}
