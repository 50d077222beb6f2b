"""The public API of accounts: sign-up, confirmation of an e-mail, profile, deletion, audit log."""

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.errors import Forbidden
from common.api.views import AnonymousView
from common.limits.early_refusals import takes_from
from common.security.client_address import client_address
from common.security.ownership import visible_to
from user_service import serializers
from user_service.accounts import services
from user_service.login import rate_limits
from user_service.models import SecurityEvent
from user_service.views import OwnView, user_with_key


class SignUpView(AnonymousView):
    serializer_class = serializers.SignUpSerializer

    @takes_from(network=rate_limits.SIGN_UP)
    @extend_schema(
        operation_id="users_create",
        responses={201: serializers.UserWithKeySerializer, 200: serializers.OkSerializer},
    )
    def post(self, request: Request) -> Response:
        """Sign up: the user with their first key, or `{"status": "ok"}` where a mail has to be confirmed first."""
        made = services.user_sign_up(**self.validated(request), address=client_address(request))
        return user_with_key(*made, code=status.HTTP_201_CREATED) if made is not None else Response({"status": "ok"})


class ConfirmView(AnonymousView):
    serializer_class = serializers.ConfirmSerializer

    @takes_from(network=rate_limits.TOKEN)
    @extend_schema(
        operation_id="users_confirm",
        responses={201: serializers.UserWithKeySerializer, 200: serializers.UserSerializer},
    )
    def post(self, request: Request) -> Response:
        """Follow a mailed link: 201 with the new account and its key, or 200 with the account's new email.

        The account gets `password`. Without it, 400 `PASSWORD_NEEDED` where several signed up with this email, or one
        from another network.
        """
        user, key = services.user_confirm(**self.validated(request), address=client_address(request))
        if key is None:
            return Response(serializers.UserSerializer(user).data)
        return user_with_key(user, key, code=status.HTTP_201_CREATED)


class MeView(OwnView):
    serializer_class = serializers.ProfileSerializer

    @extend_schema(operation_id="users_me_read", responses=serializers.UserSerializer)
    def get(self, request: Request, **_: object) -> Response:  # noqa: ARG002
        """The logged-in user."""
        return Response(serializers.UserSerializer(self.own_user).data)

    @extend_schema(operation_id="users_me_update", responses=serializers.UserSerializer)
    def patch(self, request: Request, **_: object) -> Response:
        """Change the profile."""
        user = services.user_update(user=self.own_user, address=client_address(request), **self.validated(request))
        return Response(serializers.UserSerializer(user).data)

    @takes_from(user=rate_limits.PASSWORD)
    @extend_schema(operation_id="users_me_delete", request=serializers.PasswordSerializer, responses={204: None})
    def delete(self, request: Request, **_: object) -> Response:
        """Delete the account with everything that belongs to it; a key alone does not, so it needs the password."""
        body = serializers.PasswordSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        services.user_delete_confirmed(user=self.own_user, address=client_address(request), **body.validated_data)
        return Response(status=status.HTTP_204_NO_CONTENT)


class UserView(MeView):
    """The same under the user's own id; any other id is refused, whether it exists or not."""

    def check_permissions(self, request: Request) -> None:
        """Before anything else is looked at."""
        super().check_permissions(request)
        if self.kwargs["user_id"] != self.user_id:
            raise Forbidden

    @extend_schema(operation_id="users_read", responses=serializers.UserSerializer)
    def get(self, request: Request, **_: object) -> Response:
        """The logged-in user, by id."""
        return super().get(request)

    @extend_schema(operation_id="users_update", responses=serializers.UserSerializer)
    def patch(self, request: Request, **_: object) -> Response:
        """Change the profile."""
        return super().patch(request)

    @takes_from(user=rate_limits.PASSWORD)
    @extend_schema(operation_id="users_delete", request=serializers.PasswordSerializer, responses={204: None})
    def delete(self, request: Request, **_: object) -> Response:
        """Delete the account with everything that belongs to it; a key alone does not, so it needs the password."""
        return super().delete(request)


class EventListView(OwnView):
    serializer_class = serializers.SecurityEventSerializer
    queryset = SecurityEvent.objects.order_by("-id")

    @extend_schema(operation_id="users_me_events", responses=serializers.SecurityEventSerializer(many=True))
    def get(self, request: Request) -> Response:
        """What happened to the account's security, the newest first."""
        page = self.paginate_queryset(visible_to(self.get_queryset(), request))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)
