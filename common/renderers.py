"""DRF's browsable API, fit for a gateway in front of it."""

from collections.abc import Mapping
from typing import Any

from rest_framework.renderers import BrowsableAPIRenderer
from rest_framework.request import Request


class _PageRequest:
    """The request as the page's template sees it: its forms go to the address in the browser's own bar.

    The service sees `/api/endpoints`, the browser `/endpoint-service/endpoints?apikey=...`, and the gateway takes the
    key out. An empty action is the one form of that address that keeps both the prefix and the key.
    """

    def __init__(self, request: Request) -> None:
        self._request = request

    def get_full_path(self) -> str:
        return ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._request, name)


class BrowsableRenderer(BrowsableAPIRenderer):
    """DRF's renderer without what needs Django's sessions or absolute paths (log-in links, breadcrumbs)."""

    def get_context(
        self, data: Any, accepted_media_type: str | None, renderer_context: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Everything that DRF shows, with forms that work behind the gateway."""
        context: dict[str, Any] = super().get_context(data, accepted_media_type, renderer_context)
        context["request"] = _PageRequest(context["request"])
        return context

    def get_breadcrumbs(self, request: Request) -> list[tuple[str, str]]:  # noqa: ARG002
        """None: they would be absolute paths inside of the service."""
        return []
