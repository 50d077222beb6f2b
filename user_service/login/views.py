"""The public API of logging in and out, and of passwords."""

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.views import AnonymousView
from common.limits.early_refusals import takes_from
from common.security.client_address import client_address
from user_service import serializers
from user_service.keys import services as key_services
from user_service.login import password_reset, passwords, rate_limits, services
from user_service.views import OwnView, credential_of, user_with_key


class LoginView(AnonymousView):
    serializer_class = serializers.LoginSerializer

    @takes_from(network=rate_limits.LOGIN)
    @extend_schema(operation_id="login", responses=serializers.UserWithKeySerializer)
    def post(self, request: Request) -> Response:
        """Log in: a new key of 30 days."""
        user, key = services.user_log_in(**self.validated(request), address=client_address(request))
        return user_with_key(user, key, code=status.HTTP_200_OK)


class LogoutView(OwnView):
    serializer_class = serializers.OkSerializer

    @extend_schema(operation_id="logout", request=None, responses=serializers.OkSerializer)
    def post(self, request: Request) -> Response:
        """Log out: the key of this request opens nothing from now on."""
        key_services.key_in_use_revoke(
            user_id=self.user_id, credential=credential_of(request), address=client_address(request)
        )
        return Response({"status": "ok"})


class PasswordView(OwnView):
    serializer_class = serializers.PasswordChangeSerializer

    @takes_from(user=rate_limits.PASSWORD)
    @extend_schema(operation_id="users_me_password", responses=serializers.OkSerializer)
    def post(self, request: Request) -> Response:
        """Change the password; every other login ends, and with `revoke_keys` every other named key."""
        passwords.password_change(
            user=self.own_user,
            credential=credential_of(request),
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
        password_reset.password_reset_request(**self.validated(request), address=client_address(request))
        return Response({"status": "ok"})


class PasswordResetView(AnonymousView):
    serializer_class = serializers.PasswordResetSerializer

    @takes_from(network=rate_limits.TOKEN)
    @extend_schema(operation_id="password_reset", responses=serializers.OkSerializer)
    def post(self, request: Request) -> Response:
        """Set the password with a mailed token; every key of the account is revoked."""
        password_reset.password_reset_confirm(**self.validated(request), address=client_address(request))
        return Response({"status": "ok"})
