"""The internal token: one secret of the fleet, without which internal paths do not exist."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

HEADER = "X-Internal-Token"
OPEN_PATHS = frozenset({"/metrics", "/schema", "/docs"})
OPEN_PREFIXES = ("/health/",)


def has_internal_token(request: HttpRequest) -> bool:
    """Whether the request carries the fleet's token."""
    return is_internal_token(request.headers.get(HEADER, ""))


def is_internal_token(text: str) -> bool:
    """In constant time; while the token is being replaced (INTERNAL_TOKEN_FALLBACKS) the old one counts too."""
    tokens = [settings.INTERNAL_TOKEN, *settings.INTERNAL_TOKEN_FALLBACKS]
    return any([constant_time_compare(text, token) for token in tokens])  # noqa: C419  each is compared


def is_open(path: str) -> bool:
    """Whether `path` is one of the internal paths that need no token: health, metrics and the documents."""
    return path in OPEN_PATHS or path.startswith(OPEN_PREFIXES)
