"""Which addresses the fleet may connect to on a user's behalf, decided on the address itself, at the connect.

Without leave only global addresses are open. With it (self-hosters) private ones too, but never for anonymous visitors,
never link-local and metadata addresses, and never the fleet's own parts: its ports, those of the very machine or pod that
this process runs in, and where its peers, its broker and its database are.
"""

import ipaddress
import socket
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_METADATA = frozenset(
    ipaddress.ip_address(text)
    for text in (
        "169.254.169.254",  # AWS, GCP, Azure, OpenStack
        "169.254.170.2",  # ECS task credentials
        "100.100.100.200",  # Alibaba
        "168.63.129.16",  # Azure's wire server, a public address
        "192.0.0.192",  # Oracle
        "fd00:ec2::254",  # AWS
        "fd20:ce::254",  # GCP
    )
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NEVER = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",
        "240.0.0.0/4",
        "2001::/32",  # Teredo carries an address of the sender's choice, scrambled
        "fec0::/10",
        "100::/64",
        "64:ff9b:1::/48",
    )
)
_UNICAST = ipaddress.ip_network("2000::/3")
"""All of IPv6 that IANA has given out for use between networks (RFC 4291, 2.4)."""
_SPECIAL = tuple(
    ipaddress.ip_network(text)
    for text in (
        # IANA's registry for IPv4: what is not globally reachable, and what is deprecated.
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "240.0.0.0/4",
        # And for IPv6, as far as it is within 2000::/3.
        "2001::/23", "2001:db8::/32", "3fff::/20",
    )
)  # fmt: skip
"""Named here, since each release of Python knows another part of them."""
_CACHED = 20_000


def embedded(address: Address) -> Iterator[ipaddress.IPv4Address]:
    """The IPv4 addresses that an IPv6 address stands for: mapped, compatible, NAT64, 6to4 and ISATAP forms."""
    if not isinstance(address, ipaddress.IPv6Address):
        return
    low = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    compatible = int(address) >> 32 == 0 and int(address) > 1
    if address.ipv4_mapped is not None or address in _NAT64 or compatible:
        yield low
    if address.sixtofour is not None:
        yield address.sixtofour
    if (int(address) >> 32) & 0xFCFFFFFF == 0x00005EFE:
        yield low


def is_never_open(address: Address) -> bool:
    """Link-local, metadata, multicast, unspecified and reserved addresses: no setting opens them."""
    return (
        address in _METADATA
        or address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or any(address.version == network.version and address in network for network in _NEVER)
        or any(is_never_open(inner) for inner in embedded(address))
    )


def is_public(address: Address) -> bool:
    """Global, and so is every address embedded in it."""
    if is_never_open(address):
        return False
    inner = list(embedded(address))
    if inner:
        return all(is_public(one) for one in inner)
    if address.version == _UNICAST.version and address not in _UNICAST:
        return False
    special = any(address.version == network.version and address in network for network in _SPECIAL)
    return address.is_global and not special


def is_own(address: Address) -> bool:
    """Whether it leads to the machine or pod that this process runs in: loopback, or an address of one of its interfaces."""
    if address.is_loopback or any(is_own(inner) for inner in embedded(address)):
        return True
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        # Only an address of one's own can be bound; no packet leaves for it.
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True


class _Verdict(NamedTuple):
    """What is known of an address; `forms` are the texts of it and of what is embedded in it."""

    open: bool
    public: bool
    own: bool = False
    forms: tuple[str, ...] = ()


@dataclass(frozen=True)
class AddressRule:
    """The rule of one kind of caller, with a cached verdict per address.

    On addresses that are not public, `fleet_ports` are closed everywhere, `own_ports` on this very machine, and the pairs of
    address and port that `parts` answers.
    """

    allow_private: bool
    fleet_ports: frozenset[int]
    own_ports: frozenset[int] = frozenset()
    parts: Callable[[], Collection[tuple[str, int]]] = tuple
    _verdicts: dict[str, _Verdict] = field(default_factory=dict, compare=False, repr=False)

    def allows(self, address: str, port: int) -> bool:
        """Whether one may connect to `address` (as the resolver wrote it) on `port`."""
        verdict = self._verdicts.get(address)
        if verdict is None:
            verdict = self._judge(address)
        return verdict.open and (verdict.public or not self._is_the_fleets(verdict, port))

    def _is_the_fleets(self, verdict: _Verdict, port: int) -> bool:
        if port in self.fleet_ports or (verdict.own and port in self.own_ports):
            return True
        parts = self.parts()
        return any((form, port) in parts for form in verdict.forms)

    def _judge(self, text: str) -> _Verdict:
        """Remembered, since the same sites come every interval."""
        try:
            address = ipaddress.ip_address(text.partition("%")[0])
        except ValueError:
            return _Verdict(open=False, public=False)
        if is_public(address):
            verdict = _Verdict(open=True, public=True)
        elif not self.allow_private or is_never_open(address):
            verdict = _Verdict(open=False, public=False)
        else:
            forms = (str(address), *map(str, embedded(address)))
            verdict = _Verdict(open=True, public=False, own=bool(self.own_ports) and is_own(address), forms=forms)
        if len(self._verdicts) >= _CACHED:
            self._verdicts.clear()
        self._verdicts[text] = verdict
        return verdict
