"""What users ask of their results, and how much of the quotas is used."""

import uuid

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.pagination import page_envelope, page_numbers
from common.api.renderers import BrowsableRenderer, FastJSONRenderer
from common.api.views import PublicView
from common.limits.usage import UsageView
from report_service.exports import concurrency
from report_service.models import Report
from report_service.results import evidence_quota, listing, query_parameters
from report_service.results.serializers import ReportDetailSerializer, ReportSerializer
from report_service.status_pages import services as status_pages

_FAST = [FastJSONRenderer, BrowsableRenderer]


class ReportsView(PublicView):
    """`GET /reports`."""

    queryset = Report.objects.none()
    serializer_class = ReportSerializer
    renderer_classes = _FAST

    @extend_schema(
        operation_id="reports_list", parameters=query_parameters.FILTERS, responses=ReportSerializer(many=True)
    )
    def get(self, request: Request) -> Response:
        """The caller's results, newest first; a page beyond the 10,000th row is refused."""
        page, per_page = page_numbers(request)
        items, total = listing.reports_page(filters=query_parameters.filters_of(request), page=page, per_page=per_page)
        return Response(page_envelope(items, current_page=page, per_page=per_page, total_count=total))


class ReportView(PublicView):
    """`GET /reports/{id}`."""

    queryset = Report.objects.none()
    serializer_class = ReportDetailSerializer

    @extend_schema(operation_id="reports_retrieve")
    def get(self, _request: Request, report_id: uuid.UUID) -> Response:
        """One result, with what the site answered where it failed."""
        return Response(listing.report_get(report_id=report_id, user_id=self.user_id))


class ReportUsageView(UsageView):
    """`GET /usage`."""

    def used(self, owner_id: int) -> dict[str, int]:
        """By the quotas' names."""
        return {
            evidence_quota.QUOTA: evidence_quota.evidence_used([owner_id]).get(owner_id, 0),
            concurrency.QUOTA: concurrency.exports_running(owner_id),
            status_pages.QUOTA: status_pages.pages_count(user_id=owner_id),
        }
