"""What the module of a check kind declares as its `PROBE`: one that libcurl makes, or one on the asyncio loop beside it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

import pycurl

from common.security.addresses import AddressRule
from endpoint_check.engine.host_addresses import HostAddresses
from endpoint_check.engine.http.received import Received
from endpoint_check.engine.http.redirects import Request
from endpoint_check.engine.outcome import Outcome
from endpoint_check.engine.spec import Spec
from endpoint_check.engine.tls_handshake import TlsContexts

Server = tuple[str, int]
"""A resolver's address and port."""
IP_VERSIONS = {"auto": pycurl.IPRESOLVE_WHATEVER, "4": pycurl.IPRESOLVE_V4, "6": pycurl.IPRESOLVE_V6}
"""libcurl's words for the option `ip_version`."""


class Tools(NamedTuple):
    """What the probes of one engine share: the look-up of hosts, TLS, who we say that we are, and the resolvers for dns where
    they are not the system's.
    """

    addresses: HostAddresses
    tls: TlsContexts
    user_agent: str
    dns_servers: Sequence[Server]


class CurlProbe(NamedTuple):
    """A kind that libcurl's multi handle probes, at the least cost of a check.

    `set_up` puts a request, its address included, on a handle that is as new, and returns whether another address
    alone makes the next one of it; it raises `InvalidSpec` for what this libcurl cannot do. `has_answer` says that HTTP
    comes back.
    """

    set_up: Callable[[pycurl.Curl, Spec, Request], bool]
    has_answer: bool


class Answered(NamedTuple):
    """What a probe received, to be judged by `spec` as the answers of libcurl are: beside all loops where that is dear."""

    spec: Spec
    outcome: Outcome
    received: Received


Find = Callable[[Spec, AddressRule], Awaitable[Outcome | Answered]]
"""One probe; it ends within the spec's timeout, and asks the address rule before it connects."""


class AsyncProbe(NamedTuple):
    """A kind that is probed on the asyncio loop in its own thread (`async_probes.py`).

    `make` is called once an engine. What its probes return is what was `Answered`, or an outcome that they have judged
    themselves by `conclude`.
    """

    make: Callable[[Tools], Find]


Probe = CurlProbe | AsyncProbe
