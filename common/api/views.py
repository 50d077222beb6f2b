"""The two kinds of views: public ones know a consumer, internal ones the fleet's token.

`views` parse, call and return; the rules are in `services`.
"""

from typing import Any, TypeVar

from rest_framework.generics import GenericAPIView
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer

from common.api.known_fields import KnownFields
from common.api.parsers import InternalJSONParser
from common.security.auth import IsLoggedIn, user_id_of

T = TypeVar("T")


class _View(GenericAPIView[Any]):
    """Each subclass has rows of its own kind, if any."""

    def validated(self, request: Request, *, partial: bool = False) -> dict[str, Any]:
        """The request's body through `serializer_class`; raises DRF's ValidationError."""
        serializer = self.get_serializer(data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class PublicView(_View):
    """A route behind the gateway for logged-in users; the browsable API shows a form of `serializer_class`."""

    permission_classes = [IsLoggedIn]

    @property
    def user_id(self) -> int:
        """The logged-in user."""
        return user_id_of(self.request)

    def get_serializer(self, *args: object, **options: object) -> BaseSerializer[object]:
        """One that is given data refuses fields that it does not know."""
        serializer = super().get_serializer(*args, **options)
        if "data" in options:
            serializer.validators = [*serializer.validators, KnownFields()]
        return serializer


class AnonymousView(PublicView):
    """A route behind the gateway that needs no login."""

    permission_classes = [AllowAny]


class InternalView(_View):
    """A route inside of the fleet; `InternalTokenMiddleware` has checked the token."""

    authentication_classes = []
    permission_classes = [AllowAny]
    parser_classes = [InternalJSONParser]
    renderer_classes = [JSONRenderer]
