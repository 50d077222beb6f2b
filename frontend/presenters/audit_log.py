"""The words of the audit log."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

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


def describe_events(*, events: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each with its `word`, and whether it deserves a second look."""
    return [
        event | {"word": KINDS.get(event["kind"], event["kind"]), "alarming": event["kind"] in ALARMING}
        for event in events
    ]
