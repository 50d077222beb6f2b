"""What the module of a check kind declares as its `PROBE`: one that libcurl makes, or one on the asyncio loop beside it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

import pycurl

from common.addresses import AddressRule
from endpoint_check.engine.host_addresses import HostAddresses
from endpoint_check.engine.http.redirects import Request
from endpoint_check.engine.outcome import Outcome
from endpoint_check.engine.spec import Spec

Server = tuple[str, int]
"""A resolver's address and port."""
IP_VERSIONS = {"auto": pycurl.IPRESOLVE_WHATEVER, "4": pycurl.IPRESOLVE_V4, "6": pycurl.IPRESOLVE_V6}
"""libcurl's words for the option `ip_version`."""


class Tools(NamedTuple):
    """What the probes of one engine share: the look-up of hosts, and the resolvers for dns where they are not the system's."""

    addresses: HostAddresses
    dns_servers: Sequence[Server]


class CurlProbe(NamedTuple):
    """A kind that libcurl's multi handle probes, at the least cost of a check.

    `set_up` puts a request, its address included, on a handle that is as new, and returns whether another address
    alone makes the next one of it; it raises `InvalidSpec` for what this libcurl cannot do. `has_answer` says that HTTP
    comes back.
    """

    set_up: Callable[[pycurl.Curl, Spec, Request], bool]
    has_answer: bool


class AsyncProbe(NamedTuple):
    """A kind that is probed on the asyncio loop in its own thread (`async_probes.py`).

    `make` is called once an engine; what it returns makes one probe and ends within the spec's timeout. It asks the
    address rule before it connects, and judges by `conclude`.
    """

    make: Callable[[Tools], Callable[[Spec, AddressRule], Awaitable[Outcome]]]


Probe = CurlProbe | AsyncProbe
