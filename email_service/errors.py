"""Why a mail was not taken."""


class MailFailed(Exception):
    """The mail server, or the way to it, failed; `message` is in the server's own words.

    `permanent` tells that the same mail to the same address will never be taken.
    """

    def __init__(self, code: str, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.permanent = permanent
