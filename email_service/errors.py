"""Why a mail was not taken."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """One address that the server did not take, in its words."""

    address: str
    code: str
    message: str
    permanent: bool


class MailFailed(Exception):
    """The mail server, or the way to it, failed; `message` is in the server's own words.

    `permanent` tells that the same mail to the same address will never be taken; `refused` what was said of each address.
    """

    def __init__(self, code: str, message: str, *, permanent: bool = False, refused: Sequence[Refusal] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.permanent = permanent
        self.refused = refused
