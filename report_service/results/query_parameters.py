"""What the query string of a list of results says, and how the documents describe it."""

import re

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from common.api.errors import ValidationFailed
from common.contracts.results import STATUSES
from common.formats.ids import MAX_ID
from common.security.auth import user_id_of
from report_service.feed_sync.endpoint_copies import endpoint_get
from report_service.results.listing import Filters
from report_service.rollups.time_spans import PERIODS, bounds_parse

_REGION = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
BOUNDS = [
    OpenApiParameter("from", description="ISO 8601 with zone."),
    OpenApiParameter("to", description="ISO 8601 with zone; not part of the span itself."),
]
FILTERS = [
    OpenApiParameter("endpoint_id", int),
    *BOUNDS,
    OpenApiParameter("status", enum=STATUSES),
    OpenApiParameter("region"),
]
PERIOD = [OpenApiParameter("period", enum=list(PERIODS), default="24h"), *BOUNDS]


def endpoint_id_of(request: Request) -> int | None:
    """`endpoint_id` of the query, which must be the caller's; raises `NotFound` and `Forbidden`."""
    text = request.query_params.get("endpoint_id")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and 1 <= int(text) <= MAX_ID):
        raise ValidationFailed(errors={"endpoint_id": [_("This is no id.")]})
    return endpoint_get(endpoint_id=int(text), user_id=user_id_of(request)).id


def choice_of(request: Request, name: str, choices: tuple[str, ...]) -> str | None:
    """One of `choices`, or None where the query says nothing."""
    text = request.query_params.get(name)
    if text and text not in choices:
        raise ValidationFailed(errors={name: [_("One of %(choices)s, please.") % {"choices": ", ".join(choices)}]})
    return text or None


def filters_of(request: Request) -> Filters:
    """The filters of a list; raises `ValidationFailed` for what cannot be meant."""
    first, last = bounds_parse(request.query_params.get("from"), request.query_params.get("to"))
    region = request.query_params.get("region") or None
    if region and not _REGION.fullmatch(region):
        raise ValidationFailed(errors={"region": [_("This is no region.")]})
    return Filters(
        user_id=user_id_of(request),
        endpoint_id=endpoint_id_of(request),
        first=first,
        last=last,
        status=choice_of(request, "status", STATUSES),
        region=region,
    )
