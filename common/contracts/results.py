"""What a check finds: the statuses, and why one is not `up`, each with its words."""

from enum import StrEnum

import msgspec

from common.contracts.texts import N_

STATUSES = ("up", "degraded", "down", "maintenance", "unknown")
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
