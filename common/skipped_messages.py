"""What a service does with messages of a newer contract than its own: it logs, counts and skips them."""

import logging
from collections.abc import Iterable
from typing import TypeVar

from prometheus_client import Counter

from common.contracts.messages import is_known
from common.text import storable

logger = logging.getLogger(__name__)
skipped = Counter("pongpong_messages_skipped", "Messages of a contract that is newer than their reader", ["message"])
M = TypeVar("M")


def sort_out(messages: Iterable[M], *, contract: int, name: str, around: object = 1) -> tuple[list[M], list[M]]:
    """Those that a reader of `contract` knows, and the others, which are logged and counted under `name`.

    `around` is the number of what they came in.
    """
    known, newer = list[M](), list[M]()
    for message in messages:
        (known if is_known(message, contract, around=around) else newer).append(message)
    if newer:
        skipped.labels(name).inc(len(newer))
        logger.warning(
            "%s messages of %s were skipped: contract %s is the newest that is known here, the first is %s",
            len(newer), name, contract, storable(repr(newer[0])[:300]),
        )  # fmt: skip
    return known, newer
