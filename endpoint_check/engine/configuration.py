"""What an installation sets for the engine: open addresses, its name to the sites, and the resolvers of the dns kind."""

import ipaddress
from collections.abc import Iterable

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from common.security.addresses import AddressRule
from common.security.fleet_parts import rule


def rule_for(*, anonymous: bool) -> AddressRule:
    """Which addresses are open: private ones never to anonymous visitors."""
    return rule(settings.ALLOW_PRIVATE_TARGETS and not anonymous, settings.FLEET_PORTS)


def user_agent() -> str:
    """Who we are to the sites that we check."""
    return f"pongpong/1 (+{settings.PUBLIC_URL})"


def servers_of(texts: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """The address and port of each `address` or `address:port` (IPv6 with a port in brackets); raises `ImproperlyConfigured`."""
    try:
        return tuple(_server(text) for text in texts)
    except ValueError as error:
        raise ImproperlyConfigured(f"DNS_SERVERS must be a list of IP address:port: {error}.") from error


def _server(text: str) -> tuple[str, int]:
    host, port = text, "53"
    if not text.endswith("]") and (text.startswith("[") or text.count(":") == 1):
        host, _, port = text.rpartition(":")
    number = int(port)
    if not 0 < number < 65536:
        raise ValueError(f"{port} is no port")
    return str(ipaddress.ip_address(host.strip("[]"))), number
