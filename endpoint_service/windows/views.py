"""Maintenance windows, behind the gateway."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.views import PublicView
from common.security.ownership import owned_or_refused, visible_to
from endpoint_service.models import LIVE, MaintenanceWindow
from endpoint_service.windows import services
from endpoint_service.windows.serializers import (
    MaintenanceWindowSerializer,
    WindowPreviewSerializer,
    WindowTimesSerializer,
    outlook_now,
)


class MaintenanceWindowsView(PublicView):
    serializer_class = MaintenanceWindowSerializer
    queryset = MaintenanceWindow.objects.filter(LIVE).order_by("id")

    @extend_schema(operation_id="maintenance_windows_list", responses=MaintenanceWindowSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The user's maintenance windows."""
        page = self.paginate_queryset(visible_to(self.get_queryset(), request))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(operation_id="maintenance_windows_create", responses={201: MaintenanceWindowSerializer})
    def post(self, request: Request) -> Response:
        """A new window, once or recurring."""
        window = services.window_create(user_id=self.user_id, values=self.validated(request))
        return Response(self.get_serializer(window).data, status=201)


class MaintenancePreviewView(PublicView):
    serializer_class = WindowTimesSerializer

    @extend_schema(operation_id="maintenance_windows_preview", responses=WindowPreviewSerializer)
    def post(self, request: Request) -> Response:
        """When a window would open; nothing is saved."""
        window = services.window_preview(values=self.validated(request))
        shown = WindowPreviewSerializer({"status": "ok", "occurrences": outlook_now(window).occurrences})
        return Response(shown.data)


class MaintenanceWindowView(PublicView):
    serializer_class = MaintenanceWindowSerializer
    queryset = MaintenanceWindow.objects.filter(LIVE)

    @extend_schema(operation_id="maintenance_windows_get")
    def get(self, _request: Request, window_id: int) -> Response:
        """One window."""
        return Response(self.get_serializer(self._window(window_id)).data)

    @extend_schema(operation_id="maintenance_windows_update")
    def patch(self, request: Request, window_id: int) -> Response:
        """Change what is given."""
        return self._change(request, window_id, partial=True)

    @extend_schema(operation_id="maintenance_windows_replace")
    def put(self, request: Request, window_id: int) -> Response:
        """Set every field; what is not given gets its default."""
        return self._change(request, window_id, partial=False)

    @extend_schema(operation_id="maintenance_windows_delete", responses={204: None})
    def delete(self, _request: Request, window_id: int) -> Response:
        """Delete it; one that is open ends with it."""
        services.window_delete(user_id=self.user_id, window_id=self._window(window_id).id)
        return Response(status=204)

    def _window(self, window_id: int) -> MaintenanceWindow:
        window: MaintenanceWindow = owned_or_refused(self.get_queryset(), self.request, id=window_id)
        return window

    def _change(self, request: Request, window_id: int, *, partial: bool) -> Response:
        serializer = self.get_serializer(self._window(window_id), data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        window = services.window_update(
            user_id=self.user_id, window_id=window_id, values=dict(serializer.validated_data), partial=partial
        )
        return Response(self.get_serializer(window).data)
