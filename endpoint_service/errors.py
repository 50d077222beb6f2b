"""The errors of endpoint_service alone."""

from django.utils.translation import gettext_lazy as _

from common.api.errors import BadRequest, TooManyRequests


class TooManyEndpoints(BadRequest):
    code = "TOO_MANY_ENDPOINTS"
    message = _("You have as many endpoints as you may have. Delete one first.")


class TooManyWindows(BadRequest):
    code = "TOO_MANY_MAINTENANCE_WINDOWS"
    message = _("You have as many maintenance windows as you may have. Delete one first.")


class Busy(TooManyRequests):
    """Others hold what this needs; trying again in a moment makes sense."""


class ChangesBusy(Busy):
    code = "CHANGES_BUSY"
    message = _("Another change of yours is still being made. Try again in a moment.")


class TooMuchWork(BadRequest):
    code = "TOO_MUCH_WORK"
    message = _("The conditions in this call take too long to read. Send fewer of them at once.")


class ChecksBusy(Busy):
    code = "CHECKS_BUSY"
    message = _("Other checks are still running. Try again in a moment.")


class UnreadableFile(BadRequest):
    code = "UNREADABLE_FILE"
    message = _("This cannot be read as YAML.")
