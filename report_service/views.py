"""What users ask: results, summaries, the overview, incidents."""

import uuid

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from common.ownership import owned_or_refused
from common.pagination import MAX_PER_FEED, FeedPagination, page_envelope, page_numbers
from common.renderers import BrowsableRenderer, FastJSONRenderer
from common.usage import UsageView
from common.views import PublicView
from report_service import evidence, exports, lists, overview, pages, queries, services, summaries
from report_service.copies import endpoint_get
from report_service.exports import Export
from report_service.incident_serializers import (
    AcknowledgedSerializer,
    IncidentDetailSerializer,
    IncidentNoteSerializer,
    IncidentSerializer,
)
from report_service.models import EndpointCopy, Incident, IncidentNote, Report
from report_service.periods import Span, bounds_parse, period_parse
from report_service.serializers import (
    GlanceSerializer,
    ReportDetailSerializer,
    ReportSerializer,
    SeriesSerializer,
    SummarySerializer,
)
from report_service.statuses import INCIDENT_STATUSES

_FAST = [FastJSONRenderer, BrowsableRenderer]


class ReportsView(PublicView):
    """`GET /reports`."""

    queryset = Report.objects.none()
    serializer_class = ReportSerializer
    renderer_classes = _FAST

    @extend_schema(operation_id="reports_list", parameters=queries.FILTERS, responses=ReportSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The caller's results, newest first; a page beyond the 10,000th row is refused."""
        page, per_page = page_numbers(request)
        items, total = lists.reports_page(filters=queries.filters_of(request), page=page, per_page=per_page)
        return Response(page_envelope(items, current_page=page, per_page=per_page, total_count=total))


class ReportView(PublicView):
    """`GET /reports/{id}`."""

    queryset = Report.objects.none()
    serializer_class = ReportDetailSerializer

    @extend_schema(operation_id="reports_retrieve")
    def get(self, _request: Request, report_id: uuid.UUID) -> Response:
        """One result, with what the site answered where it failed."""
        row = lists.report_get(report_id=report_id, user_id=self.user_id)
        return Response(self.get_serializer(row).data)


class ReportsExportView(PublicView):
    """`GET /reports/export`."""

    queryset = Report.objects.none()
    serializer_class = ReportSerializer
    renderer_classes = [JSONRenderer]  # of errors; the file itself is no matter of negotiation
    pagination_class = None

    @extend_schema(
        operation_id="reports_export",
        parameters=[OpenApiParameter("format", enum=["csv", "jsonl"], default="csv"), *queries.FILTERS],
        responses={(200, "text/csv"): OpenApiTypes.STR, (200, "application/jsonl"): OpenApiTypes.STR},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """The caller's results as a stream, newest first, in constant memory."""
        kind = queries.choice_of(request, "format", ("csv", "jsonl")) or "csv"
        chunks = lists.reports_chunks(filters=queries.filters_of(request))
        lines = lists.export_csv(chunks) if kind == "csv" else lists.export_jsonl(chunks)
        response = StreamingHttpResponse(
            Export(self.user_id, lines),
            content_type="text/csv; charset=utf-8" if kind == "csv" else "application/jsonl",
        )
        response.headers["Content-Disposition"] = f'attachment; filename="reports.{kind}"'
        response.headers["Cache-Control"] = "no-store"
        return response


class SummaryView(PublicView):
    """`GET /endpoints/{id}/summary`."""

    queryset = EndpointCopy.objects.none()
    serializer_class = SummarySerializer

    @extend_schema(operation_id="endpoints_summary", parameters=queries.PERIOD)
    def get(self, request: Request, endpoint_id: int) -> Response:
        """Uptime, incidents and response times over a period."""
        endpoint = endpoint_get(endpoint_id=endpoint_id, user_id=self.user_id)
        return Response(summaries.endpoint_summary(endpoint=endpoint, span=_span(request)))


class SeriesView(PublicView):
    """`GET /endpoints/{id}/series`."""

    queryset = EndpointCopy.objects.none()
    serializer_class = SeriesSerializer

    @extend_schema(operation_id="endpoints_series", parameters=[*queries.PERIOD, OpenApiParameter("phases", bool)])
    def get(self, request: Request, endpoint_id: int) -> Response:
        """The points of a chart, at most 500."""
        endpoint = endpoint_get(endpoint_id=endpoint_id, user_id=self.user_id)
        phases = request.query_params.get("phases") == "true"
        return Response(summaries.endpoint_series(endpoint=endpoint, span=_span(request), phases=phases))


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


class IncidentsView(PublicView):
    """`GET /incidents`."""

    queryset = Incident.objects.none()
    serializer_class = IncidentSerializer

    @extend_schema(
        operation_id="incidents_list",
        parameters=[
            OpenApiParameter("endpoint_id", int),
            OpenApiParameter("status", enum=INCIDENT_STATUSES),
            *queries.BOUNDS,
        ],
        responses=IncidentSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """The caller's incidents, newest first; `from` and `to` bound when they began."""
        first, last = bounds_parse(request.query_params.get("from"), request.query_params.get("to"))
        rows = services.incidents_list(
            user_id=self.user_id,
            endpoint_id=queries.endpoint_id_of(request),
            status=queries.choice_of(request, "status", INCIDENT_STATUSES),
            first=first,
            last=last,
        )
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class IncidentView(PublicView):
    """`GET /incidents/{id}`."""

    queryset = Incident.objects.none()
    serializer_class = IncidentDetailSerializer

    @extend_schema(operation_id="incidents_retrieve")
    def get(self, request: Request, incident_id: uuid.UUID) -> Response:
        """One incident with its timeline and notes."""
        return Response(self.get_serializer(_incident(request, incident_id)).data)


class AcknowledgeView(PublicView):
    """`POST /incidents/{id}/acknowledge`."""

    queryset = Incident.objects.none()
    serializer_class = AcknowledgedSerializer

    @extend_schema(operation_id="incidents_acknowledge", request=None, responses=AcknowledgedSerializer)
    def post(self, request: Request, incident_id: uuid.UUID) -> Response:
        """Say "I am on it": reminders end."""
        incident = services.incident_acknowledge(incident=_incident(request, incident_id))
        return Response({"status": "ok", "incident": IncidentSerializer(incident).data})


class NotesView(PublicView):
    """`/incidents/{id}/notes`."""

    queryset = IncidentNote.objects.order_by("-id")
    serializer_class = IncidentNoteSerializer

    @extend_schema(operation_id="incidents_notes_list", responses=IncidentNoteSerializer(many=True))
    def get(self, request: Request, incident_id: uuid.UUID) -> Response:
        """All notes on an incident, newest first."""
        rows = self.paginate_queryset(self.get_queryset().filter(incident=_incident(request, incident_id)))
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    @extend_schema(operation_id="incidents_notes_create", responses={201: IncidentNoteSerializer})
    def post(self, request: Request, incident_id: uuid.UUID) -> Response:
        """Write a note."""
        incident = _incident(request, incident_id)
        note = services.incident_note_add(incident=incident, text=self.validated(request)["text"])
        return Response(self.get_serializer(note).data, status=201)


class ReportUsageView(UsageView):
    """`GET /usage`."""

    def used(self, owner_id: int) -> dict[str, int]:
        """By the quotas' names."""
        return {
            evidence.QUOTA: evidence.evidence_used([owner_id]).get(owner_id, 0),
            exports.QUOTA: exports.exports_running(owner_id),
            pages.QUOTA: pages.pages_count(user_id=owner_id),
        }


def _incident(request: Request, incident_id: uuid.UUID) -> Incident:
    return owned_or_refused(Incident.objects.all(), request, id=incident_id)


def _span(request: Request) -> Span:
    query = request.query_params
    return period_parse(query.get("period"), query.get("from"), query.get("to"))
