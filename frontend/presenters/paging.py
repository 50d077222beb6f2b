"""The pager below a list."""

from typing import Any


def page_numbers(page: dict[str, int]) -> dict[str, Any]:
    """The API's `page` with what the pager needs."""
    first = (page["current_page"] - 1) * page["per_page"] + 1
    last = min(page["total_count"], first + page["per_page"] - 1)
    return page | {
        "first": first,
        "last": last,
        "previous": page["current_page"] - 1,
        "next": page["current_page"] + 1,
        "has_next": last < page["total_count"],
    }
