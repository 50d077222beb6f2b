"""What the public API answers beside `common.contracts.answers`: pages of a list, and answers of two shapes."""

from typing import Generic, TypeVar

from common.contracts.answers.base import Answer

T = TypeVar("T")


class PageNumbers(Answer, frozen=True, kw_only=True):
    """Which page of a list it is, and what a pager says of it; pages are counted from 1."""

    current_page: int
    total_count: int
    per_page: int

    @property
    def first(self) -> int:
        """The number of the first item on it."""
        return (self.current_page - 1) * self.per_page + 1

    @property
    def last(self) -> int:
        return min(self.total_count, self.first + self.per_page - 1)

    @property
    def previous(self) -> int:
        return self.current_page - 1

    @property
    def next(self) -> int:
        return self.current_page + 1

    @property
    def has_next(self) -> bool:
        return self.last < self.total_count


class Page(Answer, Generic[T], frozen=True, kw_only=True):
    """A page of a list."""

    items: list[T]
    page: PageNumbers


class Account(Answer, frozen=True, kw_only=True):
    """Of a sign-up or a followed link: the user and a key for it, or neither, where a mail has to be followed first."""

    id: int | None = None
    email: str = ""
    name: str = ""
    language: str = ""
    time_zone: str = ""
    key: str = ""
