"""The error tree: one class a failure, each with its status, its code and what a caller branches on."""

from collections.abc import Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class ApiError(Exception):
    """A failure that the client is told as `{"message": ..., "code": ...}` with `status`.

    `errors` maps field names to messages; `retry_after` (s) becomes the Retry-After header; `extra` is merged in.
    """

    status = 500
    code = "ERROR"
    message: Text = _("Something failed on our side. We have logged it.")

    def __init__(
        self,
        message: Text | None = None,
        *,
        code: str | None = None,
        errors: Mapping[str, Sequence[Text]] | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.message = message if message is not None else type(self).message
        self.code = code or type(self).code
        self.errors = errors
        self.retry_after = retry_after
        super().__init__(str(self.code))


class BadRequest(ApiError):
    status = 400
    code = "BAD_REQUEST"
    message = _("The request is malformed.")


class ValidationFailed(BadRequest):
    code = "VALIDATION_FAILED"
    message = _("Some fields are not valid.")


class NotLoggedIn(ApiError):
    status = 401
    code = "NOT_LOGGED_IN"
    message = _("Log in first: send your key in the apikey header.")


class Forbidden(ApiError):
    status = 403
    code = "FORBIDDEN"
    message = _("This belongs to somebody else.")


class NotFound(ApiError):
    status = 404
    code = "NOT_FOUND"
    message = _("There is nothing at this address.")


class MethodNotAllowed(ApiError):
    status = 405
    code = "METHOD_NOT_ALLOWED"
    message = _("This address does not take that method.")


class NotAcceptable(ApiError):
    status = 406
    code = "NOT_ACCEPTABLE"
    message = _("This address has no format that you accept.")


class TooLarge(ApiError):
    status = 413
    code = "TOO_LARGE"
    message = _("The request is too large.")


class UnsupportedMediaType(ApiError):
    status = 415
    code = "UNSUPPORTED_MEDIA_TYPE"
    message = _("Send JSON.")


class TooManyRequests(ApiError):
    status = 429
    code = "TOO_MANY_REQUESTS"
    message = _("Too many requests. Wait a moment.")


class Unavailable(ApiError):
    """A part that we need does not answer; trying again later makes sense."""

    status = 503
    code = "UNAVAILABLE"
    message = _("A part that this needs does not answer. Try again in a moment.")


class PeerError(Exception):
    """Another service did not do what we asked.

    `permanent` tells that asking again cannot help (the peer refused it); else trying later makes sense.
    """

    def __init__(self, peer: str, detail: str, *, status: int | None = None, body: object = None) -> None:
        super().__init__(f"{peer}: {detail}")
        self.peer = peer
        self.status = status
        self.body = body

    @property
    def permanent(self) -> bool:
        """Refused for what it says, not for the moment: 4xx but for 408, 425 and 429."""
        return self.status is not None and 400 <= self.status < 500 and self.status not in {408, 425, 429}
