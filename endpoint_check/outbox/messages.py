"""What goes to other services, in the shapes of docs/architecture.md, encoded once and kept as text until delivered.

A cause goes as data (`cause_data`), and as its English sentence for receivers that know no data.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from common.contracts.causes import Cause, kept
from common.contracts.messages import ALERT, FIELD
from common.contracts.results import Result, Status, Transition
from endpoint_check.engine.outcome import Outcome
from endpoint_check.state.monitor_state import MonitorEvent

encode = msgspec.json.Encoder().encode
ROW_BYTES = 7500
"""Bytes of an outbox row; it fits a page of PostgreSQL, and stays out of its TOAST tables (migration 0003)."""


Reason = Literal["paused", "deleted"]
"""Why an incident was `closed`: nobody looks any more."""


class Alert(msgspec.Struct, frozen=True, tag_field=FIELD, tag=ALERT):
    """Something that people are told; `duration_ms` is how long it lasted. `region_held` is of no endpoint.

    `endpoint_name`, `url` and `tags` are those of the moment: rules must not depend on who learned of a change first.
    `reason` says why an incident was `closed`.
    """

    incident_id: str
    event: str
    endpoint_id: int | None
    user_id: int
    endpoint_name: str
    url: str
    region: str
    cause: str
    error_code: str | None
    started_at: datetime
    occurred_at: datetime
    duration_ms: int | None
    last_good_at: datetime | None
    tags: Sequence[str] = ()
    reason: Reason | None = None
    cause_data: Cause | None = None


class StateChange(msgspec.Struct, frozen=True):
    """A monitor's new state."""

    endpoint_id: int
    state: str
    changed_at: datetime
    checked_at: datetime | None
    version: int


def in_older_words(result: str) -> str | None:
    """A result that is `unknown` for a report_service of the version before, which refuses it; None for others.

    It was `down` there, and without time that it stands for it costs no uptime; the one of now takes it for what it is.
    """
    try:
        report = msgspec.json.decode(result)
    except msgspec.DecodeError:
        return None
    if not isinstance(report, dict) or report.get("status") != "unknown":
        return None
    return encode(report | {"status": "down", "covers_ms": 0}).decode()


def bundled(encoded: Iterable[bytes]) -> list[tuple[bytes, int]]:
    """The messages put together with commas to texts of about ROW_BYTES, each with how many it holds."""
    bundles: list[tuple[bytes, int]] = []
    together: list[bytes] = []
    size = 0
    for message in encoded:
        if together and size + len(message) > ROW_BYTES:
            bundles.append((b",".join(together), len(together)))
            together, size = [], 0
        together.append(message)
        size += len(message) + 1
    if together:
        bundles.append((b",".join(together), len(together)))
    return bundles


def transition_of(event: MonitorEvent) -> Transition:
    """The event as a report carries it."""
    return Transition(
        event=event.name,
        incident_id=event.incident_id,
        cause=event.cause,
        started_at=event.started_at,
        ended_at=event.ended_at,
        cause_data=kept(event.cause_data, event.cause),
    )


def report_of(
    outcome: Outcome,
    *,
    endpoint_id: int | None,
    user_id: int | None,
    region: str,
    checked_at: datetime,
    status: Status,
    state: str,
    covers_ms: int,
    incident_id: str | None = None,
    manual: bool = False,
    transition: Transition | None = None,
) -> Result:
    """A report of what a probe found, and of what it meant to its monitor."""
    return Result(
        endpoint_id=endpoint_id,
        user_id=user_id,
        region=region,
        checked_at=checked_at,
        status=status,
        state=state,
        incident_id=incident_id,
        covers_ms=covers_ms,
        http_status=outcome.http_status,
        error_code=outcome.error_code,
        message=outcome.message,
        total_ms=outcome.total_ms,
        phases=outcome.phases,
        resolved_ip=outcome.resolved_ip,
        certificate_expires_at=outcome.certificate_expires_at,
        certificate_issuer=outcome.certificate_issuer,
        manual=manual,
        cause_data=outcome.cause,
        response_headers=outcome.response_headers,
        response_body=outcome.response_body,
        http_version=outcome.http_version,
        transition=transition,
    )
