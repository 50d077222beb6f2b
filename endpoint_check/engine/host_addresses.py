"""A host's addresses for the probes that are not libcurl's, and trying all of them before a host counts as down."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal, TypeVar

from common.contracts.causes import because
from common.contracts.results import ErrorCode
from common.security.addresses import AddressRule
from endpoint_check.engine.outcome import Outcome, failed

T = TypeVar("T")
RESOLVING = 1000
"""At most so many threads wait for the system's resolver, which knows no other way; they are made as names hang."""
MOST = 16
"""Addresses of one host that are tried: a name could have hundreds, of whomever its owner likes."""
LOOKED_AT = 128
"""Addresses that the rule is asked about, some 40 us each: a hostile name has thousands, and new ones each time."""
_FAMILIES = {"auto": socket.AF_UNSPEC, "4": socket.AF_INET, "6": socket.AF_INET6}


class HostAddresses:
    """The resolver of one engine's probes."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(RESOLVING, "host_addresses")

    async def find(
        self, host: str, *, version: Literal["auto", "4", "6"], port: int, rule: AddressRule, seconds: float
    ) -> list[str] | Outcome:
        """Those that may be connected to, in the system's order; or why there are none."""
        started = time.perf_counter()
        query = (host.strip("[]"), None, _FAMILIES[version], socket.SOCK_DGRAM, 0)
        try:
            async with asyncio.timeout(seconds):
                found = await self._found(query)
        except TimeoutError:
            return failed(ErrorCode.DNS_FAILURE, because("name_unresolved_in_time", time=round(since(started))))
        except (OSError, UnicodeError) as error:
            # getaddrinfo encodes international names by itself, and cannot encode labels of any length.
            reason = error.strerror if isinstance(error, OSError) else "it is no host name"
            return failed(ErrorCode.DNS_FAILURE, because("name_not_resolved", detail=reason or ""))
        allowed = [address for address in found[:LOOKED_AT] if rule.allows(address, port)]
        if allowed:
            return allowed[:MOST]
        blocked = failed(ErrorCode.BLOCKED_ADDRESS, because("blocked", address=found[0]))
        blocked.resolved_ip = found[0]
        return blocked

    async def _found(self, query: tuple[str, None, int, int, int]) -> list[str]:
        try:
            entries = socket.getaddrinfo(*query, socket.AI_NUMERICHOST)
        except socket.gaierror:
            entries = await self.beside(lambda: socket.getaddrinfo(*query))
        return list(dict.fromkeys(str(entry[4][0]) for entry in entries))

    async def beside(self, call: Callable[[], T]) -> T:
        """What it returns, called in a thread: for what waits, or computes for longer than others should wait."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    def close(self) -> None:
        """Let go of the threads; one that still resolves ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)


async def first_good(addresses: Sequence[str], attempt: Callable[[str], Awaitable[Outcome]], delay: float) -> Outcome:
    """The first outcome that is up, or else the last one; the next address is tried where one has failed, and where there
    is no outcome after `delay` seconds (like RFC 8305).
    """
    waiting, running = list(addresses), set[asyncio.Task[Outcome]]()
    outcome = None
    try:
        while waiting or running:
            if waiting:
                running.add(asyncio.ensure_future(attempt(waiting.pop(0))))
            done, running = await asyncio.wait(
                running, timeout=delay if waiting else None, return_when=asyncio.FIRST_COMPLETED
            )
            for task in done:
                outcome = task.result()
                if outcome.status == "up":
                    return outcome
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    assert outcome is not None
    return outcome


def shown(address: str, port: int) -> str:
    """The address and port for people."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def since(started: float) -> float:
    """The ms since `started`, by the performance counter."""
    return (time.perf_counter() - started) * 1000
