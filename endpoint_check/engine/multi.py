"""Many probes at once on one libcurl multi handle, so that a hanging site costs a slot and nothing else.

libcurl's `socket_action` costs 45 us of Python and kernel more per probe than `perform` (when measured, 165 against
120). `perform` looks at every transfer in flight, about 1 us each, and is called when a socket has news. So looks are
earned: each transfer that finishes pays for as many as it takes from its beginning to its end. Where nothing finishes,
PAUSE per transfer passes between two looks: sites that drip or hang take at most a tenth of a core, however many.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import pycurl

from common.contracts.causes import because
from common.contracts.results import ErrorCode
from common.security.addresses import AddressRule
from endpoint_check.engine.async_probes import AsyncProbes, Ended
from endpoint_check.engine.http.curl_transfer import Transfer
from endpoint_check.engine.judging.judgements import Done, Judgements
from endpoint_check.engine.outcome import Outcome, failed, unexpected
from endpoint_check.engine.probes.base import AsyncProbe, Server
from endpoint_check.engine.probes.registry import PROBES
from endpoint_check.engine.sockets import Sockets
from endpoint_check.engine.spec import InvalidSpec, Spec

logger = logging.getLogger(__name__)

SLOTS = 1000
LOOKS = 5
"""Looks at one transfer that each finished one pays for."""
HASTE = 5e-6
"""Seconds per transfer in flight between two looks that are earned; what is ready by then is done in one go."""
PAUSE = 10e-6
"""The same between looks that are not."""
MOMENT = 0.01
"""Seconds that one step finishes transfers; nothing may hold the loop of its caller longer than twice that."""
BESIDE = 0.005
"""Seconds between two looks for pings and names while nothing but those and judgements run."""
_SPARE = 1000
"""Handles kept for the next probes."""


class Engine:
    """Runs probes. `add` them while there are `free` slots, and `step` to let time pass and take what has finished."""

    def __init__(self, *, slots: int = SLOTS, user_agent: str = "pongpong", dns_servers: Sequence[Server] = ()) -> None:
        """`dns_servers` are asked instead of the system's resolvers, for the dns kind."""
        self.slots = slots
        self._async = AsyncProbes(user_agent, dns_servers)
        self._user_agent = user_agent
        self._multi = pycurl.CurlMulti()
        self._sockets = Sockets()
        self._looked_at = 0.0
        self._earned = 0
        self._running: dict[pycurl.Curl, tuple[Transfer, int]] = {}
        self._judgements = Judgements()
        self._sockets.add(self._judgements.fileno(), self._judgements)
        self._answered: deque[Ended] = deque()
        self._ended: deque[tuple[pycurl.Curl, int, str]] = deque()
        self._spare: list[Transfer] = []
        self._done: list[Done] = []

    @property
    def running(self) -> int:
        """Probes in flight, and answers that are being judged."""
        return len(self._running) + self._async.running + len(self._answered) + self._judgements.running

    @property
    def free(self) -> int:
        """Probes that can be added now."""
        return self.slots - len(self._running) - self._async.running

    def add(self, spec: Spec, rule: AddressRule, job: Any, *, owner: int = 0) -> None:
        """Start a probe; `job` comes back with its outcome. What cannot even start is done at once.

        `owner` is whose share judging the answer is taken from; 0 is nobody.
        """
        probe = PROBES[spec.kind]
        if isinstance(probe, AsyncProbe):
            self._async.add(spec, rule, job, owner=owner)
            return
        transfer = self._spare.pop() if self._spare else Transfer(self._user_agent, self._sockets)
        try:
            transfer.prepare(spec, rule, job, probe)
            self._multi.add_handle(transfer.curl)
        except InvalidSpec as error:
            transfer.curl.close()
            self._done.append((job, failed(ErrorCode.INVALID_SPEC, error.cause)))
            return
        except (pycurl.error, ValueError) as error:
            transfer.curl.close()
            cause = because("address_odd", detail=str(error.args[-1]))
            self._done.append((job, failed(ErrorCode.INVALID_SPEC, cause)))
            return
        except Exception as error:
            logger.exception("A probe could not be started")
            transfer.curl.close()
            self._done.append((job, unexpected("not_started", error)))
            return
        self._running[transfer.curl] = transfer, owner
        self._sockets.expect(transfer)

    def step(self, timeout: float) -> list[Done]:
        """Wait up to `timeout` seconds for something to happen; returns what has finished."""
        if not (self._done or self._ended or self._answered) and timeout > 0:
            self._wait(timeout)
        self._earned = max(0, self._earned - len(self._running))
        self._multi.perform()
        self._looked_at = time.monotonic()
        self._collect()
        if self._async.running or self._answered:
            self._collect_async()
        if self._judgements.running:
            self._done += self._judgements.take()
        done, self._done = self._done, []
        return done

    def _wait(self, timeout: float) -> None:
        """Until a transfer has something to do, but not less than the pause between two looks."""
        running = len(self._running)
        if not running:
            self._wait_beside(timeout)
            return
        timer = self._multi.timeout()
        if timer >= 0:
            timeout = min(timeout, timer / 1000)
        gap = running * (HASTE if self._earned >= running else PAUSE)
        pause = self._looked_at + gap - time.monotonic()
        if pause > 0:
            time.sleep(pause)
            timeout -= pause
        if timeout > 0:
            self._sockets.wait(timeout)

    def _wait_beside(self, timeout: float) -> None:
        """Until one of those has news that are no transfers."""
        if not self._judgements.running:
            self._async.wait(timeout)
        elif not self._async.running:
            self._judgements.wait(timeout)
        else:
            self._judgements.wait(min(timeout, BESIDE))

    def run(self, timeout: float, until: Callable[[], bool] | None = None) -> list[Done]:
        """Step until every probe has finished, `until` says so, or `timeout` seconds are over."""
        end, done = time.monotonic() + timeout, []
        while (self.running or self._done) and (left := end - time.monotonic()) > 0:
            done += self.step(min(left, 0.25))
            if until is not None and until():
                break
        return done

    def close(self) -> None:
        """Drop what still runs."""
        self._async.close()
        self._judgements.close()
        for transfer, _ in self._running.values():
            self._multi.remove_handle(transfer.curl)
            transfer.curl.close()
        for transfer in self._spare:
            transfer.curl.close()
        self._running.clear()
        self._ended.clear()
        self._answered.clear()
        self._spare.clear()
        self._multi.close()
        self._sockets.close()

    def _collect(self) -> None:
        """Finish what has ended, but not for longer than a moment: the rest waits for the next step."""
        left = 1
        while left:
            left, good, bad = self._multi.info_read(256)
            self._ended.extend((curl, 0, "") for curl in good)
            self._ended.extend(bad)
        ends = time.monotonic() + MOMENT
        while self._ended and time.monotonic() < ends:
            self._finish(*self._ended.popleft())

    def _collect_async(self) -> None:
        """The same for the probes that are not libcurl's."""
        self._answered.extend(self._async.take())
        ends = time.monotonic() + MOMENT
        while self._answered and time.monotonic() < ends:
            job, owner, found = self._answered.popleft()
            if isinstance(found, Outcome):
                self._done.append((job, found))
                continue
            try:
                is_settled = self._judgements.settle(job, owner, found.spec, found.outcome, found.received)
            except Exception as error:  # one odd answer must not end the others' probes
                logger.exception("An answer could not be read")
                self._done.append((job, unexpected("answer_not_read", error)))
                continue
            if is_settled:
                self._done.append((job, found.outcome))

    def _finish(self, curl: pycurl.Curl, code: int, text: str) -> None:
        transfer, owner = self._running.pop(curl)
        self._sockets.forget(transfer)
        self._earned = min(self._earned + LOOKS, LOOKS * SLOTS)
        self._multi.remove_handle(curl)
        try:
            finished = transfer.finish(code, text)
            if finished is None:
                self._multi.add_handle(curl)
                self._running[curl] = transfer, owner
                self._sockets.expect(transfer)
                return
            outcome, received = finished
            is_settled = self._judgements.settle(transfer.job, owner, transfer.spec, outcome, received)
        except Exception as error:  # one odd answer must not end the others' probes
            logger.exception("An answer could not be read")
            outcome, is_settled = unexpected("answer_not_read", error), True
        if is_settled:
            self._done.append((transfer.job, outcome))
        transfer.job = None
        if len(self._spare) < _SPARE:
            self._spare.append(transfer)
        else:
            curl.close()
