"""The failures of endpoint_check."""

from django.utils.translation import gettext_lazy as _

from common.api.errors import NotFound, TooManyRequests


class MonitorNotFound(NotFound):
    code = "MONITOR_NOT_FOUND"
    message = _("This endpoint is not known here, or not yet.")


class ChecksBusy(TooManyRequests):
    code = "CHECKS_BUSY"
    message = _("Other checks are still running. Try again in a moment.")
