"""What a probe found, in the words of a report."""

import re
from datetime import datetime
from typing import Literal

import msgspec

from common.contracts import results
from common.contracts.causes import Cause, because, mapped
from common.contracts.results import OURS, ErrorCode
from common.formats.text import storable
from endpoint_check.engine.certificates import Certificate, Due

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""C0, C1, what ends a line or turns the direction of writing. A value of the answer stands in a sentence as JSON."""


class Phases(results.Phases, frozen=True, gc=False):
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
    """One probe's result. `message` is its `cause` in English; times in ms. It is `unknown` where the fault is ours.

    `http_version` is the one that was spoken, where one was asked for. `certificate` is the one that ends first of all that were served on the way, and `certificate_expires_at` its end;
    `certificates_due` are those that are to be warned of. `response_*` is what a site answered to a probe that failed: its headers and the first 2 KiB of its body.
    """

    status: Literal["up", "degraded", "down", "unknown"]
    error_code: str | None = None
    message: str = ""
    cause: Cause | None = None
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

    @property
    def is_settled(self) -> bool:
        """Whether it has failed already, be it our fault or the site's, so that nothing is left to judge."""
        return self.status in {"down", "unknown"}

    def fail(self, code: ErrorCode, cause: Cause) -> "Outcome":
        """Turn it into a failure, or into a result that says nothing of the site where the fault is ours."""
        self.status = "unknown" if code in OURS else "down"
        return self.because(code, cause)

    def because(self, code: ErrorCode, cause: Cause) -> "Outcome":
        """Say why, whatever the status is."""
        self.error_code, self.cause = code.value, mapped(cause, _clean)
        self.message = _clean(str(self.cause))
        return self


def failed(code: ErrorCode, cause: Cause) -> Outcome:
    """A probe that got no answer at all."""
    return Outcome(status="down").fail(code, cause)


def unexpected(what: str, error: Exception) -> Outcome:
    """A fault of ours; `what` is the code of its cause. The exception's text stays out of the result: it may hold anything, secrets too."""
    return failed(ErrorCode.INTERNAL_ERROR, because(what, fault=type(error).__name__))


def _clean(message: str) -> str:
    """Fit for every database, page, mail and terminal: what a site says, be it in its certificate, can be anything."""
    return storable(_CONTROL.sub("\N{REPLACEMENT CHARACTER}", message[:500]))
