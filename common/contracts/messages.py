"""The number that a message between services carries as `contract`, so that processes of two versions get along.

It stands on what holds many messages, a feed's page or a body of states, and counts for each of them that has no number of
its own; where there is none it is 1. What only adds fields keeps its number: readers leave out what they do not know. A
sender raises it where a reader of before would take the message for something else; that reader skips it then
(`common.between.skipped_messages`).
"""

from collections.abc import Mapping
from typing import Final

FIELD: Final = "contract"
FEEDS: Final[Mapping[str, int]] = {"/endpoints": 1, "/maintenance-windows": 1, "/users": 1}
"""Of an item of each feed, by the feed's path. Whoever learns to read a new one reads the feed from its beginning."""
STATE: Final = 1
"""Of a state that endpoint_check tells endpoint_service."""


RESULT: Final = 1
"""Of a result that endpoint_check sends to report_service."""
ALERT: Final = 1
"""Of an alert that endpoint_check sends to notification_service."""
MAIL: Final = 1
"""Of a mail that email_service is given."""
SLACK_MESSAGE: Final = 1
"""Of a message that slack_service is given."""


def is_known(message: object, contract: int, *, around: object = 1) -> bool:
    """Whether a reader of `contract` understands the message; `around` is the number of what it came in.

    Of what is no message at all, its reader judges.
    """
    number = message.get(FIELD, around) if isinstance(message, Mapping) else 1
    return isinstance(number, int) and not isinstance(number, bool) and 1 <= number <= contract
