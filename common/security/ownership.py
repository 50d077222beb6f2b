"""Whose an object is, asked in one place, so that teams can come later without touching each service."""

from typing import TypeVar

from django.db.models import Model, QuerySet
from rest_framework.request import Request

from common.api.errors import Forbidden, NotFound
from common.security.auth import user_id_of

M = TypeVar("M", bound=Model)


def visible_to(queryset: QuerySet[M], request: Request) -> QuerySet[M]:
    """The rows that the caller may see: those with their `user_id`."""
    return queryset.filter(user_id=user_id_of(request))


def owned_or_refused(queryset: QuerySet[M], request: Request, **lookup: object) -> M:
    """The one row of `lookup`: `NotFound` where there is none, `Forbidden` where it is another user's."""
    row = queryset.filter(**lookup).first()
    if row is None:
        raise NotFound
    if row.user_id != user_id_of(request):  # type: ignore[attr-defined]
        raise Forbidden
    return row
