"""Which request headers an endpoint may send."""

import re

from common.contracts.invalid import Invalid
from common.contracts.texts import N_
from common.contracts.values import is_text

MAX_HEADERS = 50
MAX_VALUE = 8192
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}", re.ASCII)
"""RFC 9110, 5.6.2: a token."""
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_REFUSED = frozenset(
    [
        "host",
        "content-length",
        "transfer-encoding",
        "connection",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "upgrade",
        "expect",
    ]
)
"""The request's own framing and routing (RFC 9110, 7.6.1), which the probe sets by itself."""
_REFUSED_PREFIXES = ("x-consumer-", "x-credential-", "x-internal-", "x-anonymous-consumer")


def clean_headers(value: object) -> dict[str, str]:
    """`{name: value}`; raises `Invalid` for what could break a request or pose as the gateway.

    Servers read `X_Consumer_Id` like `X-Consumer-Id`, so names are compared with dashes and without case.
    """
    if not isinstance(value, dict):
        raise Invalid(N_("An object of header names and values."))
    if len(value) > MAX_HEADERS:
        raise Invalid(N_("At most %(most)d headers."), most=MAX_HEADERS)
    seen: set[str] = set()
    for name, text in value.items():
        if not isinstance(name, str) or not HEADER_NAME.fullmatch(name):
            raise Invalid(N_("This is no valid header name."), str(name)[:100] or "?")
        plain = name.lower().replace("_", "-")
        if plain in _REFUSED or plain.startswith(_REFUSED_PREFIXES):
            raise Invalid(N_("This header cannot be set."), name)
        if plain in seen:
            raise Invalid(N_("This header is there twice."), name)
        seen.add(plain)
        if not is_text(text, most=MAX_VALUE) or _CONTROL.search(text):
            raise Invalid(N_("A text of at most %(most)d characters without line breaks."), name, most=MAX_VALUE)
    return {name: text.strip() for name, text in value.items()}


def schema() -> dict[str, object]:
    """The JSON Schema of an object of them."""
    return {
        "type": "object",
        "maxProperties": MAX_HEADERS,
        "additionalProperties": {"type": "string", "maxLength": MAX_VALUE},
        "description": (
            "Request headers. Values of Authorization, Cookie and of names with token, key, secret or password in them are"
            " secrets: answered as a mask; the mask sent back keeps the stored value."
        ),
        "example": {"Accept": "application/json"},
    }
