"""What the other services ask: the change feeds, one endpoint, and what endpoint_check says of states."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.errors import NotFound
from common.api.views import InternalView
from common.between.feeds import feed_response
from endpoint_service.endpoints.services import feed_endpoints
from endpoint_service.feeds.serializers import (
    EndpointFeedSerializer,
    MaintenanceWindowFeedSerializer,
    OkSerializer,
    StatesSerializer,
)
from endpoint_service.feeds.states import states_apply, states_read
from endpoint_service.models import Endpoint, MaintenanceWindow

FEED_PARAMETERS = [
    OpenApiParameter("changed_since", OpenApiTypes.STR, description="The cursor of the page before; none begins."),
    OpenApiParameter("per_page", OpenApiTypes.INT, description="Up to 5,000, the default."),
]


class EndpointsFeedView(InternalView):
    serializer_class = EndpointFeedSerializer
    queryset = Endpoint.objects.none()
    pagination_class = None

    @extend_schema(
        operation_id="endpoints_feed",
        parameters=FEED_PARAMETERS,
        responses=inline_serializer(
            "EndpointsFeed",
            {
                "items": EndpointFeedSerializer(many=True),
                "cursor": serializers.CharField(),
                "contract": serializers.IntegerField(),
            },
        ),
    )
    def get(self, request: Request) -> Response:
        """Endpoints in the order of their changes, deleted ones too."""
        return feed_response(request, feed_endpoints(), EndpointFeedSerializer)


class EndpointItemView(InternalView):
    serializer_class = EndpointFeedSerializer
    queryset = Endpoint.objects.none()

    @extend_schema(operation_id="endpoints_item")
    def get(self, _request: Request, endpoint_id: int) -> Response:
        """The feed's item of one endpoint, deleted or not."""
        endpoint = feed_endpoints().filter(id=endpoint_id).first()
        if endpoint is None:
            raise NotFound
        return Response(EndpointFeedSerializer(endpoint).data)


class StatesView(InternalView):
    serializer_class = StatesSerializer
    queryset = Endpoint.objects.none()

    @extend_schema(operation_id="endpoints_states", responses=OkSerializer)
    def post(self, request: Request) -> Response:
        """Take states; unknown ids and older ones are ignored, so a repetition does no harm."""
        states_apply(states=states_read(request.body))
        return Response({"status": "ok"})


class MaintenanceWindowsFeedView(InternalView):
    serializer_class = MaintenanceWindowFeedSerializer
    queryset = MaintenanceWindow.objects.none()
    pagination_class = None

    @extend_schema(
        operation_id="maintenance_windows_feed",
        parameters=FEED_PARAMETERS,
        responses=inline_serializer(
            "MaintenanceWindowsFeed",
            {
                "items": MaintenanceWindowFeedSerializer(many=True),
                "cursor": serializers.CharField(),
                "contract": serializers.IntegerField(),
            },
        ),
    )
    def get(self, request: Request) -> Response:
        """Maintenance windows in the order of their changes, deleted ones too."""
        return feed_response(request, MaintenanceWindow.objects.all(), MaintenanceWindowFeedSerializer)
