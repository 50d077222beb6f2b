"""One engine's answers that are being judged: at once where that is cheap, else beside its loop."""

import os
import select
import threading
from collections import deque
from contextlib import suppress
from typing import Any

import msgspec

from common.contracts.causes import because, text_cause
from common.contracts.results import ErrorCode
from endpoint_check.engine.http.received import Received
from endpoint_check.engine.judging.assertions import described
from endpoint_check.engine.judging.budget import BESIDE_THE_LOOP, MEMORY_MIB, Budget, Dear
from endpoint_check.engine.judging.judges import (
    OVER_MEMORY,
    OVER_SHARE,
    OVER_TIME,
    UNJUDGED,
    Finding,
    Judges,
    Task,
    shared_judges,
)
from endpoint_check.engine.judging.redaction import secrets_of
from endpoint_check.engine.judging.verdict import EVIDENCE, conclude
from endpoint_check.engine.outcome import Outcome
from endpoint_check.engine.spec import Spec

Done = tuple[Any, Outcome]


class Judgements:
    """`settle` each answer; `take` what could not be settled at once when it is done."""

    def __init__(self, judges: Judges | None = None) -> None:
        self._judges = judges
        self._tasks: dict[Task, Any] = {}
        self._done: deque[tuple[Task, Finding]] = deque()
        self._lock = threading.Lock()
        self._is_closed = False
        self._reading, self._writing = os.pipe()
        for end in (self._reading, self._writing):
            os.set_blocking(end, False)

    @property
    def running(self) -> int:
        """Answers that are being judged."""
        return len(self._tasks)

    def fileno(self) -> int:
        """A descriptor that can be read when there is something to take."""
        return self._reading

    def settle(self, job: Any, owner: int, spec: Spec, outcome: Outcome, received: Received) -> bool:
        """Judge it, and say so; or keep a copy of it and have it judged beside the loop, and say not."""
        try:
            conclude(spec, outcome, received, budget=Budget())
        except Dear:
            pass
        else:
            return True
        kept = msgspec.structs.replace(received, lines=list(received.lines), body=bytes(received.body))
        endpoint = hash((owner, spec.url, repr(spec.assertions)))
        task = Task(owner, endpoint, spec, sorted(secrets_of(spec)), outcome, kept, self._found)
        self._tasks[task] = job
        if self._judges is None:
            self._judges = shared_judges()
        self._judges.put(task)
        return False

    def take(self) -> list[Done]:
        """What is judged since the last time."""
        if self._done:
            with suppress(BlockingIOError):
                os.read(self._reading, 4096)
        taken = []
        while self._done:
            task, finding = self._done.popleft()
            _apply(finding, task)
            taken.append((self._tasks.pop(task), task.outcome))
        return taken

    def wait(self, timeout: float) -> None:
        """Until something is judged, or `timeout` seconds are over."""
        poll = select.poll()
        poll.register(self._reading, select.POLLIN)
        poll.poll(timeout * 1000)

    def close(self) -> None:
        """Let go of what is still being judged."""
        if self._judges is not None and self._tasks:
            self._judges.drop(set(self._tasks))
        with self._lock:
            self._is_closed = True
            self._tasks.clear()
            self._done.clear()
            os.close(self._reading)
            os.close(self._writing)

    def _found(self, task: Task, finding: Finding) -> None:
        """Called by the judges' threads."""
        with self._lock:
            if not self._is_closed:
                self._done.append((task, finding))
                with suppress(BlockingIOError):
                    os.write(self._writing, b"!")


def _apply(finding: Finding, task: Task) -> None:
    """Write into the outcome what was found, or what the judgement took too much of."""
    outcome, said = task.outcome, finding.said
    if finding.over == "" or (said.number == EVIDENCE and finding.over in {OVER_TIME, OVER_MEMORY}):
        if said.status in {"down", "unknown"}:
            outcome.fail(ErrorCode(said.error_code or ErrorCode.INTERNAL_ERROR), said.cause or text_cause(said.message))
        else:
            outcome.status = "degraded" if said.status == "degraded" else "up"
            outcome.error_code, outcome.message, outcome.cause = said.error_code, said.message, said.cause
        outcome.response_headers, outcome.response_body = said.headers, said.body
    elif finding.over == UNJUDGED:
        cause = because("answer_not_judged", fault=said.fault) if said.fault else because("not_judged")
        outcome.fail(ErrorCode.INTERNAL_ERROR, cause)
    elif finding.over == OVER_SHARE:
        outcome.fail(ErrorCode.INVALID_SPEC, because("share_used_up"))
    else:
        condition = described(task.spec.assertions[said.number])
        took = (
            because("condition_too_slow", condition=condition, time=BESIDE_THE_LOOP)
            if finding.over == OVER_TIME
            else because("condition_too_large", condition=condition, size=MEMORY_MIB)
        )
        outcome.fail(ErrorCode.INVALID_SPEC, took)
