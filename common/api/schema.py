"""How an operation is described in the OpenAPI documents: drf-spectacular's way, with our error envelope."""

from typing import Any, Literal

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import build_serializer_context
from drf_spectacular.serializers import PolymorphicProxySerializerExtension
from rest_framework.serializers import Serializer

from common.api.views import PublicView

ERROR = {
    "type": "object",
    "required": ["message", "code"],
    "properties": {
        "message": {"type": "string", "description": "For people; Korean, or English with Accept-Language: en."},
        "code": {"type": "string", "pattern": "^[A-Z][A-Z0-9_]*$", "description": "For programs."},
        "errors": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
            "description": "Messages by field.",
        },
    },
}
_MEANINGS = {
    "400": "The request is malformed or a field is not valid",
    "401": "Not logged in",
    "403": "Belongs to somebody else",
    "404": "Not found",
    "405": "The address does not take this method",
    "413": "The request is too large",
    "415": "Not JSON",
    "429": "Too many requests",
    "500": "A failure on our side",
    "503": "A part that this needs does not answer",
}


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """What the gateway makes of a key, as the documents show it: the `apikey` header."""

    target_class = "common.security.auth.ConsumerAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:  # noqa: ARG002
        """The scheme of the public document."""
        return {"type": "apiKey", "in": "header", "name": "apikey"}


class AnyOf(PolymorphicProxySerializerExtension):  # type: ignore[no-untyped-call]
    """Kinds without a field that tells them apart overlap, and a value that fits two of them breaks `oneOf`."""

    priority = 0

    def map_serializer(self, auto_schema: AutoSchema, direction: Literal["request", "response"]) -> dict[str, object]:
        """`anyOf`, where there is no discriminator."""
        schema = super().map_serializer(auto_schema, direction)  # type: ignore[no-untyped-call]
        return schema if "discriminator" in schema else {"anyOf": schema["oneOf"]}


class Schema(AutoSchema):
    """drf-spectacular's, with the error envelope in every operation and the operation's name from its view."""

    def _get_serializer(self) -> object:
        """Of the view's class, as of any view of DRF's: to ask our own `get_serializer` may need a request and a database."""
        if isinstance(self.view, PublicView) and self.view.serializer_class is not None:
            return self.view.get_serializer_class()(context=build_serializer_context(self.view))
        return super()._get_serializer()  # type: ignore[no-untyped-call]

    def get_tags(self) -> list[str]:
        """One group a first path segment: `endpoints`, `users`."""
        return [self.path.strip("/").split("/")[0] or "root"]

    def get_request_serializer(self) -> Serializer[Any] | type[Serializer[Any]] | None:
        """A DELETE has a body only where its view says which."""
        return None if self.method == "DELETE" else super().get_request_serializer()

    def _get_request_body(self, direction: Literal["request", "response"] = "request") -> object:
        """drf-spectacular knows of none for DELETE."""
        if self.method != "DELETE" or self.get_request_serializer() is None:
            return super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        self.method = "POST"
        try:
            return super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        finally:
            self.method = "DELETE"

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, object]:
        responses = super()._get_response_bodies(direction)
        for status, meaning in _MEANINGS.items():
            responses.setdefault(
                status,
                {
                    "description": meaning,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
                },
            )
        return responses

    def map_renderers(self, attribute: str) -> list[str]:
        """JSON alone: the browsable API's HTML is no contract."""
        types: list[str] = super().map_renderers(attribute)
        return [media_type for media_type in types if media_type != "text/html"] or ["application/json"]

    def map_parsers(self) -> list[str]:
        """Form bodies serve the browsable API; the contract is JSON."""
        return ["application/json"]
