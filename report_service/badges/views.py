"""Badges: their owner's side, and the pictures that anybody may see."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.views import AnonymousView, PublicView
from report_service.badges import services as badges
from report_service.feed_sync.endpoint_copies import endpoint_get
from report_service.models import EndpointCopy
from report_service.results.query_parameters import choice_of
from report_service.rollups.time_spans import PERIODS
from report_service.status_pages.localization import NO_KEY, PARAMETERS, localized

_CACHED = {"Cache-Control": "public, max-age=30", "X-Content-Type-Options": "nosniff"}


class BadgesSerializer(serializers.Serializer[dict[str, str]]):
    """The token and the addresses of an endpoint's badges."""

    token = serializers.CharField()
    state_url = serializers.URLField()
    uptime_url = serializers.URLField()
    latency_url = serializers.URLField()


class BadgesView(PublicView):
    """`/endpoints/{id}/badges`."""

    queryset = EndpointCopy.objects.none()
    serializer_class = BadgesSerializer

    @extend_schema(operation_id="endpoints_badges_retrieve")
    def get(self, _request: Request, endpoint_id: int) -> Response:
        """The addresses of the endpoint's badges."""
        endpoint = endpoint_get(endpoint_id=endpoint_id, user_id=self.user_id)
        return Response(badges.badges_get(endpoint=endpoint))

    @extend_schema(operation_id="endpoints_badges_revoke", responses={204: None})
    def delete(self, _request: Request, endpoint_id: int) -> Response:
        """Make the addresses invalid; the next call makes new ones."""
        badges.badges_revoke(endpoint=endpoint_get(endpoint_id=endpoint_id, user_id=self.user_id))
        return Response(status=204)


class BadgeView(AnonymousView):
    """`/badges/{token}.svg`."""

    queryset = EndpointCopy.objects.none()
    serializer_class = BadgesSerializer
    renderer_classes = [JSONRenderer]

    @extend_schema(
        operation_id="badges_retrieve",
        auth=NO_KEY,
        parameters=[
            OpenApiParameter("kind", enum=badges.KINDS, default="state"),
            OpenApiParameter("period", enum=list(PERIODS), default="24h"),
            *PARAMETERS,
        ],
        responses={(200, "image/svg+xml"): OpenApiTypes.STR},
    )
    def get(self, request: Request, token: str) -> HttpResponse:
        """A picture of the endpoint's state, uptime or median response time."""
        kind = choice_of(request, "kind", badges.KINDS) or "state"
        period = choice_of(request, "period", tuple(PERIODS)) or "24h"
        endpoint = badges.badge_endpoint(token=token)
        with localized(request, user_id=endpoint.user_id):
            picture = badges.badge_svg(endpoint=endpoint, kind=kind, period=period)
        policy = {"Content-Security-Policy": "default-src 'none'"}
        return HttpResponse(picture, content_type="image/svg+xml; charset=utf-8", headers=_CACHED | policy)
