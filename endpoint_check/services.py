"""Checks on request: of a saved endpoint or of a spec that nobody saved."""

import threading
from dataclasses import dataclass
from typing import Any

import msgspec
from django.conf import settings
from django.db import connection
from django.utils import timezone

from common.contracts.causes import because
from common.contracts.results import ErrorCode, Result
from common.formats.text import storable
from common.limits.slots import Slots
from endpoint_check.check_loop.evidence import shorten
from endpoint_check.engine.configuration import rule_for, user_agent
from endpoint_check.engine.multi import Engine
from endpoint_check.engine.outcome import Outcome
from endpoint_check.engine.spec import InvalidSpec, Spec, spec_of
from endpoint_check.errors import ChecksBusy, MonitorNotFound
from endpoint_check.models import Monitor, ResultOutbox
from endpoint_check.outbox import messages
from endpoint_check.schedule.fair_queue import target_of

MARGIN = 8.0
"""Seconds beyond a probe's timeout after which the engine itself is given up: judging the answer takes time too, and the
caller waits for 10.
"""
SPARE_THREADS = 2
"""HTTP threads that no check holds, so that everything else is answered meanwhile."""
_slots = Slots(lambda: max(1, settings.HTTP_THREADS - SPARE_THREADS), ChecksBusy)


@dataclass(frozen=True)
class CheckNow:
    """What became of a check on request: a report, or why the probe could not run."""

    report: Result | None = None
    code: str = ""
    message: str = ""


def check_now(*, endpoint_id: int | None, spec: dict[str, Any] | None, user_id: int | None) -> CheckNow:
    """Probe once, in this request. A saved endpoint's result is stored too, as a manual one that moves no state.

    `user_id` None is an anonymous visitor. Raises `MonitorNotFound` for an endpoint that is not known yet, unless its
    owner and its spec come along.
    """
    monitor = None
    if endpoint_id is not None:
        monitor = Monitor.objects.filter(endpoint_id=endpoint_id, region=settings.REGION).first()
    if monitor is None and endpoint_id is not None and (spec is None or user_id is None):
        raise MonitorNotFound
    owner = monitor.user_id if monitor else user_id
    text = msgspec.json.encode(spec) if spec is not None else (monitor.spec if monitor else "{}")
    started = timezone.now()
    try:
        asked = spec_of(text)
        if owner is None:
            _refuse_for_anonymous(asked)
        outcome = _in_turn(asked, owner)
    except InvalidSpec as error:
        return CheckNow(code="INVALID_SPEC", message=str(error))
    except ChecksBusy as error:
        return CheckNow(code=error.code, message=str(error.message))
    outcome.message = storable(outcome.message)
    shorten(outcome)
    if outcome.error_code in {ErrorCode.INVALID_SPEC, ErrorCode.INTERNAL_ERROR}:
        return CheckNow(code=str(outcome.error_code).upper(), message=outcome.message)
    report = messages.report_of(
        outcome,
        endpoint_id=endpoint_id,
        user_id=owner,
        region=settings.REGION,
        checked_at=started,
        status=outcome.status,
        state=monitor.state if monitor else "pending",
        covers_ms=0,
        manual=True,
    )
    if endpoint_id is not None:
        ResultOutbox.objects.create(region=settings.REGION, payload=messages.encode(report).decode())
    return CheckNow(report)


def _refuse_for_anonymous(spec: Spec) -> None:
    """Raises `InvalidSpec` for what only users may ask for: it makes us work, or asks what is not public."""
    if spec.kind != "http":
        raise InvalidSpec("Log in to check anything but a web address.")
    if spec.assertions:
        raise InvalidSpec("Log in to check with conditions.")


def _in_turn(spec: Spec, owner: int | None) -> Outcome:
    """Probe in a fair share of this process's threads; raises `ChecksBusy`."""
    caller = f"user:{owner}" if owner is not None else f"visitor:{threading.get_ident()}"
    groups = [f"host:{target_of(spec.url)}"] + (["visitors"] if owner is None else [])
    with _slots.one(caller, groups=groups):
        if not connection.in_atomic_block:
            connection.close()  # what waits for a site needs no database
        return probe(spec, owner=owner)


def probe(spec: Spec, *, owner: int | None) -> Outcome:
    """Run one probe to its end. `owner` None is an anonymous visitor; all of them together are one owner."""
    engine = Engine(slots=1, user_agent=user_agent(), dns_servers=settings.DNS_SERVERS)
    try:
        engine.add(spec, rule_for(anonymous=owner is None), None, owner=owner or 0)
        done = engine.run(spec.timeout + MARGIN)
    finally:
        engine.close()
    if not done:
        return Outcome(status="down").fail(ErrorCode.READ_TIMEOUT, because("no_answer", time=spec.timeout))
    return done[0][1]
