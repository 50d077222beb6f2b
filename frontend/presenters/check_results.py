"""What one result says: the sentence after a check by hand, and the site's certificate."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.contrib.messages import constants as message_levels
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from frontend.presenters import labels

SOON, VERY_SOON = 30, 7
"""Days before the end; from then on it is shown as slow, and as down."""
Report = dict[str, Any]


def latest_certificate(*, reports: Sequence[Report], get_report: Callable[[str], Report]) -> dict[str, Any] | None:
    """The certificate of the latest result that has one (its issuer is told by the single result alone), else None."""
    latest = next((report for report in reports if report.get("certificate_expires_at")), None)
    return read_certificate(report=get_report(latest["id"]), now=datetime.now(UTC)) if latest else None


def read_certificate(*, report: Report, now: datetime) -> dict[str, Any] | None:
    """`{"expires_at", "days", "issuer", "state"}` of a result; `days` is negative where it has ended."""
    text = report.get("certificate_expires_at")
    expires = parse_datetime(text) if text else None
    if expires is None:
        return None
    days = (expires - now).days
    state = "down" if days < VERY_SOON else "degraded" if days < SOON else "up"
    return {"expires_at": expires, "days": days, "issuer": report.get("certificate_issuer"), "state": state}


def check_message(*, result: dict[str, Any]) -> tuple[int, str]:
    """The message level and the sentence for a check that was asked for by hand."""
    total = labels.milliseconds(result.get("total_ms"))
    if result["status"] == "down":
        why = labels.error(result.get("error_code") or "") or _("No cause was given")
        return message_levels.ERROR, _("Checked now: down. %(why)s") % {"why": why}
    if result["status"] == "unknown":
        code = result.get("error_code") or ""
        told = {"why": labels.error(code), "advice": labels.advice(code)}
        return message_levels.WARNING, _("This could not be checked: %(why)s. %(advice)s") % told
    return message_levels.SUCCESS, _("Checked now: %(state)s after %(time)s.") % {
        "state": labels.state(result["status"]),
        "time": total,
    }
