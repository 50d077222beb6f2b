"""A site's certificate as its latest result saw it. Knows no HTTP."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.utils.dateparse import parse_datetime

SOON, VERY_SOON = 30, 7
"""Days before the end; from then on it is shown as slow, and as down."""
Report = dict[str, Any]


def certificate_of(*, reports: Sequence[Report], get_report: Callable[[str], Report]) -> dict[str, Any] | None:
    """The certificate of the latest result that has one (its issuer is told by the single result alone), else None."""
    latest = next((report for report in reports if report.get("certificate_expires_at")), None)
    return certificate_make(report=get_report(latest["id"]), now=datetime.now(UTC)) if latest else None


def certificate_make(*, report: Report, now: datetime) -> dict[str, Any] | None:
    """`{"expires_at", "days", "issuer", "state"}` of a result; `days` is negative where it has ended."""
    text = report.get("certificate_expires_at")
    expires = parse_datetime(text) if text else None
    if expires is None:
        return None
    days = (expires - now).days
    state = "down" if days < VERY_SOON else "degraded" if days < SOON else "up"
    return {"expires_at": expires, "days": days, "issuer": report.get("certificate_issuer"), "state": state}
