"""The words of the audit log."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from common.contracts.answers.user_service import SecurityEvent

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

KINDS = {
    "signed_up": _("Account made"),
    "logged_in": _("Logged in"),
    "login_failed": _("Login failed"),
    "logged_out": _("Logged out"),
    "password_changed": _("Password changed"),
    "password_reset": _("Password reset by mail"),
    "email_changed": _("E-mail address changed"),
    "email_change_asked": _("Change of the e-mail address asked for"),
    "key_created": _("API key made"),
    "key_revoked": _("API key revoked"),
    "totp_enabled": _("Two-step login switched on"),
    "totp_disabled": _("Two-step login switched off"),
    "recovery_code_used": _("Logged in with a recovery code"),
    "code_failed": _("Right password, wrong code of the two-step login"),
    "disabled": _("Account disabled by an operator"),
    "enabled": _("Account enabled by an operator"),
}
ALARMING = {
    "login_failed",
    "code_failed",
    "email_change_asked",
    "email_changed",
    "totp_disabled",
    "password_reset",
    "recovery_code_used",
}


@dataclass(frozen=True, kw_only=True)
class AuditLine:
    """`alarming` is what deserves a second look."""

    word: "str | _StrPromise"
    alarming: bool
    created_at: datetime
    detail: str
    address: str


def describe_events(*, events: Iterable[SecurityEvent]) -> list[AuditLine]:
    """Each with its word."""
    return [
        AuditLine(
            word=KINDS.get(event.kind, event.kind),
            alarming=event.kind in ALARMING,
            created_at=event.created_at,
            detail=event.detail,
            address=event.address,
        )
        for event in events
    ]
