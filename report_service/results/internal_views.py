"""What the fleet calls: the way in of results."""

import msgspec
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.views import InternalView
from report_service.models import Report
from report_service.results.ingest import reports_ingest
from report_service.results.serializers import IncomingReportSerializer, IngestSerializer


class IncomingReportsView(InternalView):
    """`POST /reports`: one result or up to 5,000."""

    queryset = Report.objects.none()
    serializer_class = IncomingReportSerializer

    @extend_schema(
        operation_id="reports_create",
        request=PolymorphicProxySerializer(
            component_name="IncomingReports",
            serializers=[IncomingReportSerializer, IncomingReportSerializer(many=True)],
            resource_type_field_name=None,
            many=False,
        ),
        responses={201: IngestSerializer},
    )
    def post(self, request: Request) -> Response:
        """Keep what is good, refuse what is bad by its index."""
        outcome = reports_ingest(body=request.body)
        return Response({"status": "ok", **msgspec.to_builtins(outcome)}, status=201)
