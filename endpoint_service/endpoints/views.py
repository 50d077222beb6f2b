"""Endpoints, behind the gateway."""

import math
from collections.abc import Mapping

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from common.api.views import PublicView
from common.limits.usage import UsageView
from common.security.ownership import owned_or_refused
from endpoint_service.endpoints import services
from endpoint_service.endpoints.parsing import Parser, values_of
from endpoint_service.endpoints.quota_usage import RATE, RATE_TO_A_HOST, QuotaUsage
from endpoint_service.endpoints.serializers import (
    ActionSerializer,
    CloneSerializer,
    EndpointActionSerializer,
    EndpointQuery,
    EndpointSerializer,
    ValidateAnswerSerializer,
    ValidateQuery,
)
from endpoint_service.endpoints.validation import endpoint_errors
from endpoint_service.models import LIVE, Endpoint, MaintenanceWindow


class EndpointsView(PublicView):
    serializer_class = EndpointSerializer
    queryset = Endpoint.objects.none()

    @extend_schema(operation_id="endpoints_list", parameters=[EndpointQuery], responses=EndpointSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The user's endpoints, by filters and in the order asked for."""
        query = EndpointQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        found = services.endpoints_search(user_id=self.user_id, filters=query.validated_data)
        return self.get_paginated_response(self.get_serializer(self.paginate_queryset(found), many=True).data)

    @extend_schema(operation_id="endpoints_create", responses={201: EndpointSerializer})
    def post(self, request: Request) -> Response:
        """A new endpoint; a URL alone is enough."""
        endpoint = services.endpoint_create(
            user_id=self.user_id, values=values_of(self.get_serializer(data=request.data))
        )
        return Response(self.get_serializer(endpoint).data, status=201)


class ValidateView(PublicView):
    serializer_class = EndpointSerializer
    queryset = Endpoint.objects.none()

    @extend_schema(operation_id="endpoints_validate", parameters=[ValidateQuery], responses=ValidateAnswerSerializer)
    def post(self, request: Request) -> Response:
        """Whether an endpoint could be saved so, or what is wrong with it by field. Nothing is saved."""
        query = ValidateQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        endpoint, field = None, query.validated_data["field"]
        if endpoint_id := query.validated_data.get("endpoint_id"):
            endpoint = owned_or_refused(services.live_endpoints(), request, id=endpoint_id)
        errors = endpoint_errors(user_id=self.user_id, spec=request.data, endpoint=endpoint, field=field)
        return Response({"status": "fail", "errors": errors} if errors else {"status": "ok"})


class _OneEndpointView(PublicView):
    serializer_class: type[Serializer[object]] = EndpointSerializer
    queryset = Endpoint.objects.none()

    def endpoint(self, endpoint_id: int) -> Endpoint:
        """The caller's endpoint; raises `NotFound` or `Forbidden`."""
        return owned_or_refused(services.live_endpoints(), self.request, id=endpoint_id)


class EndpointView(_OneEndpointView):
    @extend_schema(operation_id="endpoints_get")
    def get(self, _request: Request, endpoint_id: int) -> Response:
        """One endpoint."""
        return Response(self.get_serializer(self.endpoint(endpoint_id)).data)

    @extend_schema(operation_id="endpoints_update")
    def patch(self, request: Request, endpoint_id: int) -> Response:
        """Change what is given."""
        return self._change(request, endpoint_id, partial=True)

    @extend_schema(operation_id="endpoints_replace")
    def put(self, request: Request, endpoint_id: int) -> Response:
        """Set every field; what is not given gets its default, but for key and name."""
        return self._change(request, endpoint_id, partial=False)

    @extend_schema(operation_id="endpoints_delete", responses={204: None})
    def delete(self, _request: Request, endpoint_id: int) -> Response:
        """Delete it; its checks end within seconds."""
        endpoint = self.endpoint(endpoint_id)
        services.endpoint_delete(user_id=self.user_id, endpoint_id=endpoint.id)
        return Response(status=204)

    def _change(self, request: Request, endpoint_id: int, *, partial: bool) -> Response:
        self.endpoint(endpoint_id)
        parser = Parser(strict=True)
        values = parser.fields(request.data, partial=partial)
        changed = services.endpoint_update(
            user_id=self.user_id, endpoint_id=endpoint_id, validate=lambda endpoint: parser.validate(values, endpoint)
        )
        return Response(self.get_serializer(changed).data)


class _SwitchView(_OneEndpointView):
    serializer_class = ActionSerializer

    def switch(self, endpoint_id: int, *, enabled: bool) -> Response:
        """Set `enabled` and answer with the endpoint."""
        self.endpoint(endpoint_id)
        services.endpoint_switch(user_id=self.user_id, endpoint_id=endpoint_id, enabled=enabled)
        return Response({"status": "ok", "endpoint": EndpointSerializer(self.endpoint(endpoint_id)).data})


class PauseView(_SwitchView):
    @extend_schema(operation_id="endpoints_pause", request=None, responses=EndpointActionSerializer)
    def post(self, _request: Request, endpoint_id: int) -> Response:
        """Check it no more until it is resumed."""
        return self.switch(endpoint_id, enabled=False)


class ResumeView(_SwitchView):
    @extend_schema(operation_id="endpoints_resume", request=None, responses=EndpointActionSerializer)
    def post(self, _request: Request, endpoint_id: int) -> Response:
        """Check it again."""
        return self.switch(endpoint_id, enabled=True)


class CloneView(_OneEndpointView):
    serializer_class = CloneSerializer

    @extend_schema(operation_id="endpoints_clone", responses={201: EndpointSerializer})
    def post(self, request: Request, endpoint_id: int) -> Response:
        """A copy of it, secrets included."""
        endpoint = self.endpoint(endpoint_id)
        clone = services.endpoint_clone(endpoint=endpoint, **self.validated(request))
        return Response(EndpointSerializer(clone).data, status=201)


class EndpointsUsageView(UsageView):
    def used(self, owner_id: int) -> Mapping[str, int]:
        """Of one host: the one that is asked most."""
        usage = QuotaUsage(owner_id)
        return {
            "endpoints": len(usage.keys),
            "windows": MaintenanceWindow.objects.filter(LIVE, user_id=owner_id).count(),
            RATE: math.ceil(usage.rate),
            RATE_TO_A_HOST: math.ceil(max(usage.hosts().values(), default=0)),
        }
