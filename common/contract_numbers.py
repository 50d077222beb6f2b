"""The numbers that messages between services carry: what has one that is not known here is skipped, logged and counted."""

import logging

from prometheus_client import Counter

logger = logging.getLogger(__name__)
UNKNOWN_CONTRACT = "UNKNOWN_CONTRACT"
"""The code of a refusal by which the sender learns that a message was not taken."""
_skipped = Counter(
    "pongpong_unknown_contract_messages", "Messages skipped for the number of a contract that is not known", ["message"]
)


def is_known(item: object, *, known: int) -> bool:
    """Whether a decoded message has the number `known`, or none."""
    number = item.get("contract") if isinstance(item, dict) else None
    return number is None or (type(number) is int and number == known)


def count_skipped(count: int, *, known: int, message: str) -> None:
    """Tell of so many messages of the kind `message` whose number is not known; of none nothing."""
    if count:
        logger.warning(
            "%d messages (%s) have a contract other than %d: a part of the fleet is newer", count, message, known
        )
        _skipped.labels(message).inc(count)
