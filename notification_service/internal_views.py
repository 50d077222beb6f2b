"""What the fleet asks of notification_service."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.errors import ValidationFailed
from common.api.pagination import FeedPagination
from common.api.views import InternalView
from common.formats.ids import MAX_ID
from notification_service import services
from notification_service.alerts import alert_planner
from notification_service.channels import addresses
from notification_service.models import Notification, User
from notification_service.serializers import (
    AlertsAnswerSerializer,
    AlertsSerializer,
    CallAnswerSerializer,
    IncidentDeliveriesSerializer,
    InternalNotificationSerializer,
)  # fmt: skip


class ChannelsView(InternalView):
    serializer_class = InternalNotificationSerializer
    pagination_class = FeedPagination
    queryset = Notification.objects.order_by("id")

    @extend_schema(
        operation_id="internal_notifications_list",
        parameters=[OpenApiParameter("user_id", int)],
        responses=InternalNotificationSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Channels, of one user where `user_id` names one."""
        queryset = self.get_queryset()
        if user_id := request.query_params.get("user_id"):
            if not (user_id.isascii() and user_id.isdigit() and 1 <= int(user_id[:20]) <= MAX_ID):
                raise ValidationFailed(errors={"user_id": [_("A user's id, please.")]})
            queryset = queryset.filter(user_id=int(user_id))
        page = self.paginate_queryset(queryset) or []
        return self.get_paginated_response(self.get_serializer(page, many=True, context=_confirmed(page)).data)


class ChannelView(InternalView):
    serializer_class = InternalNotificationSerializer
    queryset = Notification.objects.order_by("id")

    @extend_schema(operation_id="internal_notifications_get")
    def get(self, request: Request, notification_id: int) -> Response:  # noqa: ARG002
        """One channel."""
        notification = get_object_or_404(self.get_queryset(), id=notification_id)
        return Response(self.get_serializer(notification, context=_confirmed([notification])).data)


class SendView(InternalView):
    serializer_class = AlertsSerializer

    @extend_schema(operation_id="notifications_send", responses=AlertsAnswerSerializer)
    def post(self, request: Request) -> Response:
        """Take alerts; the same one again changes nothing. A single alert without `alerts` around it is taken too."""
        data: Any = request.data
        single = isinstance(data, dict) and "alerts" not in data
        serializer = self.get_serializer(data={"alerts": [data]} if single else data)
        serializer.is_valid(raise_exception=True)
        taken = alert_planner.alerts_accept(alerts=serializer.validated_data["alerts"])
        refused = [{"index": index, "message": message} for index, message in taken.refused]
        return Response({"status": "ok", "accepted": taken.accepted, "refused": refused})


class AcknowledgeView(InternalView):
    serializer_class = None

    @extend_schema(operation_id="incidents_acknowledge", request=None, responses=CallAnswerSerializer)
    def post(self, request: Request, incident_id: UUID) -> Response:  # noqa: ARG002
        """Somebody takes care of the incident: no more reminders."""
        alert_planner.incident_acknowledge(incident_id=incident_id)
        return Response({"status": "ok"})


class IncidentDeliveriesView(InternalView):
    serializer_class = IncidentDeliveriesSerializer

    @extend_schema(operation_id="incidents_deliveries")
    def get(self, request: Request, incident_id: UUID) -> Response:  # noqa: ARG002
        """Who was told of the incident, oldest message first, at most 100."""
        told = services.incident_deliveries(incident_id=incident_id)
        return Response(self.get_serializer({"items": told}).data)


def _confirmed(notifications: list[Notification]) -> dict[str, Any]:
    users = User.objects.filter(id__in={notification.user_id for notification in notifications})
    return {"confirmed": addresses.confirmed_addresses(users)}
