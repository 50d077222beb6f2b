"""What can go wrong in user_service alone."""

from django.utils.translation import gettext_lazy as _

from common.api.errors import BadRequest, Forbidden, TooManyRequests, Unavailable


class InvalidLogin(BadRequest):
    """The brief's own code and sentence; the same for an unknown address, a wrong password and a disabled account."""

    code = "INVALID_LOGIN"
    message = _("The email or the password is wrong.")


class EmailTaken(BadRequest):
    code = "EMAIL_TAKEN"
    message = _("There is an account with this email already.")


class SignUpClosed(Forbidden):
    """As the setting SIGN_UP says."""

    code = "SIGN_UP_CLOSED"
    message = _("New accounts are made by this installation's operator alone.")


class TooManyKeys(BadRequest):
    code = "TOO_MANY_KEYS"
    message = _("An account has at most 50 API keys. Delete one first.")


class GatewayUnavailable(Unavailable):
    code = "GATEWAY_UNAVAILABLE"
    message = _("The gateway that keeps the keys does not answer. Try again in a moment.")


class InvalidToken(BadRequest):
    code = "INVALID_TOKEN"
    message = _("This link is no longer valid. Ask for a new one.")


class CodeNeeded(BadRequest):
    """The password was right; log in again with `code`."""

    code = "CODE_NEEDED"
    message = _("Enter the code of your authenticator app, or a recovery code.")


class InvalidCode(BadRequest):
    code = "INVALID_CODE"
    message = _("This code is wrong or was used already.")


class TooManyCodes(TooManyRequests):
    """A second factor was guessed at too often; the ways that are left are said."""

    message = _("Too many wrong codes. Wait, use a recovery code, or set a new password by mail.")


class PasswordNeeded(BadRequest):
    """A sign-up's link came without the password, and whoever signed up need not be whoever follows it."""

    code = "PASSWORD_NEEDED"
    message = _("Choose the password of this account: it counts in place of the one that was given at sign-up.")


class TotpEnabled(BadRequest):
    code = "TOTP_ENABLED"
    message = _("The second factor is on already.")
