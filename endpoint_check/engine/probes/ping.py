"""The ping kind: ICMP echoes, by the datagram sockets that Linux grants to groups, or else by raw ones as root."""

import asyncio
import time
from typing import Any

from icmplib import AsyncSocket, ICMPLibError, ICMPRequest, ICMPv4Socket, ICMPv6Socket
from icmplib.exceptions import ICMPError, SocketPermissionError, TimeoutExceeded
from icmplib.utils import unique_identifier

from common.contracts.causes import because
from common.contracts.results import ErrorCode
from common.security.addresses import AddressRule
from endpoint_check.engine.host_addresses import first_good, since
from endpoint_check.engine.judging.verdict import conclude
from endpoint_check.engine.outcome import Outcome, Phases, failed
from endpoint_check.engine.probes.base import AsyncProbe, Tools
from endpoint_check.engine.spec import Spec

ECHOES = 3
"""A lost packet is no outage: so many are sent before a host counts as silent, sharing the timeout."""
DELAY = 1.0
"""Seconds at most until the next address of a host is asked beside."""


class PingProbe:
    """Probes of the ping kind of one engine."""

    def __init__(self, tools: Tools) -> None:
        self._addresses = tools.addresses

    async def probe(self, spec: Spec, rule: AddressRule) -> Outcome:
        """Resolve, ask the address rule, and wait for an echo of any address; all within the spec's timeout."""
        started = time.perf_counter()
        addresses = await self._addresses.find(
            spec.url, version=spec.options.ip_version, port=0, rule=rule, seconds=spec.timeout
        )
        if isinstance(addresses, Outcome):
            return addresses
        lookup = since(started)

        async def attempt(address: str) -> Outcome:
            outcome = await _asked(address, max(spec.timeout - since(started) / 1000, 0.01))
            outcome.resolved_ip = address
            return outcome

        left = max(spec.timeout - lookup / 1000, 0.01)
        outcome = await first_good(addresses, attempt, min(DELAY, left / (len(addresses) + 1)))
        outcome.total_ms = round(since(started), 3)
        outcome.phases = Phases(name_lookup_ms=round(lookup, 3), first_byte_ms=round(outcome.total_ms - lookup, 3))
        if outcome.status == "up":
            conclude(spec, outcome)
        return outcome


async def _asked(address: str, seconds: float) -> Outcome:
    """Up, or why not, without times."""
    reason = because("no_reply", address=address, count=ECHOES, time=f"{seconds:.1f}")
    try:
        with _socket(address) as echoes:
            identifier = unique_identifier()
            for sequence in range(ECHOES):
                request = ICMPRequest(destination=address, id=identifier, sequence=sequence)
                try:
                    echoes.send(request)
                    await _answer(echoes, request, seconds / ECHOES)
                except TimeoutExceeded:
                    continue
                except ICMPError as error:
                    reason = because("unreachable", address=address, detail=str(error))
                else:
                    return Outcome(status="up")
    except SocketPermissionError:
        return failed(ErrorCode.NOT_PERMITTED, because("pings_not_permitted"))
    except ICMPLibError as error:
        reason = because("no_ping_sent", address=address, detail=str(error))
    return failed(ErrorCode.NO_REPLY, reason)


async def _answer(echoes: Any, request: ICMPRequest, seconds: float) -> None:
    """Wait for it; raises `TimeoutExceeded` and `ICMPError`.

    Whoever sends others without a pause is looked at one by one, with the loop in between.
    """
    until = time.monotonic() + seconds
    while True:
        reply = await echoes.receive(timeout=max(until - time.monotonic(), 0.0))
        if (reply.id, reply.sequence) == (request.id, request.sequence):
            reply.raise_for_status()
            return
        await asyncio.sleep(0)


def _socket(address: str) -> Any:
    kind = ICMPv6Socket if ":" in address else ICMPv4Socket
    try:
        return AsyncSocket(kind(privileged=False))
    except SocketPermissionError:
        return AsyncSocket(kind(privileged=True))


PROBE = AsyncProbe(make=lambda tools: PingProbe(tools).probe)
