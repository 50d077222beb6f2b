"""The local gateway's key check: whose key does this request carry?

Caddy asks before each request, so it answers in front of Django (see `wsgi`), where a view would cost twice as much.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from common.api.errors import Unavailable
from common.api.handlers import error_response
from common.security.internal import is_internal_token
from user_service.gateways.base import KEY_PREFIX
from user_service.gateways.local import digest
from user_service.keys.key_cache import Identity, key_cache

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_KEY = re.compile(KEY_PREFIX + r"[A-Za-z0-9_-]{43}", re.ASCII)
_NOTHING = [("Content-Type", "text/plain"), ("Content-Length", "0")]

_FIND = """
    WITH found AS (
        SELECT credential, consumer_id, expires_at FROM user_service_localkey
        WHERE digest = %s AND (expires_at IS NULL OR expires_at > now())
    ), used AS (
        UPDATE user_service_key SET last_used_at = now() FROM found
        WHERE user_service_key.credential = found.credential
        AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
    )
    SELECT consumer_id, credential, expires_at FROM found
"""
"""Also notes the use, once a minute at most."""


def presented_key(environ: Mapping[str, str]) -> str | None:
    """The one key that the client sent, in the header or else in the query of its own address.

    As Kong does: the header wins, and of several keys none counts (WSGI joins repeated headers with a comma, which is
    in no key).
    """
    if "HTTP_APIKEY" in environ:
        keys = [environ["HTTP_APIKEY"]]
    else:
        query = environ.get("HTTP_X_FORWARDED_URI", "").partition("?")[2]
        if "apikey" not in query:
            return None
        try:
            keys = parse_qs(query, keep_blank_values=True, max_num_fields=1000).get("apikey", [])
        except ValueError:
            return None
    return keys[0] if len(keys) == 1 and _KEY.fullmatch(keys[0]) else None


def identity_of(key: str) -> Identity | None:
    """Whom the key stands for; None for an unknown, revoked or expired one."""
    hashed = digest(key)
    if known := key_cache.get(hashed):
        return known
    generation = key_cache.generation
    row = _row(hashed)
    if row is None:
        return None
    user_id, credential, expires_at = row
    identity = Identity(user_id, credential)
    lives = None if expires_at is None else (expires_at - timezone.now()).total_seconds()
    key_cache.put(hashed, identity, generation=generation, lives=lives)
    return identity


def _row(hashed: bytes) -> tuple[int, UUID, datetime | None] | None:
    """Django checks a connection's health only between its own requests, so one that went stale is opened anew here."""
    try:
        return _query(hashed)
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block:
            raise
        connection.close()
        return _query(hashed)


def _query(hashed: bytes) -> tuple[int, UUID, datetime | None] | None:
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [hashed])
        row: tuple[int, UUID, datetime | None] | None = cursor.fetchone()
    return row


def identity_headers(environ: Mapping[str, str]) -> list[tuple[str, str]]:
    """The headers that the gateway puts on the request: none for a request without a valid key."""
    key = presented_key(environ)
    identity = identity_of(key) if key is not None else None
    if identity is None:
        return []
    return [
        ("X-Consumer-Custom-ID", str(identity.user_id)),
        ("X-Credential-Identifier", str(identity.credential)),
    ]


def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes] | None:
    """Answer the gateway, or None to whoever does not carry the fleet's token.

    Always 200 while the database answers. Without it a valid key cannot be told from an invalid one, and taking its
    user for logged out would be wrong, so the client is told 503.
    """
    if not is_internal_token(environ.get("HTTP_X_INTERNAL_TOKEN", "")):
        return None
    try:
        headers = identity_headers(environ)
    except (OperationalError, InterfaceError):
        response = error_response(Unavailable())
        start_response("503 Service Unavailable", list(response.items()))
        return [response.content]
    start_response("200 OK", _NOTHING + headers)
    return []
