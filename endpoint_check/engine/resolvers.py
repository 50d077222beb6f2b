"""The resolvers that an installation names for the dns kind, instead of the system's."""

import ipaddress
from collections.abc import Iterable

from django.core.exceptions import ImproperlyConfigured


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
