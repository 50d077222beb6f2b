"""The client's address, for rate limits and the audit log.

X-Forwarded-For is believed for as many hops from its end as TRUSTED_PROXIES says. The web app stands between its users
and the gateway, so it signs the address it saw with the internal token; the signature passes any gateway unchanged.
"""

import ipaddress

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest

HEADER = "X-Forwarded-Client"
MAX_AGE = 60
"""Seconds for which a signed address is believed."""


def _signer() -> TimestampSigner:
    return TimestampSigner(
        key=settings.INTERNAL_TOKEN, fallback_keys=list(settings.INTERNAL_TOKEN_FALLBACKS), salt="client-address"
    )


def signed_address(address: str) -> str:
    """What the web app sends in X-Forwarded-Client."""
    return _signer().sign(address)


def forwarded_address(request: HttpRequest) -> str:
    """The address right before our own proxies, or the peer's own where no proxy stands in front.

    Each proxy appends the address that it saw, so the last TRUSTED_PROXIES entries are ours to believe.
    """
    chain = [entry.strip() for entry in request.headers.get("X-Forwarded-For", "").split(",")]
    if settings.TRUSTED_PROXIES and len(chain) >= settings.TRUSTED_PROXIES:
        try:
            return str(ipaddress.ip_address(chain[-settings.TRUSTED_PROXIES]))
        except ValueError:
            pass
    return str(request.META.get("REMOTE_ADDR", ""))


def network_of(address: str) -> str:
    """Who an address is for a limit: IPv4 alone, IPv6 with its /64, which one household has to itself."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed.packed[:8] + bytes(8), 64)))
    return str(parsed)


def client_address(request: HttpRequest) -> str:
    """The user's own address: the one that the web app vouches for, else the one that the gateway saw."""
    try:
        return _signer().unsign(request.headers.get(HEADER, ""), max_age=MAX_AGE)
    except BadSignature:
        return forwarded_address(request)
