"""Many probes at once on one libcurl multi handle and one epoll, so that a hanging site costs a slot and nothing else.

libcurl's own `perform` walks over every transfer at each turn and its `select` ends at 1,024 descriptors; driven by
`socket_action` a turn costs only what happened in it.
"""

import contextlib
import select
import time
from collections.abc import Callable
from typing import Any

import pycurl

from endpoint_check.engine.addresses import AddressRule
from endpoint_check.engine.outcome import ErrorCode, Outcome, failed
from endpoint_check.engine.spec import Spec
from endpoint_check.engine.transfer import Transfer

SLOTS = 1000
_SPARE = 1000
"""Handles kept for the next probes."""
Done = tuple[Any, Outcome]


class Engine:
    """Runs probes. `add` them while there are `free` slots, and `step` to let time pass and take what has finished."""

    def __init__(self, *, slots: int = SLOTS, user_agent: str = "pongpong") -> None:
        self.slots = slots
        self._user_agent = user_agent
        self._multi = pycurl.CurlMulti()
        self._epoll = select.epoll()
        self._deadline: float | None = None
        self._running: dict[pycurl.Curl, Transfer] = {}
        self._spare: list[Transfer] = []
        self._done: list[Done] = []
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._set_timer)

    @property
    def running(self) -> int:
        """Probes in flight."""
        return len(self._running)

    @property
    def free(self) -> int:
        """Probes that can be added now."""
        return self.slots - len(self._running)

    def add(self, spec: Spec, rule: AddressRule, job: Any) -> None:
        """Start a probe; `job` comes back with its outcome. What cannot even start is done at once."""
        transfer = self._spare.pop() if self._spare else Transfer(self._user_agent)
        try:
            transfer.prepare(spec, rule, job, self._user_agent)
            self._multi.add_handle(transfer.curl)
        except (pycurl.error, ValueError) as error:
            transfer.curl.close()
            self._done.append((job, failed(ErrorCode.INVALID_SPEC, f"The address cannot be checked: {error.args[-1]}")))
            return
        self._running[transfer.curl] = transfer

    def step(self, timeout: float) -> list[Done]:
        """Wait up to `timeout` seconds for something to happen; returns what has finished."""
        wait = 0.0 if self._done else timeout
        if self._deadline is not None:
            wait = max(0.0, min(wait, self._deadline - time.monotonic()))
        action = self._multi.socket_action
        for descriptor, event in self._epoll.poll(wait, 256):
            mask = 0
            if event & select.EPOLLIN:
                mask |= pycurl.CSELECT_IN
            if event & select.EPOLLOUT:
                mask |= pycurl.CSELECT_OUT
            if event & (select.EPOLLERR | select.EPOLLHUP):
                mask |= pycurl.CSELECT_ERR
            action(descriptor, mask)
        if self._deadline is not None and time.monotonic() >= self._deadline:
            self._deadline = None
            action(pycurl.SOCKET_TIMEOUT, 0)
        self._collect()
        done, self._done = self._done, []
        return done

    def run(self, timeout: float, until: Callable[[], bool] | None = None) -> list[Done]:
        """Step until every probe has finished, `until` says so, or `timeout` seconds are over."""
        end, done = time.monotonic() + timeout, []
        while (self._running or self._done) and (left := end - time.monotonic()) > 0:
            done += self.step(min(left, 0.25))
            if until is not None and until():
                break
        return done

    def close(self) -> None:
        """Drop what still runs."""
        for transfer in self._running.values():
            self._multi.remove_handle(transfer.curl)
            transfer.curl.close()
        for transfer in self._spare:
            transfer.curl.close()
        self._running.clear()
        self._spare.clear()
        self._multi.close()
        self._epoll.close()

    def _collect(self) -> None:
        while True:
            left, good, bad = self._multi.info_read(256)
            for curl in good:
                self._finish(curl, 0, "")
            for curl, code, text in bad:
                self._finish(curl, code, text)
            if not left:
                return

    def _finish(self, curl: pycurl.Curl, code: int, text: str) -> None:
        transfer = self._running.pop(curl)
        try:
            outcome = transfer.outcome(code, text)
        except Exception as error:  # noqa: BLE001  one odd answer must not end the others' probes
            outcome = failed(ErrorCode.INTERNAL_ERROR, f"The answer could not be read: {type(error).__name__}")
        self._multi.remove_handle(curl)
        self._done.append((transfer.job, outcome))
        transfer.job = None
        if len(self._spare) < _SPARE:
            self._spare.append(transfer)
        else:
            curl.close()

    def _watch(self, what: int, descriptor: int, _multi: Any, known: Any) -> None:
        """libcurl's socket callback: which descriptors to watch for what."""
        if what == pycurl.POLL_REMOVE:
            # Where it is closed already, the kernel has forgotten it by itself.
            with contextlib.suppress(OSError):
                self._epoll.unregister(descriptor)
            return
        events = 0
        if what & pycurl.POLL_IN:
            events |= select.EPOLLIN
        if what & pycurl.POLL_OUT:
            events |= select.EPOLLOUT
        try:
            if known is None:
                self._epoll.register(descriptor, events)
                self._multi.assign(descriptor, True)
            else:
                self._epoll.modify(descriptor, events)
        except FileExistsError:
            self._epoll.modify(descriptor, events)
        except FileNotFoundError:
            self._epoll.register(descriptor, events)

    def _set_timer(self, milliseconds: int) -> None:
        self._deadline = None if milliseconds < 0 else time.monotonic() + milliseconds / 1000
