"""What users ask and say of incidents."""

import uuid

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.views import PublicView
from common.security.ownership import owned_or_refused
from report_service.incidents import services
from report_service.incidents.serializers import (
    AcknowledgedSerializer,
    IncidentDetailSerializer,
    IncidentNoteSerializer,
    IncidentSerializer,
)
from report_service.models import Incident, IncidentNote
from report_service.results import query_parameters
from report_service.results.result_columns import INCIDENT_STATUSES
from report_service.rollups.time_spans import bounds_parse


class IncidentsView(PublicView):
    """`GET /incidents`."""

    queryset = Incident.objects.none()
    serializer_class = IncidentSerializer

    @extend_schema(
        operation_id="incidents_list",
        parameters=[
            OpenApiParameter("endpoint_id", int),
            OpenApiParameter("status", enum=INCIDENT_STATUSES),
            *query_parameters.BOUNDS,
        ],
        responses=IncidentSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """The caller's incidents, newest first; `from` and `to` bound when they began."""
        first, last = bounds_parse(request.query_params.get("from"), request.query_params.get("to"))
        rows = services.incidents_list(
            user_id=self.user_id,
            endpoint_id=query_parameters.endpoint_id_of(request),
            status=query_parameters.choice_of(request, "status", INCIDENT_STATUSES),
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


def _incident(request: Request, incident_id: uuid.UUID) -> Incident:
    return owned_or_refused(Incident.objects.all(), request, id=incident_id)
