"""What is known of a monitor, what a probe found, and what follows: the state machine's types."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from common.contracts.alerts import EventName
from endpoint_check.engine.certificates import Due

Condition = Literal["pending", "up", "degraded", "down"]
Found = Literal["up", "degraded", "down", "unknown"]
"""`unknown` is a fault of ours, which says nothing of the site."""
BAD = frozenset({"down", "degraded"})
"""The conditions, and the events that begin them, in which an incident is open."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How many results in a row it takes."""

    failure_threshold: int = 3
    recovery_threshold: int = 2


@dataclass(frozen=True, slots=True)
class MonitorState:
    """What is known of a monitor. `cause_data` is the cause as data (`contracts.causes.encoded`), `cause` its sentence. `run_*` is the run of results that contradict `condition`.

    `moves` are the last changes of condition within an hour, `incident_told` says that people know of the incident,
    `unknown` that the last check failed by a fault of ours: what was true before goes on when one succeeds again.
    `certificates_warned` is the memory of `expiry`; the pair before it is the same for one certificate alone, as
    processes of the version before keep it.
    """

    condition: Condition = "pending"
    run_kind: str = ""
    run_count: int = 0
    run_started_at: datetime | None = None
    incident_id: str | None = None
    incident_started_at: datetime | None = None
    cause: str = ""
    error_code: str = ""
    last_good_at: datetime | None = None
    changed_at: datetime | None = None
    certificate_expires_at: datetime | None = None
    certificate_warned: int | None = None
    certificates_warned: str = ""
    in_maintenance: bool = False
    moves: Sequence[datetime] | None = None
    flapping_since: datetime | None = None
    incident_told: bool = True
    unknown: bool = False
    cause_data: str = ""

    @property
    def confirming(self) -> bool:
        """Whether a run waits for its confirmation."""
        return self.run_count > 0

    @property
    def wire(self) -> str:
        """The state as others know it. An incident is open whether we can look or not."""
        if self.in_maintenance:
            return "maintenance"
        return "unknown" if self.unknown and self.condition not in BAD else self.condition


@dataclass(frozen=True, slots=True)
class Observation:
    """What one probe found, at the time of its slot.

    `certificates` are those that are to be warned of, `certificate_expires_at` is the first end of all.
    """

    found: Found
    at: datetime
    cause: str = ""
    error_code: str = ""
    certificate_expires_at: datetime | None = None
    in_maintenance: bool = False
    certificates: Sequence[Due] = ()
    cause_data: str = ""


@dataclass(frozen=True, slots=True)
class MonitorEvent:
    """Something that happened. `moves`: it is a change of state, which a report carries; `tells`: people are told."""

    name: EventName
    incident_id: str
    cause: str
    error_code: str
    started_at: datetime
    ended_at: datetime | None = None
    moves: bool = True
    tells: bool = True
    cause_data: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """The next state and what happened on the way."""

    status: MonitorState
    events: tuple[MonitorEvent, ...] = ()
