"""`{"items": [...], "page": {"current_page", "total_count", "per_page"}}`, as the brief says, over `?page=&per_page=`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict, TypeVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.errors import ValidationFailed
from common.formats.ids import MAX_ID

if TYPE_CHECKING:
    from rest_framework.views import APIView

PER_PAGE = 15
MAX_PER_PAGE = 100
MAX_PER_FEED = 5000


M = TypeVar("M", bound=Model)
Row = TypeVar("Row")


class Page(TypedDict):
    """Which page it is, from 1, and of how many rows."""

    current_page: int
    total_count: int
    per_page: int


class Envelope(TypedDict):
    items: Sequence[object]
    page: Page


def page_envelope(items: Sequence[object], *, current_page: int, per_page: int, total_count: int) -> Envelope:
    """The envelope itself, for lists that are not a queryset."""
    return {
        "items": items,
        "page": {"current_page": current_page, "total_count": total_count, "per_page": per_page},
    }


def page_numbers(request: Request, *, max_per_page: int = MAX_PER_PAGE) -> tuple[int, int]:
    """`(page, per_page)` of the query, from 1; raises `ValidationFailed` for anything else."""
    return (
        _positive(request, "page", 1, MAX_ID // max_per_page),
        _positive(request, "per_page", PER_PAGE, max_per_page),
    )


class Pagination(BasePagination):
    """DRF's hook. A page beyond the last is an empty list, not an error: rows may have gone meanwhile."""

    max_per_page = MAX_PER_PAGE

    def paginate_queryset(
        self,
        queryset: "QuerySet[M, Row] | Sequence[Row]",
        request: Request,
        view: "APIView | None" = None,  # noqa: ARG002
    ) -> list[Row]:
        """Count, then take one page; the queryset must be ordered."""
        self.current_page, self.per_page = page_numbers(request, max_per_page=self.max_per_page)
        start = (self.current_page - 1) * self.per_page
        self.total_count = queryset.count() if isinstance(queryset, QuerySet) else len(queryset)
        return list(queryset[start : start + self.per_page]) if start < self.total_count else []

    def get_paginated_response(self, data: Sequence[object]) -> Response:
        """Wrap the serialized items."""
        return Response(
            page_envelope(data, current_page=self.current_page, per_page=self.per_page, total_count=self.total_count)
        )

    def get_paginated_response_schema(self, schema: dict[str, object]) -> dict[str, object]:
        """The envelope in OpenAPI."""
        return {
            "type": "object",
            "required": ["items", "page"],
            "properties": {
                "items": schema,
                "page": {
                    "type": "object",
                    "required": ["current_page", "total_count", "per_page"],
                    "properties": {
                        "current_page": {"type": "integer", "minimum": 1},
                        "total_count": {"type": "integer", "minimum": 0},
                        "per_page": {"type": "integer", "minimum": 1, "maximum": self.max_per_page},
                    },
                },
            },
        }

    def get_schema_operation_parameters(self, view: "APIView") -> list[dict[str, object]]:  # noqa: ARG002
        """The query parameters in OpenAPI."""
        return [
            {"name": "page", "in": "query", "schema": {"type": "integer", "minimum": 1, "default": 1}},
            {
                "name": "per_page",
                "in": "query",
                "schema": {"type": "integer", "minimum": 1, "maximum": self.max_per_page, "default": PER_PAGE},
            },
        ]


class FeedPagination(Pagination):
    """The same for internal feeds: up to 5,000 a page."""

    max_per_page = MAX_PER_FEED


def _positive(request: Request, name: str, default: int, most: int) -> int:
    text = request.query_params.get(name)
    if text is None or text == "":
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and 1 <= int(text) <= most):
        raise ValidationFailed(errors={name: [_("A whole number from 1 to %(most)d, please.") % {"most": most}]})
    return int(text)
