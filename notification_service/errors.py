"""What notification_service refuses."""

from django.utils.translation import gettext_lazy as _

from common.api.errors import BadRequest, TooManyRequests


class InvalidCode(BadRequest):
    code = "INVALID_CODE"
    message = _("This code is wrong or no longer valid.")


class TooManyCodes(TooManyRequests):
    code = "TOO_MANY_CODES"
    message = _("We have just sent a code. Wait a moment before asking for another one.")


class TestsBusy(TooManyRequests):
    code = "TESTS_BUSY"
    message = _("Another test is on its way. Wait until it has arrived.")
