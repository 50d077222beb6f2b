"""The public API of user_service."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from common.auth import Consumer
from common.client_address import client_address
from common.early_refusals import takes_from
from common.errors import Forbidden
from common.ownership import visible_to
from common.views import AnonymousView, PublicView
from user_service import serializers
from user_service.accounts import services
from user_service.keys import services as key_services
from user_service.login import passwords, rate_limits
from user_service.login import services as login_services
from user_service.models import SecurityEvent, User


def _credential(request: Request) -> str | None:
    """The id of the key that the request came with."""
    caller: Any = request.user
    return caller.credential if isinstance(caller, Consumer) else None


def _with_key(user: User, key: str, *, code: int) -> Response:
    return Response({**serializers.UserSerializer(user).data, "key": key}, status=code)


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
        return _with_key(*made, code=status.HTTP_201_CREATED) if made is not None else Response({"status": "ok"})


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
        return _with_key(user, key, code=status.HTTP_201_CREATED)


class LoginView(AnonymousView):
    serializer_class = serializers.LoginSerializer

    @takes_from(network=rate_limits.LOGIN)
    @extend_schema(operation_id="login", responses=serializers.UserWithKeySerializer)
    def post(self, request: Request) -> Response:
        """Log in: a new key of 30 days."""
        user, key = login_services.user_log_in(**self.validated(request), address=client_address(request))
        return _with_key(user, key, code=status.HTTP_200_OK)


class OwnView(PublicView):
    """A view of the logged-in user's own account, which must still exist: a key may outlive it for seconds."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Whatever it does, first of all `NotLoggedIn` where the account is gone."""
        super().initial(request, *args, **kwargs)
        self.own_user = services.user_get(user_id=self.user_id)


class LogoutView(OwnView):
    serializer_class = serializers.OkSerializer

    @extend_schema(operation_id="logout", request=None, responses=serializers.OkSerializer)
    def post(self, request: Request) -> Response:
        """Log out: the key of this request opens nothing from now on."""
        key_services.key_in_use_revoke(
            user_id=self.user_id, credential=_credential(request), address=client_address(request)
        )
        return Response({"status": "ok"})


class MeView(OwnView):
    serializer_class = serializers.ProfileSerializer

    @extend_schema(operation_id="users_me_read", responses=serializers.UserSerializer)
    def get(self, request: Request, **_: Any) -> Response:  # noqa: ARG002
        """The logged-in user."""
        return Response(serializers.UserSerializer(self.own_user).data)

    @extend_schema(operation_id="users_me_update", responses=serializers.UserSerializer)
    def patch(self, request: Request, **_: Any) -> Response:
        """Change the profile."""
        user = services.user_update(user=self.own_user, address=client_address(request), **self.validated(request))
        return Response(serializers.UserSerializer(user).data)

    @takes_from(user=rate_limits.PASSWORD)
    @extend_schema(operation_id="users_me_delete", request=serializers.PasswordSerializer, responses={204: None})
    def delete(self, request: Request, **_: Any) -> Response:
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
    def get(self, request: Request, **_: Any) -> Response:
        """The logged-in user, by id."""
        return super().get(request)

    @extend_schema(operation_id="users_update", responses=serializers.UserSerializer)
    def patch(self, request: Request, **_: Any) -> Response:
        """Change the profile."""
        return super().patch(request)

    @takes_from(user=rate_limits.PASSWORD)
    @extend_schema(operation_id="users_delete", request=serializers.PasswordSerializer, responses={204: None})
    def delete(self, request: Request, **_: Any) -> Response:
        """Delete the account with everything that belongs to it; a key alone does not, so it needs the password."""
        return super().delete(request)


class PasswordView(OwnView):
    serializer_class = serializers.PasswordChangeSerializer

    @takes_from(user=rate_limits.PASSWORD)
    @extend_schema(operation_id="users_me_password", responses=serializers.OkSerializer)
    def post(self, request: Request) -> Response:
        """Change the password; every other login ends, and with `revoke_keys` every other named key."""
        passwords.password_change(
            user=self.own_user,
            credential=_credential(request),
            address=client_address(request),
            **self.validated(request),
        )
        return Response({"status": "ok"})


class PasswordResetRequestView(AnonymousView):
    serializer_class = serializers.PasswordResetRequestSerializer

    @takes_from(network=rate_limits.RESET)
    @extend_schema(operation_id="password_reset_request", responses=serializers.OkSerializer)
    def post(self, request: Request) -> Response:
        """Have a link mailed, which works once and for an hour; the answer is the same for an unknown email."""
        passwords.password_reset_request(**self.validated(request), address=client_address(request))
        return Response({"status": "ok"})


class PasswordResetView(AnonymousView):
    serializer_class = serializers.PasswordResetSerializer

    @takes_from(network=rate_limits.TOKEN)
    @extend_schema(operation_id="password_reset", responses=serializers.OkSerializer)
    def post(self, request: Request) -> Response:
        """Set the password with a mailed token; every key of the account is revoked."""
        passwords.password_reset(**self.validated(request), address=client_address(request))
        return Response({"status": "ok"})


class EventListView(OwnView):
    serializer_class = serializers.SecurityEventSerializer
    queryset = SecurityEvent.objects.order_by("-id")

    @extend_schema(operation_id="users_me_events", responses=serializers.SecurityEventSerializer(many=True))
    def get(self, request: Request) -> Response:
        """What happened to the account's security, the newest first."""
        page: Any = self.paginate_queryset(visible_to(self.get_queryset(), request))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)
