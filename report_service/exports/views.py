"""Results as a file."""

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from common.api.views import PublicView
from report_service.exports import formats
from report_service.exports.concurrency import Export
from report_service.models import Report
from report_service.results import listing, query_parameters
from report_service.results.serializers import ReportSerializer


class ReportsExportView(PublicView):
    """`GET /reports/export`."""

    queryset = Report.objects.none()
    serializer_class = ReportSerializer
    renderer_classes = [JSONRenderer]  # of errors; the file itself is no matter of negotiation
    pagination_class = None

    @extend_schema(
        operation_id="reports_export",
        parameters=[OpenApiParameter("format", enum=["csv", "jsonl"], default="csv"), *query_parameters.FILTERS],
        responses={(200, "text/csv"): OpenApiTypes.STR, (200, "application/jsonl"): OpenApiTypes.STR},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """The caller's results as a stream, newest first, in constant memory."""
        kind = query_parameters.choice_of(request, "format", ("csv", "jsonl")) or "csv"
        chunks = listing.reports_chunks(filters=query_parameters.filters_of(request))
        lines = formats.export_csv(chunks) if kind == "csv" else formats.export_jsonl(chunks)
        response = StreamingHttpResponse(
            Export(self.user_id, lines),
            content_type="text/csv; charset=utf-8" if kind == "csv" else "application/jsonl",
        )
        response.headers["Content-Disposition"] = f'attachment; filename="reports.{kind}"'
        response.headers["Cache-Control"] = "no-store"
        return response
