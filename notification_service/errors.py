"""What notification_service refuses."""

from django.utils.translation import gettext_lazy as _

from common.errors import BadRequest, TooManyRequests


class TooManyChannels(BadRequest):
    code = "TOO_MANY_CHANNELS"
    message = _("You have as many channels as one user may have.")


class InvalidCode(BadRequest):
    code = "INVALID_CODE"
    message = _("This code is wrong or no longer valid.")


class TooManyCodes(TooManyRequests):
    code = "TOO_MANY_CODES"
    message = _("We have just sent a code. Wait a moment before asking for another one.")
