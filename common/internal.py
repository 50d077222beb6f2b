"""The internal token: one secret of the fleet, without which internal paths do not exist."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

HEADER = "X-Internal-Token"
OPEN_PATHS = frozenset({"/metrics", "/schema", "/docs"})
OPEN_PREFIXES = ("/health/",)


def has_internal_token(request: HttpRequest) -> bool:
    """Whether the request carries the fleet's token."""
    return constant_time_compare(request.headers.get(HEADER, ""), settings.INTERNAL_TOKEN)


def is_open(path: str) -> bool:
    """Whether `path` is one of the internal paths that need no token: health, metrics and the documents."""
    return path in OPEN_PATHS or path.startswith(OPEN_PREFIXES)
