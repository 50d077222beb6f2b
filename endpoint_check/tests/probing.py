"""One probe of a real peer on this machine, as the tests of the engine need it."""

import json
from collections.abc import Sequence
from typing import Any

from common.security.addresses import AddressRule
from endpoint_check.engine.multi import Engine
from endpoint_check.engine.outcome import Outcome
from endpoint_check.engine.probes.base import Server
from endpoint_check.engine.spec import spec_of

OPEN = AddressRule(allow_private=True, fleet_ports=frozenset())
CLOSED = AddressRule(allow_private=False, fleet_ports=frozenset())


def probe(url: str, *, rule: AddressRule = OPEN, dns_servers: Sequence[Server] = (), **spec: Any) -> Outcome:
    """What a probe of `url` finds."""
    ((_, outcome),) = probes([spec | {"url": url}], rule=rule, dns_servers=dns_servers)
    return outcome


def probes(
    specs: list[dict[str, Any]], *, rule: AddressRule = OPEN, dns_servers: Sequence[Server] = ()
) -> list[tuple[int, Outcome]]:
    """What probes running at once find, each with its place in `specs`."""
    engine = Engine(dns_servers=dns_servers)
    try:
        for number, spec in enumerate(specs):
            engine.add(spec_of(json.dumps({"timeout": 5} | spec)), rule, number)
        return engine.run(10)
    finally:
        engine.close()
