"""The fleet's two tokens: without the internal one internal paths do not exist, and without the gateway's own one
nobody is believed to be a user. Neither stands for the other.
"""

from collections.abc import Sequence

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

HEADER = "X-Internal-Token"
GATEWAY_HEADER = "X-Gateway-Token"
OPEN_PATHS = frozenset({"/metrics", "/schema", "/docs"})
OPEN_PREFIXES = ("/health/",)


def has_internal_token(request: HttpRequest) -> bool:
    """Whether the request carries the fleet's token."""
    return is_internal_token(request.headers.get(HEADER, ""))


def is_internal_token(text: str) -> bool:
    """In constant time; while the token is being replaced (INTERNAL_TOKEN_FALLBACKS) the old one counts too."""
    return _is_one_of(text, [settings.INTERNAL_TOKEN, *settings.INTERNAL_TOKEN_FALLBACKS])


def has_gateway_token(request: HttpRequest) -> bool:
    """Whether the request came through the gateway, which adds its token after it removed the client's."""
    return is_gateway_token(request.headers.get(GATEWAY_HEADER, ""))


def is_gateway_token(text: str) -> bool:
    """As `is_internal_token`, of the gateway's own."""
    return _is_one_of(text, [settings.GATEWAY_TOKEN, *settings.GATEWAY_TOKEN_FALLBACKS])


def _is_one_of(text: str, tokens: Sequence[str]) -> bool:
    """An empty token, of a service that no gateway leads to, is nobody's."""
    return any([bool(token) and constant_time_compare(text, token) for token in tokens])  # noqa: C419  each is compared


def is_open(path: str) -> bool:
    """Whether `path` is one of the internal paths that need no token: health, metrics and the documents."""
    return path in OPEN_PATHS or path.startswith(OPEN_PREFIXES)
