"""What the other services and the gateway ask user_service."""

from operator import itemgetter

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.errors import NotFound
from common.api.views import InternalView
from common.between.feeds import feed_response
from user_service import serializers
from user_service.keys import services as key_services
from user_service.keys.key_check import identity_headers
from user_service.models import User


class UserFeedView(InternalView):
    serializer_class = serializers.UserFeedSerializer
    queryset = User.objects.all()
    pagination_class = None

    @extend_schema(
        operation_id="users_changes",
        parameters=[OpenApiParameter("changed_since", str), OpenApiParameter("per_page", int)],
        responses=serializers.UserFeedPageSerializer,
    )
    def get(self, request: Request) -> Response:
        """The change feed of users, deleted ones included."""
        return feed_response(request, self.get_queryset(), serializers.UserFeedSerializer)


class UserDetailView(InternalView):
    serializer_class = serializers.UserFeedSerializer
    queryset = User.objects.all()

    @extend_schema(operation_id="users_detail", responses=serializers.UserFeedSerializer)
    def get(self, request: Request, user_id: int) -> Response:  # noqa: ARG002
        """One user, also a deleted one as long as its tombstone is kept."""
        user = self.get_queryset().filter(id=user_id).first()
        if user is None:
            raise NotFound
        return Response(self.get_serializer(user).data)


class KeysUsedView(InternalView):
    serializer_class = serializers.KeysUsedSerializer

    @extend_schema(operation_id="keys_used", responses=serializers.OkSerializer)
    def post(self, request: Request) -> Response:
        """Note when keys were last used; for gateways that do not tell it. Unknown keys are ignored."""
        entries = sorted(self.validated(request)["keys"], key=itemgetter("used_at"))
        used = {entry["credential"]: entry["used_at"] for entry in entries}
        key_services.keys_record_use(used=used)
        return Response({"status": "ok"})


class KeyCheckView(InternalView):
    """The local gateway's key check where no `user_service.wsgi` stands in front of Django."""

    serializer_class = serializers.OkSerializer

    @extend_schema(
        operation_id="auth",
        parameters=[
            OpenApiParameter("apikey", str, OpenApiParameter.HEADER),
            OpenApiParameter("X-Forwarded-Uri", str, OpenApiParameter.HEADER),
            OpenApiParameter("X-Consumer-Custom-ID", str, OpenApiParameter.HEADER, response=True),
            OpenApiParameter("X-Credential-Identifier", str, OpenApiParameter.HEADER, response=True),
        ],
        responses={200: None},
    )
    def get(self, request: Request) -> Response:
        """Whose key does this request carry? Without a valid one, an answer without headers."""
        return Response(headers=dict(identity_headers(request.META)))
