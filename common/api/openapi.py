"""The two OpenAPI documents of a service, public (`/api/schema`) and internal (`/schema`), and their Swagger UIs."""

from collections.abc import Sequence
from typing import Literal

from django.conf import settings
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.renderers import JSONRenderer

from common.api.schema import ERROR
from common.fleet import host_name

Kind = Literal["public", "internal"]


def custom_settings(kind: Kind) -> dict[str, object]:
    """What differs between the two documents."""
    service = host_name(settings.SERVICE)
    public = kind == "public"
    return {
        "TITLE": f"pongpong {service} ({kind})",
        "SERVERS": [{"url": f"/{service}" if public else "/"}],
        "APPEND_COMPONENTS": {
            "schemas": {"Error": ERROR},
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "apikey" if public else "X-Internal-Token"}
            },
        },
        "SECURITY": [{"key": []}],
    }


def documents(kind: Kind, routes: Sequence[URLPattern | URLResolver]) -> list[URLPattern]:
    """`schema` and `docs` for these routes; relative links, so that they work behind the gateway's prefix."""
    schema = SpectacularAPIView.as_view(
        patterns=list(routes),
        custom_settings=custom_settings(kind),
        api_version="1",
        renderer_classes=[OpenApiJsonRenderer],
    )
    title = f"pongpong {host_name(settings.SERVICE)} ({kind})"
    return [path("schema", schema), path("docs", SpectacularSwaggerView.as_view(url="schema", title=title))]


class OpenApiJsonRenderer(JSONRenderer):
    """The document as readable JSON."""

    def get_indent(self, accepted_media_type: str, renderer_context: object) -> int:  # noqa: ARG002
        """Two spaces, for people and for diffs."""
        return 2
