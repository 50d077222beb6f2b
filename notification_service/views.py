"""What users do with their channels."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.errors import NotFound
from common.api.views import PublicView
from common.limits.usage import UsageView
from common.security.ownership import owned_or_refused, visible_to
from notification_service import services
from notification_service.channels import addresses
from notification_service.deliveries import quotas_used
from notification_service.feeds.users import user_ensure
from notification_service.models import Delivery, Notification, User
from notification_service.serializers import (
    CallAnswerSerializer,
    ConfirmSerializer,
    DeliverySerializer,
    NotificationSerializer,
)  # fmt: skip


class ChannelView(PublicView):
    """What every route of channels needs."""

    serializer_class = NotificationSerializer
    queryset = Notification.objects.order_by("id")

    def user(self) -> User:
        """The caller's row; raises `NotFound` where user_service does not know them either."""
        user = user_ensure(user_id=self.user_id)
        if user is None:
            raise NotFound
        return user

    def get_serializer_context(self) -> dict[str, Any]:
        """Which addresses are confirmed, asked once for a whole list."""
        context: dict[str, Any] = dict(super().get_serializer_context())
        if self.serializer_class is not NotificationSerializer or getattr(self, "swagger_fake_view", False):
            return context
        user = User.objects.filter(id=getattr(self.request.user, "id", 0))
        return context | {"confirmed": addresses.confirmed_addresses(user)}

    def notification(self, notification_id: int) -> Notification:
        return owned_or_refused(Notification.objects.all(), self.request, id=notification_id)


class NotificationsView(ChannelView):
    @extend_schema(operation_id="notifications_list", responses=NotificationSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The caller's channels, oldest first."""
        user_ensure(user_id=self.user_id)
        page = self.paginate_queryset(visible_to(self.get_queryset(), request))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(operation_id="notifications_create", responses={201: NotificationSerializer})
    def post(self, request: Request) -> Response:
        """A new channel. Addresses other than the caller's own get a code by mail and nothing else before."""
        user = self.user()
        notification = services.notification_create(user=user, values=self.validated(request))
        return Response(self.get_serializer(notification).data, status=201)


class NotificationView(ChannelView):
    @extend_schema(operation_id="notifications_get")
    def get(self, request: Request, notification_id: int) -> Response:  # noqa: ARG002
        """One channel."""
        return Response(self.get_serializer(self.notification(notification_id)).data)

    @extend_schema(operation_id="notifications_update")
    def patch(self, request: Request, notification_id: int) -> Response:
        """Change what is named."""
        return self._change(request, notification_id, partial=True)

    @extend_schema(operation_id="notifications_replace")
    def put(self, request: Request, notification_id: int) -> Response:
        """Replace it: what is not given gets its default."""
        return self._change(request, notification_id, partial=False)

    @extend_schema(operation_id="notifications_delete", responses={204: None})
    def delete(self, request: Request, notification_id: int) -> Response:  # noqa: ARG002
        """Remove the channel with its history."""
        self.notification(notification_id).delete()
        return Response(status=204)

    def _change(self, request: Request, notification_id: int, *, partial: bool) -> Response:
        notification = self.notification(notification_id)
        serializer = self.get_serializer(notification, data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        services.notification_update(
            user=self.user(), notification=notification, values=dict(serializer.validated_data), partial=partial
        )
        return Response(self.get_serializer(notification).data)


class NotificationTestView(ChannelView):
    serializer_class = None  # type: ignore[assignment]

    @extend_schema(operation_id="notifications_test", request=None, responses=CallAnswerSerializer)
    def post(self, request: Request, notification_id: int) -> Response:  # noqa: ARG002
        """Deliver a test message now; `fail` carries the receiver's own reason."""
        outcome = services.notification_test(notification=self.notification(notification_id))
        return Response({"status": "ok"} if outcome.ok else {"status": "fail", "message": outcome.answer})


class NotificationConfirmView(ChannelView):
    serializer_class = ConfirmSerializer  # type: ignore[assignment]

    @extend_schema(operation_id="notifications_confirm", responses=CallAnswerSerializer)
    def post(self, request: Request, notification_id: int) -> Response:
        """Confirm an address with the code that was mailed there, or ask for another code."""
        notification, user = self.notification(notification_id), self.user()
        named = notification.settings.get("addresses", [])
        given = self.validated(request)
        if "code" in given:
            addresses.address_confirm(user=user, addresses=named, code=given["code"])
        elif given["address"].casefold() in {address.casefold() for address in named}:
            addresses.code_send_again(user=user, address=given["address"])
        else:
            raise NotFound
        return Response({"status": "ok"})


class NotificationsUsageView(UsageView):
    def used(self, owner_id: int) -> Mapping[str, int]:
        return quotas_used.usage(owner_id)


class NotificationDeliveriesView(ChannelView):
    serializer_class = DeliverySerializer  # type: ignore[assignment]

    @extend_schema(operation_id="notifications_deliveries", responses=DeliverySerializer(many=True))
    def get(self, request: Request, notification_id: int) -> Response:  # noqa: ARG002
        """What went to this channel, newest first, with every attempt."""
        deliveries = Delivery.objects.filter(channel=self.notification(notification_id)).order_by("-id")
        page = self.paginate_queryset(deliveries.prefetch_related("alerts", "attempts"))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)
