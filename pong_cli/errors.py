"""What ends a command: one sentence, what to do about it, and the exit code."""

from collections.abc import Mapping, Sequence

FINE = 0
SOMETHING_DOWN = 1
USAGE = 2
NOT_LOGGED_IN = 3
API_OR_NETWORK = 4
INTERRUPTED = 130
"""128 + SIGINT, as shells have it."""


class CliError(Exception):
    """`message` says what is the matter, `hint` what to do; both may be several lines."""

    exit_code = API_OR_NETWORK

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class WrongUsage(CliError):
    """The command line or a file says what cannot be done."""

    exit_code = USAGE


class NotLoggedIn(CliError):
    """There is no key, or the API does not take it."""

    exit_code = NOT_LOGGED_IN


class ApiError(CliError):
    """The API refused: `{"message", "code", "errors": {field: [texts]}}`."""

    def __init__(
        self, message: str, *, status: int, code: str = "", errors: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self.status = status
        self.code = code
        self.errors = errors or {}
        lines = [f"  {field}: {' '.join(texts)}" for field, texts in self.errors.items()]
        super().__init__("\n".join([message, *lines]))
