"""What a check finds: the statuses, why one is not `up`, each with its words, and a result as it crosses services."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta, field

from common.contracts.causes import Cause
from common.contracts.fields import Field
from common.contracts.messages import RESULT
from common.contracts.texts import N_

Status = Literal["up", "degraded", "down", "maintenance", "unknown"]
STATUSES: tuple[str, ...] = get_args(Status)
"""In the order of the small numbers under which they are kept. `unknown` is a fault of ours: it says nothing of the site."""


class ErrorCode(StrEnum):
    """The closed list of reasons for which a probe is not `up`."""

    DNS_FAILURE = "dns_failure"
    BLOCKED_ADDRESS = "blocked_address"
    CONNECTION_REFUSED = "connection_refused"
    CONNECTION_RESET = "connection_reset"
    CONNECT_TIMEOUT = "connect_timeout"
    NETWORK_UNREACHABLE = "network_unreachable"
    CONNECTION_FAILED = "connection_failed"
    TLS_ERROR = "tls_error"
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_INVALID = "certificate_invalid"
    READ_TIMEOUT = "read_timeout"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    INVALID_REDIRECT = "invalid_redirect"
    PROTOCOL_ERROR = "protocol_error"
    UNEXPECTED_STATUS = "unexpected_status"
    ASSERTION_FAILED = "assertion_failed"
    RESPONSE_TOO_SLOW = "response_too_slow"
    NO_REPLY = "no_reply"
    INVALID_SPEC = "invalid_spec"
    NOT_PERMITTED = "not_permitted"
    INTERNAL_ERROR = "internal_error"
    REGION_OFFLINE = "region_offline"


class Reason(msgspec.Struct, frozen=True):
    """An error code in a few words, as they stand within a sentence; `advice` is what to do where the fault is ours."""

    word: str
    advice: str = ""


REASONS: dict[str, Reason] = {
    ErrorCode.DNS_FAILURE: Reason(N_("name not found")),
    ErrorCode.BLOCKED_ADDRESS: Reason(N_("address not allowed")),
    ErrorCode.CONNECTION_REFUSED: Reason(N_("connection refused")),
    ErrorCode.CONNECTION_RESET: Reason(N_("connection reset")),
    ErrorCode.CONNECT_TIMEOUT: Reason(N_("no connection in time")),
    ErrorCode.NETWORK_UNREACHABLE: Reason(N_("network unreachable")),
    ErrorCode.CONNECTION_FAILED: Reason(N_("no connection")),
    ErrorCode.TLS_ERROR: Reason(N_("TLS error")),
    ErrorCode.CERTIFICATE_EXPIRED: Reason(N_("certificate expired")),
    ErrorCode.CERTIFICATE_INVALID: Reason(N_("certificate not valid")),
    ErrorCode.READ_TIMEOUT: Reason(N_("no answer in time")),
    ErrorCode.TOO_MANY_REDIRECTS: Reason(N_("too many redirects")),
    ErrorCode.INVALID_REDIRECT: Reason(N_("redirect to nowhere")),
    ErrorCode.PROTOCOL_ERROR: Reason(N_("broken answer")),
    ErrorCode.UNEXPECTED_STATUS: Reason(N_("unexpected status")),
    ErrorCode.ASSERTION_FAILED: Reason(N_("assertion failed")),
    ErrorCode.RESPONSE_TOO_SLOW: Reason(N_("too slow")),
    ErrorCode.NO_REPLY: Reason(N_("no reply")),
    ErrorCode.REGION_OFFLINE: Reason(N_("region offline")),
    ErrorCode.INVALID_SPEC: Reason(
        N_("settings that cannot be checked"),
        N_(
            "The checker cannot do what the settings of this endpoint ask for, so nothing is known of the site. Mend in"
            " the settings what the message names, and save. If they are right, the checker is older than the rest of"
            " pongpong: whoever runs it has to update it."
        ),
    ),
    ErrorCode.NOT_PERMITTED: Reason(
        N_("check not permitted to us"),
        N_(
            "The checker's machine does not let it do this check, so nothing is known of the site. Whoever runs pongpong"
            " has to permit it; the message says what is missing."
        ),
    ),
    ErrorCode.INTERNAL_ERROR: Reason(
        N_("fault of pongpong"),
        N_(
            "pongpong itself failed at this check, so nothing is known of the site. It tries again at the next check. If"
            " this goes on, whoever runs pongpong finds the reason in the checker's log."
        ),
    ),
}
"""Web app, messages and `pong` show these; a code that is new to them they show as it is."""

OURS = frozenset(code for code, reason in REASONS.items() if reason.advice)
"""The codes of faults of ours: results with them are `unknown`, cost no uptime and move no state."""


Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]
Milliseconds = Annotated[float, Meta(ge=0, le=10_000_000)]
Moment = Annotated[datetime, Meta(tz=True)]
Code = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.:-]{0,64}\Z")]
IncidentId = Annotated[str, Meta(pattern=r"^[0-9A-Fa-f]{8}(-?[0-9A-Fa-f]{4}){3}-?[0-9A-Fa-f]{12}\Z")]
Sentence = Annotated[str, Meta(max_length=4000, pattern=r"^[^\x00]*\Z")]
"""NUL is the one character that PostgreSQL's text cannot hold."""


