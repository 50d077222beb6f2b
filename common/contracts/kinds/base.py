"""What a check kind says of itself."""

import msgspec

from common.contracts.targets import Target

REQUEST, ANSWER, MESSAGE, HTTP, TLS, SOCKET, DNS = "request", "answer", "message", "http", "tls", "socket", "dns"
"""Traits: it sends a request's headers, gets headers and a body that conditions look at, can send a message, speaks HTTP in full, has a certificate,
connects to an address, asks for records.
"""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One way to probe. `label`, `help` are marked texts; `traits` decide which fields, options and conditions it has."""

    name: str
    short: str
    """What a list calls it."""
    label: str
    help: str
    example: str
    target: Target
    traits: frozenset[str] = frozenset()

    def has(self, trait: str) -> bool:
        """Whether what needs this trait is for it; "" is for all."""
        return not trait or trait in self.traits
