"""What a service does with messages of a newer contract than its own: it logs, counts and skips them."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from prometheus_client import Counter

from common.contracts.messages import FIELD, is_known
from common.formats.text import storable

logger = logging.getLogger(__name__)
skipped = Counter("pongpong_messages_skipped", "Messages of a contract that is newer than their reader", ["message"])
M = TypeVar("M")
UNKNOWN_CONTRACT = "UNKNOWN_CONTRACT"
"""The code by which a sender learns that its message was not taken."""
NOT_TAKEN = "No contract that is known here."


def sort_out(messages: Iterable[M], *, contract: int, name: str, around: object = 1) -> tuple[list[M], list[M]]:
    """Those that a reader of `contract` knows, and the others, which are logged and counted under `name`.

    `around` is the number of what they came in.
    """
    known, newer = list[M](), list[M]()
    for message in messages:
        (known if is_known(message, contract, around=around) else newer).append(message)
    skip(newer, contract=contract, name=name)
    return known, newer


def skip(newer: Sequence[object], *, contract: int, name: str) -> None:
    """Log and count those that the reader of `contract` does not know; nothing where there are none."""
    if newer:
        skipped.labels(name).inc(len(newer))
        logger.warning(
            "%s messages of %s were skipped: contract %s is the newest that is known here, the first has %s",
            len(newer), name, contract, storable(repr(_number(newer[0]))[:100]),
        )  # fmt: skip


def _number(message: object) -> object:
    """Of a message, whose content may be anybody's and is not logged."""
    return message.get(FIELD) if isinstance(message, Mapping) else None


def refusal_of(message: object, *, contract: int, name: str) -> dict[str, object] | None:
    """What a sender that waits for an answer is told of a newer message: to come again, since a newer part will know it.

    None where it is known.
    """
    if is_known(message, contract):
        return None
    skip([message], contract=contract, name=name)
    return {"status": "fail", "code": UNKNOWN_CONTRACT, "message": NOT_TAKEN, "permanent": False, "retry_after": None}
