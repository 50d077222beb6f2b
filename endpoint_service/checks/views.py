"""Checks at once, behind the gateway."""

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.errors import NotLoggedIn
from common.api.views import AnonymousView, PublicView
from common.between.owners import is_gone
from common.contracts.check_kinds import host_of
from common.formats.ids import MAX_ID
from common.limits.early_refusals import takes_from
from common.limits.token_buckets import Bucket, take
from common.quotas import limit
from common.security.auth import Consumer
from common.security.client_address import client_address, network_of
from common.security.ownership import owned_or_refused
from endpoint_service.checks.services import check_run, refuse_for_visitors
from endpoint_service.endpoints.parsing import values_of
from endpoint_service.endpoints.serializer_fields import OUTCOMES
from endpoint_service.endpoints.serializers import ActionSerializer, SpecSerializer
from endpoint_service.endpoints.services import endpoint_build, live_endpoints
from endpoint_service.models import Endpoint

USER, NETWORK = "check_user", "check_network"
"""Which buckets a check takes from."""
NETWORKS_TO_A_HOST = 10
"""How many visitors' worth of checks all visitors together may ask for one host."""


class CheckAnswerSerializer(serializers.Serializer[object]):
    """ok: the probe ran, and `result` (the fields of a report) says what it found; fail: it could not run."""

    status = serializers.ChoiceField(OUTCOMES)
    result = serializers.DictField(required=False)
    code = serializers.CharField(required=False)
    message = serializers.CharField(required=False)


def _take_users_token(user_id: int) -> None:
    take(Bucket(USER, str(user_id), limit(user_id, "checks_now_per_minute")))


class EndpointCheckView(PublicView):
    serializer_class = ActionSerializer
    queryset = Endpoint.objects.none()

    @takes_from(user=USER)
    @extend_schema(operation_id="endpoints_check", request=None, responses=CheckAnswerSerializer)
    def post(self, request: Request, endpoint_id: int) -> Response:
        """Check it now, paused or not; the result is stored and moves no state."""
        endpoint = owned_or_refused(live_endpoints(), request, id=endpoint_id)
        _take_users_token(self.user_id)
        return Response(check_run(endpoint=endpoint, user_id=self.user_id, caller=f"user:{self.user_id}"))


class CheckQuery(serializers.Serializer[object]):
    """What a check of an unsaved spec is a change of."""

    endpoint_id = serializers.IntegerField(
        min_value=1, max_value=MAX_ID, required=False, help_text="The endpoint whose secrets the masks stand for."
    )


class ChecksView(AnonymousView):
    serializer_class = SpecSerializer
    queryset = Endpoint.objects.none()

    @takes_from(user=USER, network=NETWORK)
    @extend_schema(operation_id="checks_create", parameters=[CheckQuery], responses=CheckAnswerSerializer)
    def post(self, request: Request) -> Response:
        """Check a spec that is not stored. Without a login: few, only web addresses by GET or HEAD, without conditions."""
        user: object = request.user
        user_id = user.id if isinstance(user, Consumer) else None
        if user_id is not None and is_gone(user_id):
            raise NotLoggedIn
        query = CheckQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        values = values_of(self.get_serializer(data=request.data))
        if user_id is None:
            refuse_for_visitors(values)
            network, host = network_of(client_address(request)), host_of(values["kind"], values["url"])
            caller, most = f"address:{network}", settings.ANONYMOUS_CHECKS_PER_MINUTE
            buckets = Bucket(NETWORK, network, most), Bucket("check_host", host, most * NETWORKS_TO_A_HOST)
            take(*buckets, closed=True)
        else:
            caller = f"user:{user_id}"
            _take_users_token(user_id)
        endpoint = endpoint_build(user_id=user_id or 0, values=values, masks_of=self._masks_of(query, user_id))
        return Response(check_run(endpoint=endpoint, user_id=user_id, caller=caller))

    def _masks_of(self, query: CheckQuery, user_id: int | None) -> Endpoint | None:
        endpoint_id = query.validated_data.get("endpoint_id")
        if endpoint_id is None:
            return None
        if user_id is None:
            raise NotLoggedIn
        return owned_or_refused(live_endpoints(), self.request, id=endpoint_id)
