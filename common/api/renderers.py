"""DRF's browsable API, fit for a gateway in front of it, and JSON for large answers."""

from collections.abc import Mapping

import msgspec
from rest_framework.renderers import BrowsableAPIRenderer, JSONRenderer
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

    def __getattr__(self, name: str) -> object:
        return getattr(self._request, name)


class BrowsableRenderer(BrowsableAPIRenderer):
    """DRF's renderer without what needs Django's sessions or absolute paths (log-in links, breadcrumbs)."""

    def get_context(
        self, data: object, accepted_media_type: str | None, renderer_context: Mapping[str, object]
    ) -> dict[str, object]:
        """Everything that DRF shows, with forms that work behind the gateway."""
        context = super().get_context(data, accepted_media_type, renderer_context)
        context["request"] = _PageRequest(context["request"])
        return context

    def get_breadcrumbs(self, request: Request) -> list[tuple[str, str]]:  # noqa: ARG002
        """None: they would be absolute paths inside of the service."""
        return []


class FastJSONRenderer(JSONRenderer):
    """The same JSON by msgspec, for answers of many numbers: DRF's takes ten times as long."""

    def render(
        self, data: object, accepted_media_type: str | None = None, renderer_context: Mapping[str, object] | None = None
    ) -> bytes:
        """UTF-8. Whoever asks for an indent, as the browsable API does, gets DRF's own."""
        if data is None or self.get_indent(accepted_media_type or "", renderer_context or {}) is not None:
            return super().render(data, accepted_media_type, renderer_context)
        return msgspec.json.encode(data, enc_hook=str)
