"""A name: whether it has records, and which."""

from common.contracts.kinds.base import DNS, Kind
from common.contracts.targets import Host
from common.contracts.texts import N_

KIND = Kind(
    name="dns",
    short="DNS",
    label=N_("Name (DNS)"),
    help=N_("A name; up means that it is found."),
    example="example.com",
    target=Host("dns"),
    traits=frozenset({DNS}),
)
