"""A WebSocket: whether the handshake succeeds (RFC 6455), and what the first message says."""

from common.contracts.kinds.base import ANSWER, MESSAGE, REQUEST, SOCKET, TLS, Kind
from common.contracts.targets import WebAddress
from common.contracts.texts import N_

KIND = Kind(
    name="websocket",
    short="WebSocket",
    label=N_("WebSocket"),
    help=N_("wss:// is added if you leave it out; up means that the handshake succeeds."),
    example="wss://example.com/socket",
    target=WebAddress(wss=443, ws=80),
    traits=frozenset({REQUEST, ANSWER, MESSAGE, TLS, SOCKET}),
)
