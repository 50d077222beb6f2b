"""How a service's routes are laid out: `public` below /api, `internal` at the root, both with their documents.

A service's `urls.py` says
    from common.urls import handler400, handler403, handler404, handler500, service_urls
    urlpatterns = service_urls(public=[...], internal=[...])
"""

from collections.abc import Sequence

from django.urls import URLPattern, URLResolver, include, path, register_converter
from django.urls.converters import IntConverter

from common.api.handlers import handler400, handler403, handler404, handler500
from common.formats.ids import MAX_ID

__all__ = ["handler400", "handler403", "handler404", "handler500", "service_urls"]

Routes = Sequence[URLPattern | URLResolver]


class IdConverter(IntConverter):
    """`<id:name>`: a positive bigint without leading zeros; anything else is no such address (404)."""

    regex = "[1-9][0-9]{0,18}"

    def to_python(self, value: str) -> int:
        """Refuse what PostgreSQL's bigint cannot hold."""
        number = int(value)
        if number > MAX_ID:
            raise ValueError(value)
        return number


register_converter(IdConverter, "id")


def service_urls(*, public: Routes = (), internal: Routes = ()) -> list[URLPattern | URLResolver]:
    """The whole URL configuration of a service: its routes, two OpenAPI documents, health and metrics."""
    from django_prometheus.exports import ExportToDjangoView  # noqa: PLC0415  needs the settings

    from common import health  # noqa: PLC0415
    from common.api import openapi  # noqa: PLC0415

    return [
        path("api/", include([*public, *openapi.documents("public", public)])),
        *internal,
        *openapi.documents("internal", internal),
        path("health/live", health.live),
        path("health/ready", health.ready),
        path("metrics", ExportToDjangoView, name="metrics"),
    ]
