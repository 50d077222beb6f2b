"""Making a plan so: endpoints in bulk, the rest one by one, removals last."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from common.contracts.answers.endpoint_service import BulkAnswer
from pong_cli.as_code.document import Entry
from pong_cli.as_code.kinds import ENDPOINT
from pong_cli.errors import ApiError

if TYPE_CHECKING:
    from pong_cli.api import Api
    from pong_cli.as_code.plan import Change, Plan

BULK = 1000
NEW_ENDPOINT_SECONDS = 20.0
"""How long another service may take to hear of a new endpoint."""


@dataclass
class Outcome:
    """What was done, and what was refused and why."""

    done: "list[Change]" = field(default_factory=list)
    failed: "list[tuple[Change, str]]" = field(default_factory=list)


def run(api: "Api", plan: "Plan", advance: Callable[[int], None]) -> Outcome:
    """Carry the plan out; what is refused stops nothing but what names it. `advance` hears how many are done."""
    outcome = Outcome()
    for action in ("create", "update"):
        wanted = [change for change in plan.changes if change.kind is ENDPOINT and change.action == action]
        for start in range(0, len(wanted), BULK):
            _bulk(api, plan, wanted[start : start + BULK], outcome)
            advance(len(wanted[start : start + BULK]))
    for change in plan.changes:
        if change.kind is not ENDPOINT:
            _one(api, plan, change, outcome)
            advance(1)
    gone = [change for change in plan.changes if change.kind is ENDPOINT and change.action == "delete"]
    for start in range(0, len(gone), BULK):
        _bulk(api, plan, gone[start : start + BULK], outcome)
        advance(len(gone[start : start + BULK]))
    return outcome


def _bulk(api: "Api", plan: "Plan", changes: "list[Change]", outcome: Outcome) -> None:
    """One call for all; each has its own result."""
    action = changes[0].action
    if action == "delete":
        body: Entry = {"action": action, "ids": [change.id for change in changes]}
    else:
        items = [change.entry | ({"id": change.id} if change.id else {}) for change in changes]
        body = {"action": action, "endpoints": items}
    answer = api.post(f"{ENDPOINT.path}/bulk", body, answer=BulkAnswer).known
    for change, result in zip(changes, answer.results, strict=True):
        if result.is_ok:
            outcome.done.append(change)
            if result.id is not None:
                plan.ids[change.name] = result.id
        else:
            details = [f"{name}: {' '.join(texts)}" for name, texts in result.errors.items()]
            outcome.failed.append((change, " ".join([result.message, *details])))


def _one(api: "Api", plan: "Plan", change: "Change", outcome: Outcome) -> None:
    try:
        if change.action == "delete":
            api.delete(f"{change.kind.path}/{change.id}")
        else:
            body = change.kind.write(change.entry, plan.ids)
            _patient(lambda: _send(api, change, body))
    except ApiError as error:
        outcome.failed.append((change, error.message))
    except KeyError as error:
        outcome.failed.append((change, f"{error.args[0]}?"))
    else:
        outcome.done.append(change)


def _send(api: "Api", change: "Change", body: Entry) -> None:
    if change.action == "create":
        api.post(change.kind.path, body)
    else:
        api.patch(f"{change.kind.path}/{change.id}", body)


def _patient(send: Callable[[], None]) -> None:
    """An endpoint that was made a moment ago may be unknown to the service that is told to use it."""
    deadline = time.monotonic() + NEW_ENDPOINT_SECONDS
    while True:
        try:
            return send()
        except ApiError as error:
            if error.status != 404 or time.monotonic() > deadline:
                raise
        time.sleep(0.5)
