"""A certificate: whether the handshake succeeds, and how long it holds."""

from common.contracts.kinds.base import SOCKET, TLS, Kind
from common.contracts.targets import HostAndPort
from common.contracts.texts import N_

KIND = Kind(
    name="tls",
    short="TLS",
    label=N_("Certificate (TLS)"),
    help=N_("Host and port, 443 if you leave it out; up means a valid certificate."),
    example="example.com",
    target=HostAndPort("tls", default_port=443),
    traits=frozenset({TLS, SOCKET}),
)
