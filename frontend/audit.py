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
    "key_created": _("API key made"),
    "key_revoked": _("API key revoked"),
    "totp_enabled": _("Two-step login switched on"),
    "totp_disabled": _("Two-step login switched off"),
    "recovery_code_used": _("Logged in with a recovery code"),
}
ALARMING = {"login_failed", "totp_disabled", "password_reset", "recovery_code_used"}


def events_told(*, events: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each with its `word`, and whether it deserves a second look."""
    return [
        event | {"word": KINDS.get(event["kind"], event["kind"]), "alarming": event["kind"] in ALARMING}
        for event in events
    ]
