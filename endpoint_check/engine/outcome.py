"""What a probe found, in the words of a report."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

import msgspec

from common.text import storable
from endpoint_check.engine.certificates import Certificate, Due


class ErrorCode(StrEnum):
    """The closed list of reasons for which a probe is not `up`; user interfaces translate them."""

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


class Phases(msgspec.Struct, frozen=True, gc=False):
    """How long each part of the transfer took, in ms; over redirects they add up. `redirect_ms` is not one more part:
    it is what of the total was over before the last request began.
    """

    name_lookup_ms: float = 0.0
    connect_ms: float = 0.0
    tls_ms: float = 0.0
    first_byte_ms: float = 0.0
    transfer_ms: float = 0.0
    redirect_ms: float = 0.0


class Outcome(msgspec.Struct, kw_only=True, gc=False):
    """One probe's result. `message` is technical English; times in ms.

    `http_version` is the one that was spoken, where one was asked for. `certificate` is the one that ends first of all that were served on the way, and `certificate_expires_at` its end;
    `certificates_due` are those that are to be warned of. `response_*` is what a site answered to a probe that failed: its headers and the first 2 KiB of its body.
    """

    status: Literal["up", "degraded", "down"]
    error_code: str | None = None
    message: str = ""
    http_status: int | None = None
    http_version: str | None = None
    total_ms: float | None = None
    phases: Phases | None = None
    resolved_ip: str | None = None
    certificate_expires_at: datetime | None = None
    certificate_issuer: str | None = None
    certificate: Certificate | None = None
    certificates_due: tuple[Due, ...] = ()
    response_headers: dict[str, str] | None = None
    response_body: str | None = None

    def fail(self, code: ErrorCode, message: str) -> "Outcome":
        """Turn it into a failure."""
        self.status, self.error_code, self.message = "down", code.value, _clean(message)
        return self


def failed(code: ErrorCode, message: str) -> Outcome:
    """A probe that got no answer at all."""
    return Outcome(status="down", error_code=code.value, message=_clean(message))


def unexpected(what: str, error: Exception) -> Outcome:
    """A fault of ours. Its text stays out of the result: it may hold anything, secrets too."""
    return failed(ErrorCode.INTERNAL_ERROR, f"{what}: {type(error).__name__}")


def _clean(message: str) -> str:
    """Fit for every database and page: what a site says can be anything."""
    return storable(message[:500])
