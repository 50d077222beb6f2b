"""Where a probe goes on when a site redirects it, and what it takes along, as browsers do (WHATWG Fetch, 4.4). Pure."""

import secrets

import msgspec
from ada_url import URL

from endpoint_check.engine.spec import Spec

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MAX_LOCATION = 8192
"""Bytes of an address that is followed."""
_SHOWN = 200
_SCHEMES = frozenset({"http:", "https:"})
_SAFE = frozenset({"GET", "HEAD"})


class Request(msgspec.Struct, frozen=True, gc=False):
    """One request of a probe. `own` says that it goes to the origin of the spec, which alone may see its secrets."""

    url: str
    method: str
    body: str
    own: bool = True


def first_request(spec: Spec) -> Request:
    """The request that a probe begins with."""
    url = spec.url
    if spec.options.cache_busting:
        url = "".join([url, "&" if "?" in url else "?", "pongpong=", secrets.token_hex(8)])
    return Request(url, spec.method, spec.body)


class Unfollowable(ValueError):
    """The address that a site redirects to cannot be followed; the text shows it."""


def next_request(spec: Spec, request: Request, status: int, location: bytes) -> Request:
    """The request that follows an answer of `status` with this `Location`; raises `Unfollowable`.

    POST becomes GET after 301 and 302, and everything but HEAD after 303; 307 and 308 keep method and body (RFC 9110,
    15.4).
    """
    url = _resolved(request.url, location)
    method, body = request.method, request.body
    if (status in {301, 302} and method == "POST") or (status == 303 and method not in _SAFE):
        method, body = "GET", ""
    return Request(url.href, method, body, _origin(spec.url) == url.origin)


def _resolved(base: str, location: bytes) -> URL:
    """International names in ASCII (UTS 46), what is no UTF-8 in a path as it came, without a fragment."""
    if len(location) > MAX_LOCATION:
        raise Unfollowable(_shown(location))
    # Percent-escapes say the same in a path, and the parser reads those of a host as UTF-8 or refuses them.
    text = "".join(chr(byte) if byte < 0x80 else f"%{byte:02X}" for byte in location)
    try:
        url = URL(text, base=base)
    except ValueError as error:
        raise Unfollowable(_shown(location)) from error
    if url.protocol not in _SCHEMES or not url.hostname:
        raise Unfollowable(_shown(location))
    url.hash = ""
    return url


def _origin(url: str) -> str:
    try:
        return URL(url).origin
    except ValueError:
        return ""


def _shown(location: bytes) -> str:
    try:
        text = location.decode()
    except UnicodeDecodeError:
        text = "".join(chr(byte) if byte < 0x80 else f"%{byte:02X}" for byte in location)
    text = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
