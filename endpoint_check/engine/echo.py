"""The ping kind: ICMP echoes, by the datagram sockets that Linux grants to groups, or else by raw ones as root."""

import asyncio
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from icmplib import AsyncSocket, ICMPLibError, ICMPRequest, ICMPv4Socket, ICMPv6Socket
from icmplib.exceptions import ICMPError, SocketPermissionError, TimeoutExceeded
from icmplib.utils import unique_identifier

from common.addresses import AddressRule
from endpoint_check.engine.outcome import ErrorCode, Outcome, Phases, failed
from endpoint_check.engine.spec import Spec
from endpoint_check.engine.verdict import judge

ECHOES = 3
"""A lost packet is no outage: so many are sent before a host counts as silent, sharing the timeout."""
RESOLVING = 1000
"""At most so many threads wait for the system's resolver, which knows no other way; they are made as names hang."""
_FAMILIES = {"auto": socket.AF_UNSPEC, "4": socket.AF_INET, "6": socket.AF_INET6}
_NOT_PERMITTED = (
    "This machine does not allow pings: net.ipv4.ping_group_range leaves out the checker's group, and it may not open"
    " raw sockets"
)


class Echo:
    """Probes of the ping kind of one engine."""

    def __init__(self) -> None:
        self._resolving = ThreadPoolExecutor(RESOLVING, "names")

    async def probe(self, spec: Spec, rule: AddressRule) -> Outcome:
        """Resolve, ask the address rule, and wait for an echo; all within the spec's timeout."""
        started = time.perf_counter()
        try:
            async with asyncio.timeout(spec.timeout):
                addresses = await self._addresses(spec)
        except TimeoutError:
            return failed(ErrorCode.DNS_FAILURE, f"The name was not resolved after {_since(started):.0f} ms")
        except (OSError, UnicodeError) as error:
            # getaddrinfo encodes international names by itself, and cannot encode labels of any length.
            reason = error.strerror if isinstance(error, OSError) else "it is no host name"
            return failed(ErrorCode.DNS_FAILURE, f"The name could not be resolved: {reason}")
        lookup = _since(started)
        address = next((one for one in addresses if rule.allows(one, 0)), None)
        if address is None:
            blocked = failed(ErrorCode.BLOCKED_ADDRESS, f"The address {addresses[0]} may not be checked")
            blocked.resolved_ip = addresses[0]
            return blocked
        outcome = await _asked(address, max(spec.timeout - lookup / 1000, 0.01))
        outcome.resolved_ip = address
        outcome.total_ms = round(_since(started), 3)
        outcome.phases = Phases(name_lookup_ms=round(lookup, 3), first_byte_ms=round(outcome.total_ms - lookup, 3))
        if outcome.status == "up":
            judge(spec, outcome)
        return outcome

    def close(self) -> None:
        """Let go of the threads; one that still resolves ends by itself."""
        self._resolving.shutdown(wait=False, cancel_futures=True)

    async def _addresses(self, spec: Spec) -> list[str]:
        """The host's addresses in the system's order; raises `OSError`."""
        query = (spec.url.strip("[]"), None, _FAMILIES[spec.options.ip_version], socket.SOCK_DGRAM, 0)
        try:
            found = socket.getaddrinfo(*query, socket.AI_NUMERICHOST)
        except socket.gaierror:
            found = await asyncio.get_running_loop().run_in_executor(self._resolving, socket.getaddrinfo, *query)
        return [str(entry[4][0]) for entry in found]


async def _asked(address: str, seconds: float) -> Outcome:
    """Up, or why not, without times."""
    reason = f"No reply from {address} to {ECHOES} pings in {seconds:.1f} s"
    try:
        with _socket(address) as echoes:
            identifier = unique_identifier()
            for sequence in range(ECHOES):
                request = ICMPRequest(destination=address, id=identifier, sequence=sequence)
                try:
                    echoes.send(request)
                    (await echoes.receive(request, seconds / ECHOES)).raise_for_status()
                except TimeoutExceeded:
                    continue
                except ICMPError as error:
                    reason = f"{address} cannot be reached: {error}"
                else:
                    return Outcome(status="up")
    except SocketPermissionError:
        return failed(ErrorCode.NOT_PERMITTED, _NOT_PERMITTED)
    except ICMPLibError as error:
        reason = f"No ping could be sent to {address}: {error}"
    return failed(ErrorCode.NO_REPLY, reason)


def _socket(address: str) -> Any:
    kind = ICMPv6Socket if ":" in address else ICMPv4Socket
    try:
        return AsyncSocket(kind(privileged=False))
    except SocketPermissionError:
        return AsyncSocket(kind(privileged=True))


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
