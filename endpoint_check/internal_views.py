"""The routes inside of the fleet."""

from typing import Any

import msgspec
from drf_spectacular.utils import extend_schema
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.pagination import FeedPagination
from common.api.views import InternalView
from endpoint_check import services
from endpoint_check.models import Monitor
from endpoint_check.region.region_hold import monitors_with_hold
from endpoint_check.serializers import CheckAnswerSerializer, CheckRequestSerializer, MonitorSerializer


class ChecksView(InternalView):
    """A check now."""

    serializer_class = CheckRequestSerializer
    queryset = Monitor.objects.none()

    @extend_schema(operation_id="check_now", request=CheckRequestSerializer, responses={200: CheckAnswerSerializer})
    def post(self, request: Request) -> Response:
        """Probe once, within this request; the spec's timeout bounds how long it takes."""
        asked = self.validated(request)
        check = services.check_now(
            endpoint_id=asked.get("endpoint_id"), spec=asked.get("spec"), user_id=asked.get("user_id")
        )
        if check.report is None:
            return Response({"status": "fail", "code": check.code, "message": check.message})
        shown = {name: value for name, value in msgspec.to_builtins(check.report).items() if name != "contract"}
        return Response({"status": "ok", "result": shown})


class MonitorsView(InternalView):
    """Every monitor."""

    serializer_class = MonitorSerializer
    queryset = monitors_with_hold().order_by("endpoint_id")
    pagination_class = FeedPagination

    @extend_schema(operation_id="monitors_list", responses=MonitorSerializer(many=True))
    def get(self, _request: Request) -> Response:
        """A page of them, by endpoint."""
        page: Any = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class MonitorView(InternalView):
    """One monitor."""

    serializer_class = MonitorSerializer
    queryset = monitors_with_hold()

    @extend_schema(operation_id="monitors_read", responses=MonitorSerializer)
    def get(self, _request: Request, endpoint_id: int) -> Response:
        """The monitor of an endpoint."""
        return Response(self.get_serializer(get_object_or_404(self.get_queryset(), endpoint_id=endpoint_id)).data)
