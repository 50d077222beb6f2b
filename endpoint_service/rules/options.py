"""The options of a spec: a closed list, each with the kinds that know it."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from endpoint_service.rules.invalid import Invalid
from endpoint_service.rules.texts import clean_choice, clean_integer, clean_text, refuse_unknown

HTTP_VERSIONS = ("auto", "1.1", "2", "3")
IP_VERSIONS = ("auto", "4", "6")
RECORD_TYPES = ("A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT")
MAX_REDIRECTS = 20
MAX_DEGRADED_MS = 60_000
MAX_BODY_KIB = 10 * 1024
MAX_SECRET = 4096
MAX_WARNINGS, MAX_WARNING_DAYS = 10, 3650
AUTH_FIELDS = {"basic": ("username", "password"), "bearer": ("token",)}
AUTH_SECRETS = {"basic": "password", "bearer": "token"}


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Invalid(_("true or false."))
    return value


def _degraded_ms(value: Any) -> int | None:
    return None if value is None else clean_integer(value, 1, MAX_DEGRADED_MS)


def _auth(value: Any) -> dict[str, str] | None:
    """`{"kind": "basic", "username", "password"}`, `{"kind": "bearer", "token"}` or null."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Invalid(_("An object with kind basic or bearer, or null."))
    try:
        kind = clean_choice(value.get("kind"), tuple(AUTH_FIELDS))
    except Invalid as error:
        raise error.below("kind") from error
    refuse_unknown(value, ("kind", *AUTH_FIELDS[kind]))
    cleaned = {"kind": kind}
    for name in AUTH_FIELDS[kind]:
        try:
            cleaned[name] = clean_text(value.get(name), most=MAX_SECRET, least=0 if kind == "basic" else 1)
        except Invalid as error:
            raise error.below(name) from error
    if ":" in cleaned.get("username", "") or any(ord(c) < 32 for text in cleaned.values() for c in text):
        # RFC 7617, 2: a colon ends the user name, and control characters have no place in either.
        raise Invalid(_("A user name without a colon, and no control characters."))
    return cleaned


def _expected(value: Any) -> list[str]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not 0 < len(values) <= 20:
        raise Invalid(_("A list of 1 to 20 texts."))
    return [clean_text(item, most=1000) for item in values]


def _certificate_warnings(value: Any) -> list[float]:
    """Days before a certificate's end, the most first; parts of days too."""
    days = {given for given in value if _is_days(given)} if isinstance(value, list) else set()
    if not isinstance(value, list) or len(value) > MAX_WARNINGS or len(days) < len(value):
        raise Invalid(
            _("A list of at most %(most)d different numbers from 0 to %(days)d.")
            % {"most": MAX_WARNINGS, "days": MAX_WARNING_DAYS}
        )
    return sorted(days, reverse=True)


def _is_days(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= MAX_WARNING_DAYS


_ALL = ("http", "tcp", "tls", "dns", "ping")
OPTIONS: dict[str, tuple[tuple[str, ...], Callable[[Any], Any]]] = {
    "follow_redirects": (("http",), _boolean),
    "max_redirects": (("http",), lambda value: clean_integer(value, 0, MAX_REDIRECTS)),
    "max_body_kib": (("http",), lambda value: clean_integer(value, 1, MAX_BODY_KIB)),
    "verify_tls": (("http", "tls"), _boolean),
    "degraded_ms": (_ALL, _degraded_ms),
    "http_version": (("http",), lambda value: clean_choice(value, HTTP_VERSIONS)),
    "ip_version": (("http", "tcp", "tls", "ping"), lambda value: clean_choice(value, IP_VERSIONS)),
    "auth": (("http",), _auth),
    "record_type": (("dns",), lambda value: clean_choice(value, RECORD_TYPES)),
    "expected": (("dns",), _expected),
    "certificate_warnings": (("http", "tls"), lambda value: None if value is None else _certificate_warnings(value)),
}


def clean_options(value: Any) -> dict[str, Any]:
    """The options given, clean and without what is null; raises `Invalid`."""
    if not isinstance(value, dict):
        raise Invalid(_("An object of options."))
    refuse_unknown(value, tuple(OPTIONS))
    cleaned = {}
    for name, given in value.items():
        try:
            cleaned[name] = OPTIONS[name][1](given)
        except Invalid as error:
            raise error.below(name) from error
    return {name: given for name, given in cleaned.items() if given is not None}


def refuse_options_of_other_kinds(kind: str, options: dict[str, Any]) -> None:
    """Raises `Invalid` for an option that this kind does not know."""
    for name in options:
        if kind not in OPTIONS[name][0]:
            raise Invalid(_("Endpoints of the kind %(kind)s do not know this option.") % {"kind": kind}, path=name)
