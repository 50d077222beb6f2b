"""Which format a view answers in: a view with one gives that one, whatever was asked for (RFC 9110 12.4.1 allows it).

Proxies for pictures send `Accept: image/*`, readers of feeds their own kinds; a badge or a feed has nothing else to give.
"""

from collections.abc import Iterable

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class Negotiation(DefaultContentNegotiation):
    """DRF's for views with several formats, which answer 406 where none of them will do."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The one there is, or the best of several."""
        several = list(renderers)
        if len(several) == 1:
            return several[0], str(several[0].media_type)
        chosen: tuple[BaseRenderer, str] = super().select_renderer(request, several, format_suffix)
        return chosen
