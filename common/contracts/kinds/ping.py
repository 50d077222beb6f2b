"""A host: whether it answers an ICMP echo request."""

from common.contracts.kinds.base import SOCKET, Kind
from common.contracts.targets import Host
from common.contracts.texts import N_

KIND = Kind(
    name="ping",
    short="Ping",
    label=N_("Ping"),
    help=N_("A host; up means that it answers."),
    example="example.com",
    target=Host("ping"),
    traits=frozenset({SOCKET}),
)
