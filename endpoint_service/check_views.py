"""Checks at once, behind the gateway."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.auth import Consumer
from common.client_address import client_address
from common.ownership import owned_or_refused
from common.views import AnonymousView, PublicView
from endpoint_service import checks, services
from endpoint_service.limits import network_of, token_take
from endpoint_service.models import Endpoint
from endpoint_service.serializers import ActionSerializer, SpecSerializer
from endpoint_service.spec import OUTCOMES


class CheckAnswerSerializer(serializers.Serializer[Any]):
    """ok: the probe ran, and `result` (the fields of a report) says what it found; fail: it could not run."""

    status = serializers.ChoiceField(OUTCOMES)
    result = serializers.DictField(required=False)
    code = serializers.CharField(required=False)
    message = serializers.CharField(required=False)


def _take_users_token(user_id: int) -> None:
    token_take(bucket=f"check:user:{user_id}", per_minute=settings.CHECKS_PER_MINUTE, closed=False)


class EndpointCheckView(PublicView):
    serializer_class = ActionSerializer
    queryset = Endpoint.objects.none()

    @extend_schema(operation_id="endpoints_check", request=None, responses=CheckAnswerSerializer)
    def post(self, request: Request, endpoint_id: int) -> Response:
        """Check it now, paused or not; the result is stored and moves no state."""
        endpoint = owned_or_refused(services.live_endpoints(), request, id=endpoint_id)
        _take_users_token(self.user_id)
        return Response(checks.check_run(endpoint=endpoint, user_id=self.user_id, caller=f"user:{self.user_id}"))


class ChecksView(AnonymousView):
    serializer_class = SpecSerializer
    queryset = Endpoint.objects.none()

    @extend_schema(operation_id="checks_create", responses=CheckAnswerSerializer)
    def post(self, request: Request) -> Response:
        """Check a spec that is not stored. Without a login: few, only GET or HEAD, and never private addresses."""
        user: Any = request.user
        user_id = user.id if isinstance(user, Consumer) else None
        values = self.validated(request)
        if user_id is None:
            checks.anonymous_refused(values)
            caller = f"address:{network_of(client_address(request))}"
            token_take(bucket=f"check:{caller}", per_minute=settings.ANONYMOUS_CHECKS_PER_MINUTE, closed=True)
        else:
            caller = f"user:{user_id}"
            _take_users_token(user_id)
        endpoint = services.endpoint_built(user_id=user_id or 0, values=values)
        return Response(checks.check_run(endpoint=endpoint, user_id=user_id, caller=caller))
