"""Probes that are not libcurl's, on an asyncio loop in a thread of its own.

A hanging one costs a socket and no thread, so that a thousand of them hold up nothing, the multi handle least of all.
"""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple

from common.contracts.causes import because
from common.contracts.results import ErrorCode
from common.security.addresses import AddressRule
from endpoint_check.engine.host_addresses import HostAddresses
from endpoint_check.engine.outcome import Outcome, failed, unexpected
from endpoint_check.engine.probes.base import Answered, AsyncProbe, Find, Server, Tools
from endpoint_check.engine.probes.registry import PROBES
from endpoint_check.engine.spec import Spec
from endpoint_check.engine.tls_handshake import TlsContexts

logger = logging.getLogger(__name__)

_MARGIN = 1.0
"""Seconds beyond a probe's own timeout."""
_CLOSING = 5.0
"""Seconds that the thread gets for its end."""


class Ended(NamedTuple):
    """A probe that has ended, as it was given to `add`, and what it found."""

    job: Any
    owner: int
    found: Outcome | Answered


class AsyncProbes:
    """`add` probes, `take` what has finished; the thread begins with the first one."""

    def __init__(self, user_agent: str, dns_servers: Sequence[Server]) -> None:
        self.running = 0
        self._addresses = HostAddresses()
        tools = Tools(self._addresses, TlsContexts(), user_agent, dns_servers)
        self._probes: dict[str, Find] = {
            kind: probe.make(tools) for kind, probe in PROBES.items() if isinstance(probe, AsyncProbe)
        }
        self._done: deque[Ended] = deque()
        self._news = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def add(self, spec: Spec, rule: AddressRule, job: Any, *, owner: int = 0) -> None:
        """Start a probe."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._loop.run_forever, name="async_probes", daemon=True)
            self._thread.start()
        self.running += 1
        asyncio.run_coroutine_threadsafe(self._run(spec, rule, job, owner), self._loop)

    def take(self) -> list[Ended]:
        """What has finished since the last time."""
        taken = []
        while self._done:
            taken.append(self._done.popleft())
        self.running -= len(taken)
        return taken

    def wait(self, timeout: float) -> None:
        """Until a probe has finished, or `timeout` seconds are over."""
        self._news.wait(timeout)
        # Not in `take`: a flag raised while it takes would stay up with nothing left to take, and never be lowered.
        self._news.clear()

    def close(self) -> None:
        """Drop what still runs."""
        if self._loop is None or self._thread is None:
            return
        asyncio.run_coroutine_threadsafe(_end_others(), self._loop).result(_CLOSING)
        self._addresses.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_CLOSING)
        self._loop.close()
        self._loop = self._thread = None
        self.running = 0
        self._done.clear()

    async def _run(self, spec: Spec, rule: AddressRule, job: Any, owner: int) -> None:
        found: Outcome | Answered
        try:
            # Probes end by themselves; should one not, it must not keep the check loop from its end.
            async with asyncio.timeout(spec.timeout + _MARGIN):
                found = await self._probes[spec.kind](spec, rule)
        except TimeoutError:
            found = failed(ErrorCode.READ_TIMEOUT, because("no_answer", time=spec.timeout))
        except Exception as error:  # one odd answer must not end the others' probes
            logger.exception("A %s probe failed", spec.kind)
            found = unexpected("not_finished", error)
        self._done.append(Ended(job, owner, found))
        self._news.set()


async def _end_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
