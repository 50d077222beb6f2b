"""What users ask of their endpoints' past: summaries, charts, the overview."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.pagination import MAX_PER_FEED, FeedPagination, page_envelope, page_numbers
from common.api.renderers import BrowsableRenderer, FastJSONRenderer
from common.api.views import PublicView
from report_service.feed_sync.endpoint_copies import endpoint_get
from report_service.models import EndpointCopy
from report_service.results import query_parameters
from report_service.rollups.time_spans import Span, period_parse
from report_service.uptime import overview, summary
from report_service.uptime.serializers import GlanceSerializer, SeriesSerializer, SummarySerializer

_FAST = [FastJSONRenderer, BrowsableRenderer]


class SummaryView(PublicView):
    """`GET /endpoints/{id}/summary`."""

    queryset = EndpointCopy.objects.none()
    serializer_class = SummarySerializer

    @extend_schema(operation_id="endpoints_summary", parameters=query_parameters.PERIOD)
    def get(self, request: Request, endpoint_id: int) -> Response:
        """Uptime, incidents and response times over a period."""
        endpoint = endpoint_get(endpoint_id=endpoint_id, user_id=self.user_id)
        return Response(summary.endpoint_summary(endpoint=endpoint, span=_span(request)))


class SeriesView(PublicView):
    """`GET /endpoints/{id}/series`."""

    queryset = EndpointCopy.objects.none()
    serializer_class = SeriesSerializer

    @extend_schema(
        operation_id="endpoints_series", parameters=[*query_parameters.PERIOD, OpenApiParameter("phases", bool)]
    )
    def get(self, request: Request, endpoint_id: int) -> Response:
        """The points of a chart, at most 500."""
        endpoint = endpoint_get(endpoint_id=endpoint_id, user_id=self.user_id)
        phases = request.query_params.get("phases") == "true"
        return Response(summary.endpoint_series(endpoint=endpoint, span=_span(request), phases=phases))


class OverviewView(PublicView):
    """`GET /overview`."""

    queryset = EndpointCopy.objects.none()
    serializer_class = GlanceSerializer
    pagination_class = FeedPagination
    renderer_classes = _FAST

    @extend_schema(operation_id="overview_list", responses=GlanceSerializer(many=True))
    def get(self, request: Request) -> Response:
        """All endpoints of the caller in one call (up to 5,000 a page, which is also the default)."""
        page, per_page = page_numbers(request, max_per_page=MAX_PER_FEED)
        if not request.query_params.get("per_page"):
            per_page = MAX_PER_FEED
        items, total = overview.overview_page(user_id=self.user_id, page=page, per_page=per_page)
        envelope = page_envelope(items, current_page=page, per_page=per_page, total_count=total)
        return Response(envelope)


def _span(request: Request) -> Span:
    query = request.query_params
    return period_parse(query.get("period"), query.get("from"), query.get("to"))
