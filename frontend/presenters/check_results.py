"""What one result says: the sentence after a check by hand, and the site's certificate."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.contrib.messages import constants as message_levels
from django.utils.translation import gettext as _

from common.contracts.answers.report_service import Report, ReportDetail
from frontend.presenters import labels

SOON, VERY_SOON = 30, 7
"""Days before the end; from then on it is shown as slow, and as down."""


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """`days` are negative where it has ended."""

    expires_at: datetime
    days: int
    issuer: str
    state: str


def latest_certificate(*, reports: Sequence[Report], get_report: Callable[[str], ReportDetail]) -> Certificate | None:
    """The certificate of the latest result that has one (its issuer is told by the single result alone), else None."""
    latest = next((report for report in reports if report.certificate_expires_at), None)
    return read_certificate(report=get_report(latest.id), now=datetime.now(UTC)) if latest else None


def read_certificate(*, report: ReportDetail, now: datetime) -> Certificate | None:
    """What a result says of it; None where it had none."""
    expires = report.certificate_expires_at
    if expires is None:
        return None
    days = (expires - now).days
    state = "down" if days < VERY_SOON else "degraded" if days < SOON else "up"
    return Certificate(expires_at=expires, days=days, issuer=report.certificate_issuer or "", state=state)


def check_message(*, result: Report) -> tuple[int, str]:
    """The message level and the sentence for a check that was asked for by hand."""
    code = result.error_code or ""
    if result.status == "down":
        why = labels.error(code) or _("No cause was given")
        return message_levels.ERROR, _("Checked now: down. %(why)s") % {"why": why}
    if result.status == "unknown":
        values = {"why": labels.error(code), "advice": labels.advice(code)}
        return message_levels.WARNING, _("This could not be checked: %(why)s. %(advice)s") % values
    return message_levels.SUCCESS, _("Checked now: %(state)s after %(time)s.") % {
        "state": labels.state(result.status),
        "time": labels.milliseconds(result.total_ms),
    }