def _none() -> None:
    """Null that is sent: msgspec leaves out what is a field's plain default."""


def _phase(label: str) -> Field:
    return Field(label=label, unit="ms", shown="list")


class Phases(msgspec.Struct, frozen=True, gc=False):
    """The parts of a check's time, in ms; null where there was none, such as TLS over plain HTTP."""

    name_lookup_ms: Annotated[Milliseconds | None, _phase(N_("Name lookup"))] = None
    connect_ms: Annotated[Milliseconds | None, _phase(N_("Connect"))] = None
    tls_ms: Annotated[Milliseconds | None, _phase("TLS")] = None
    first_byte_ms: Annotated[Milliseconds | None, _phase(N_("Waiting"))] = None
    transfer_ms: Annotated[Milliseconds | None, _phase(N_("Transfer"))] = None
    redirect_ms: Annotated[Milliseconds | None, _phase(N_("Redirects"))] = None


class Transition(msgspec.Struct, omit_defaults=True):
    """The monitor's change that came with a result."""

    event: Annotated[Code, Field(doc="`down` opens an incident, `up` resolves it; others change none.")]
    incident_id: Annotated[IncidentId | None, Field()] = None
    cause: Annotated[Sentence | None, Field()] = None
    started_at: Annotated[Moment | None, Field()] = None
    ended_at: Annotated[Moment | None, Field()] = field(default_factory=_none)
    cause_data: Annotated[Cause | None, Field()] = None


class Result(msgspec.Struct, kw_only=True, omit_defaults=True, tag_field="contract", tag=RESULT):
    """One result of one check, as endpoint_check sends it and report_service keeps and shows it.

    `shown` says where people see a field: in lists, exports and details, or in details alone. What is shown is kept; the
    others only cross. A field without a default cannot be done without; `endpoint_id` and `user_id` are null for a check
    of what is not saved, whose result is never sent.
    """

    endpoint_id: Annotated[Id | None, Field(shown="list")]
    user_id: Annotated[Id | None, Field(shown="list")]
    region: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{1,64}\Z"), Field(shown="list")]
    checked_at: Annotated[Moment, Field(shown="list", doc="When the slot was due that it fulfils.")]
    status: Annotated[
        Status,
        Field(shown="list", doc="What this probe found; `unknown` where the fault is ours, and nothing of the site."),
    ]
    state: Annotated[Code, Field(shown="list", doc="The monitor's afterwards.")] = field(default_factory=str)
    incident_id: Annotated[IncidentId | None, Field(shown="list")] = None
    covers_ms: Annotated[
        int,
        Meta(ge=0, le=2**31 - 1),
        Field(shown="list", unit="ms", doc="The time that it stands for; uptime sums it."),
    ] = field(default_factory=int)
    http_status: Annotated[Annotated[int, Meta(ge=0, le=999)] | None, Field(shown="list")] = field(
        default_factory=_none
    )
    error_code: Annotated[Code | None, Field(shown="list", doc="Why it is not `up`.")] = field(default_factory=_none)
    message: Annotated[Sentence | None, Field(shown="list", doc="`cause_data` as a sentence.")] = None
    total_ms: Annotated[Milliseconds | None, Field(shown="list", unit="ms")] = field(default_factory=_none)
    phases: Annotated[Phases | None, Field(shown="list")] = field(default_factory=_none)
    resolved_ip: Annotated[
        Annotated[str, Meta(pattern=r"^[0-9A-Za-z:.%]{0,64}\Z")] | None,
        Field(shown="list", doc="The address that was checked."),
    ] = field(default_factory=_none)
    certificate_expires_at: Annotated[Moment | None, Field(shown="list")] = field(default_factory=_none)
    certificate_issuer: Annotated[Sentence | None, Field(shown="detail")] = None
    manual: Annotated[bool, Field(shown="list", doc="A check on request: it moves no state and covers no time.")] = (
        False
    )
    cause_data: Annotated[Cause | None, Field(shown="list", doc="Why, as data.")] = None
    response_headers: Annotated[dict[str, str] | None, Field(shown="detail", doc="Of a failure, by name.")] = None
    response_body: Annotated[
        str | None, Field(shown="detail", lines=20, doc="Of a failure; cut after 2,048 characters.")
    ] = None
    http_version: Annotated[str | None, Field(doc="The one that was spoken, where the endpoint asks for one.")] = None
    transition: Annotated[Transition | None, Field()] = None


PHASES = Phases.__struct_fields__
"""In the order in which they are shown."""
