"""What goes to other services, in the shapes of docs/architecture.md, encoded once and kept as text until delivered.

A cause goes as data (`cause_data`), and as its English sentence for receivers that know no data.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from common.contracts.causes import Cause, kept
from endpoint_check.engine.outcome import Outcome, Phases
from endpoint_check.state.monitor_state import MonitorEvent

encode = msgspec.json.Encoder().encode
ROW_BYTES = 7500
"""Bytes of an outbox row; it fits a page of PostgreSQL, and stays out of its TOAST tables (migration 0003)."""


CLOSED = "closed"
"""The event of an incident that ends without a recovery, in alerts and transitions."""
Reason = Literal["paused", "deleted"]
"""Why it ended: nobody looks any more."""


class Transition(msgspec.Struct, frozen=True, omit_defaults=True):
    """The change of state that a report carries."""

    event: str
    incident_id: str
    cause: str
    started_at: datetime
    ended_at: datetime | None
    cause_data: Cause | None = None


class Report(msgspec.Struct, frozen=True, omit_defaults=True):
    """One result; `covers_ms` is the time that it stands for."""

    endpoint_id: int | None
    user_id: int | None
    region: str
    checked_at: datetime
    status: str
    state: str
    covers_ms: int
    http_status: int | None
    error_code: str | None
    message: str
    total_ms: float | None
    phases: Phases | None
    resolved_ip: str | None
    certificate_expires_at: datetime | None
    incident_id: str | None = None
    manual: bool = False
    transition: Transition | None = None
    certificate_issuer: str | None = None
    response_headers: dict[str, str] | None = None
    response_body: str | None = None
    http_version: str | None = None
    cause_data: Cause | None = None


class Alert(msgspec.Struct, frozen=True):
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
    data = kept(event.cause_data, event.cause)
    return Transition(event.name, event.incident_id, event.cause, event.started_at, event.ended_at, data)


def report_of(
    outcome: Outcome,
    *,
    endpoint_id: int | None,
    user_id: int | None,
    region: str,
    checked_at: datetime,
    status: str,
    state: str,
    covers_ms: int,
    incident_id: str | None = None,
    manual: bool = False,
    transition: Transition | None = None,
) -> Report:
    """A report of what a probe found, and of what it meant to its monitor."""
    return Report(
        endpoint_id,
        user_id,
        region,
        checked_at,
        status,
        state,
        covers_ms,
        outcome.http_status,
        outcome.error_code,
        outcome.message,
        outcome.total_ms,
        outcome.phases,
        outcome.resolved_ip,
        outcome.certificate_expires_at,
        incident_id,
        manual,
        transition,
        outcome.certificate_issuer,
        outcome.response_headers,
        outcome.response_body,
        outcome.http_version,
        outcome.cause,
    )
