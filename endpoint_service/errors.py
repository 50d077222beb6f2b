"""The errors of endpoint_service alone."""

from django.utils.translation import gettext_lazy as _

from common.errors import BadRequest, TooManyRequests


class TooManyEndpoints(BadRequest):
    code = "TOO_MANY_ENDPOINTS"
    message = _("You have as many endpoints as you may have. Delete one first.")


class TooManyWindows(BadRequest):
    code = "TOO_MANY_MAINTENANCE_WINDOWS"
    message = _("You have as many maintenance windows as you may have. Delete one first.")


class ChecksBusy(TooManyRequests):
    code = "CHECKS_BUSY"
    message = _("Other checks are still running. Try again in a moment.")


class UnreadableFile(BadRequest):
    code = "UNREADABLE_FILE"
    message = _("This cannot be read as YAML.")
