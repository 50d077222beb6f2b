"""libcurl for addresses that users name (protection against SSRF), of checks and webhooks alike.

The rule of addresses is asked at the socket, for the address itself that is about to be connected to: after every look-up
and redirect, so that no name leads around it. What an answer may bring is bounded: its headers by libcurl itself, which
refuses more than 300 KiB, and its body by `BoundedBody`.
"""

import _socket
import os

import certifi
import pycurl

from common.security.addresses import AddressRule

Peer = tuple[str, int] | tuple[str, int, int, int]
"""Address and port, for IPv6 with its flow and scope."""
Target = tuple[int, int, int, Peer]
"""What libcurl is about to connect to: family, type and protocol of a socket, and the peer."""
_WEB = pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS
_FAMILIES = frozenset({_socket.AF_INET, _socket.AF_INET6})
_NONBLOCK: int = getattr(_socket, "SOCK_NONBLOCK", 0)
"""Spares libcurl the call that makes a socket so; macOS has no such flag, there libcurl makes the call."""
_REFUSED: int = pycurl.SOCKET_BAD


def authorities() -> str:
    """The file of certificate authorities: SSL_CERT_FILE, or the one that comes with certifi."""
    return os.environ.get("SSL_CERT_FILE") or certifi.where()


class OpenedSocket(_socket.socket):
    """libcurl gets a duplicate of the descriptor, so ours is closed as soon as it is let go; without a word of warning.

    A bare socket halves the cost of one.
    """

    __slots__ = ()
    __del__ = _socket.socket.close


class GuardedCurl:
    """A libcurl handle that speaks HTTP alone, with no proxy, and connects to nothing that `rule` does not allow.

    `blocked` is the last address that was refused ("" is none), `peer` the last one that was tried; whoever uses the
    handle again forgets both. After `curl.reset()` it has to be guarded anew.
    """

    __slots__ = ("blocked", "curl", "peer", "rule")

    def __init__(self, rule: AddressRule) -> None:
        self.curl = pycurl.Curl()
        self.rule = rule
        self.blocked = ""
        self.peer: Peer | None = None

    def guard(self) -> None:
        """Set the handle up, but for what is asked."""
        set_option = self.curl.setopt
        set_option(pycurl.NOSIGNAL, 1)
        set_option(pycurl.PROTOCOLS, _WEB)
        set_option(pycurl.PROXY, "")  # no proxy of the environment: the rule must see the real peer
        set_option(pycurl.CAINFO, authorities())
        set_option(pycurl.OPENSOCKETFUNCTION, self._open)

    def opened(self, descriptor: int) -> None:
        """A socket is about to connect."""

    def _open(self, _purpose: int, target: Target) -> OpenedSocket | int:
        family, kind, protocol, peer = target
        if family not in _FAMILIES:
            return _REFUSED
        if not self.rule.allows(peer[0], peer[1]):
            self.blocked = peer[0]
            return _REFUSED
        self.peer = peer
        opened = OpenedSocket(family, kind | _NONBLOCK, protocol)
        self.opened(opened.fileno())
        return opened


class BoundedBody:
    """The body of one answer, up to `limit` bytes; `cut` says that there is more of it."""

    __slots__ = ("cut", "data", "limit")

    def __init__(self, limit: int) -> None:
        self.data = bytearray()
        self.limit = limit
        self.cut = False

    def add(self, chunk: bytes) -> bool:
        """Take what came, as long as there is room; returns whether there is."""
        self.data += chunk
        if len(self.data) <= self.limit:
            return True
        del self.data[self.limit :]
        self.cut = True
        return False
