"""The public API of user_service."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from common.auth import Consumer
from common.client_address import client_address
from common.errors import Forbidden
from common.ownership import owned_or_refused, visible_to
from common.views import AnonymousView, PublicView
from user_service import key_services, serializers, services
from user_service.models import Key, User


def _credential(request: Request) -> str | None:
    """The id of the key that the request came with."""
    caller: Any = request.user
    return caller.credential if isinstance(caller, Consumer) else None


def _with_key(user: User, key: str, *, code: int) -> Response:
    return Response({**serializers.UserSerializer(user).data, "key": key}, status=code)


class SignUpView(AnonymousView):
    serializer_class = serializers.SignUpSerializer

    @extend_schema(operation_id="users_create", responses={201: serializers.UserWithKeySerializer})
    def post(self, request: Request) -> Response:
        """Sign up; the answer holds the first key."""
        user, key = services.user_sign_up(**self.validated(request), address=client_address(request))
        return _with_key(user, key, code=status.HTTP_201_CREATED)


class LoginView(AnonymousView):
    serializer_class = serializers.LoginSerializer

    @extend_schema(operation_id="login", responses=serializers.UserWithKeySerializer)
    def post(self, request: Request) -> Response:
        """Log in: a new key of 30 days."""
        user, key = services.user_log_in(**self.validated(request), address=client_address(request))
        return _with_key(user, key, code=status.HTTP_200_OK)


class LogoutView(PublicView):
    serializer_class = serializers.OkSerializer

    @extend_schema(operation_id="logout", request=None, responses=serializers.OkSerializer)
    def post(self, request: Request) -> Response:
        """Log out: the key of this request opens nothing from now on."""
        key_services.key_in_use_revoke(user_id=self.user_id, credential=_credential(request))
        return Response({"status": "ok"})


class OwnView(PublicView):
    """A view of the logged-in user's own account, which must still exist."""

    def own_user(self) -> User:
        """The user; raises `NotLoggedIn` where the account is gone."""
        return services.user_get(user_id=self.user_id)


class MeView(OwnView):
    serializer_class = serializers.ProfileSerializer

    @extend_schema(operation_id="users_me_read", responses=serializers.UserSerializer)
    def get(self, request: Request, **_: Any) -> Response:  # noqa: ARG002
        """The logged-in user."""
        return Response(serializers.UserSerializer(self.own_user()).data)

    @extend_schema(operation_id="users_me_update", responses=serializers.UserSerializer)
    def patch(self, request: Request, **_: Any) -> Response:
        """Change the profile."""
        user = services.user_update(user=self.own_user(), **self.validated(request))
        return Response(serializers.UserSerializer(user).data)

    @extend_schema(operation_id="users_me_delete", responses={204: None})
    def delete(self, request: Request, **_: Any) -> Response:  # noqa: ARG002
        """Delete the account with everything that belongs to it."""
        services.user_delete(user=self.own_user())
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

    @extend_schema(operation_id="users_delete", responses={204: None})
    def delete(self, request: Request, **_: Any) -> Response:
        """Delete the account with everything that belongs to it."""
        return super().delete(request)


class PasswordView(OwnView):
    serializer_class = serializers.PasswordChangeSerializer

    @extend_schema(operation_id="users_me_password", responses=serializers.OkSerializer)
    def post(self, request: Request) -> Response:
        """Change the password; every other login ends."""
        services.password_change(user=self.own_user(), credential=_credential(request), **self.validated(request))
        return Response({"status": "ok"})


class KeyListView(OwnView):
    serializer_class = serializers.KeySerializer
    queryset = Key.objects.filter(kind=Key.Kind.NAMED).order_by("-id")

    @extend_schema(operation_id="keys_list", responses=serializers.KeySerializer(many=True))
    def get(self, request: Request) -> Response:
        """The user's named keys, the newest first."""
        page: Any = self.paginate_queryset(visible_to(self.get_queryset(), request))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(operation_id="keys_create", responses={201: serializers.NewKeySerializer})
    def post(self, request: Request) -> Response:
        """A new named key; this answer is the only one that holds its text."""
        body = self.validated(request)
        key, text = key_services.named_key_create(
            user=self.own_user(), name=body["name"], expires_at=body.get("expires_at")
        )
        return Response({**self.get_serializer(key).data, "key": text}, status=status.HTTP_201_CREATED)


class KeyView(PublicView):
    serializer_class = serializers.KeySerializer
    queryset = Key.objects.filter(kind=Key.Kind.NAMED)

    @extend_schema(operation_id="keys_delete", responses={204: None})
    def delete(self, request: Request, key_id: int) -> Response:
        """Revoke a named key."""
        key_services.key_revoke(key=owned_or_refused(self.get_queryset(), request, id=key_id))
        return Response(status=status.HTTP_204_NO_CONTENT)
