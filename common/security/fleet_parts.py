"""Where the fleet's own parts are, as far as this process knows: no check and no webhook of a user's leads there.

A container knows no other pod by its address. It knows by name whom it talks to, and the ports that its siblings have.
"""

import ipaddress
import os
import socket
import threading
import time
from functools import cache
from urllib.parse import urlsplit

from django.conf import settings

from common.fleet import fleet
from common.security.addresses import AddressRule

_EVERY = 60.0
"""Seconds after which names are looked up again: a part may have moved."""
_DEFAULT_PORTS = {"http": 80, "https": 443, "redis": 6379, "rediss": 6379}


@cache
def rule(allow_private: bool, fleet_ports: frozenset[int]) -> AddressRule:
    """The rule of this process, which closes its own ports and its parts wherever private addresses are open."""
    parts = _Parts(named())
    if allow_private:  # else it is never asked
        parts.look_up()
    return AddressRule(allow_private, fleet_ports, own_ports=own_ports(), parts=parts.addresses)


def own_ports() -> frozenset[int]:
    """Every port that a process of the fleet has by default, and those that this one was given."""
    data = fleet()
    known = {service.port for service in data.services.values()} | {part.port for part in data.parts.values()}
    given = os.environ.get("BIND", "").rpartition(":")[2]
    return frozenset(known | {settings.METRICS_PORT, int(given) if given.isdigit() else 0}) - {0}


def named() -> list[tuple[str, int]]:
    """Host and port of each peer, of the broker and of the database."""
    found = []
    for address in filter(None, [*settings.SERVICE_URLS.values(), settings.BROKER_URL]):
        parts = urlsplit(address)
        found.append((parts.hostname or "", parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)))
    if database := settings.DATABASES.get("default"):
        found.append((str(database.get("HOST") or ""), int(database.get("PORT") or 5432)))
    return [(host, port) for host, port in found if host and not host.startswith("/")]


class _Parts:
    """The addresses behind names, looked up aside: no check waits for that, and the last ones stay while none are found."""

    def __init__(self, names: list[tuple[str, int]]) -> None:
        self._names = names
        self._found: dict[tuple[str, int], frozenset[tuple[str, int]]] = {}
        self._addresses: frozenset[tuple[str, int]] = frozenset()
        self._asked = 0.0
        self._lock = threading.Lock()

    def addresses(self) -> frozenset[tuple[str, int]]:
        """As last found."""
        with self._lock:
            is_old = time.monotonic() - self._asked > _EVERY
            if is_old:
                self._asked = time.monotonic()
        if is_old:
            threading.Thread(target=self.look_up, name="parts", daemon=True).start()
        return self._addresses

    def look_up(self) -> None:
        """Ask the system's resolver, in whose time this ends."""
        self._asked = time.monotonic()
        for host, port in self._names:
            try:
                answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            except OSError:
                continue
            found = {str(answer[4][0]).partition("%")[0] for answer in answers}
            # What stands on loopback is the local fleet's, whose ports are named one by one.
            self._found[host, port] = frozenset(
                (one, port) for one in found if not ipaddress.ip_address(one).is_loopback
            )
        self._addresses = frozenset().union(*self._found.values())
