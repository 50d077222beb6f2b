"""The public API of the second factor."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.limits.early_refusals import takes_from
from common.security.client_address import client_address
from user_service import serializers
from user_service.login import rate_limits, totp
from user_service.views import OwnView


class TotpView(OwnView):
    serializer_class = serializers.PasswordSerializer

    @extend_schema(operation_id="users_me_totp_read", responses=serializers.TotpSerializer)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Whether the second factor is on."""
        user = self.own_user
        enabled = totp.totp_of(user) is not None
        return Response({"enabled": enabled, "recovery_codes_left": user.recovery_codes.count()})

    @takes_from(user=rate_limits.PASSWORD)
    @extend_schema(operation_id="users_me_totp_begin", responses=serializers.TotpSecretSerializer)
    def post(self, request: Request) -> Response:
        """A secret for an authenticator app; it counts once a code confirms it."""
        secret, uri = totp.totp_begin(user=self.own_user, **self.validated(request))
        return Response({"status": "ok", "secret": secret, "uri": uri})


class TotpConfirmView(OwnView):
    serializer_class = serializers.CodeSerializer

    @takes_from(user=rate_limits.CODE_CONFIRM)
    @extend_schema(operation_id="users_me_totp_confirm", responses=serializers.RecoveryCodesSerializer)
    def post(self, request: Request) -> Response:
        """Switch the second factor on with a first code; the answer holds the recovery codes, this once."""
        codes = totp.totp_confirm(user=self.own_user, address=client_address(request), **self.validated(request))
        return Response({"status": "ok", "recovery_codes": codes})


class TotpDisableView(OwnView):
    serializer_class = serializers.PasswordSerializer

    @takes_from(user=rate_limits.PASSWORD)
    @extend_schema(operation_id="users_me_totp_disable", responses=serializers.OkSerializer)
    def post(self, request: Request) -> Response:
        """Switch the second factor off."""
        totp.totp_disable(user=self.own_user, address=client_address(request), **self.validated(request))
        return Response({"status": "ok"})
