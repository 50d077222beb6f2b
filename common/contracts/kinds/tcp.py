"""A port: whether a connection can be made."""

from common.contracts.kinds.base import SOCKET, Kind
from common.contracts.targets import HostAndPort
from common.contracts.texts import N_

KIND = Kind(
    name="tcp",
    short="TCP",
    label=N_("TCP port"),
    help=N_("Host and port; up means that a connection can be made."),
    example="db.example.com:5432",
    target=HostAndPort("tcp"),
    traits=frozenset({SOCKET}),
)
