"""Batches in which a row that cannot be handled fails alone: set aside with its reason, while the others go on.

What is set aside is one row of `DeadLetter`, an error in the log, and a metric (`common.telemetry.collectors`) with an alerting rule. An absent database
or peer is nobody's fault and raised as ever: the whole batch comes again.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar

import msgspec
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from common.api.errors import PeerError
from common.formats.text import storable, storable_json
from common.models import DeadLetter

logger = logging.getLogger(__name__)

MAX_PAYLOAD, MAX_REASON = 65_536, 1_000
"""Characters that are kept."""
MAX_LETTERS = 10_000
"""Rows that are kept of one queue; the oldest go first."""
KEPT = timedelta(days=30)
NOBODYS_FAULT = (OperationalError, InterfaceError, PeerError)
"""What tells nothing of a row: a part of the fleet is away or too slow."""
T = TypeVar("T")


def each_alone(
    items: Sequence[T],
    handle: Callable[[Sequence[T]], object],
    *,
    queue: str,
    describe: Callable[[T], object] = lambda item: item,
) -> list[T]:
    """Let `handle` take all of `items` in one savepoint; returns those that were set aside.

    Where it raises, halves are tried, down to the single rows that it cannot take; `handle` must so be content with any
    part of the items, in their order. `describe` makes of an item what is kept of it. Raises what is nobody's fault.
    """
    if not items:
        return []
    try:
        with transaction.atomic():
            handle(items)
    except NOBODYS_FAULT:
        raise
    except Exception as error:  # noqa: BLE001  whatever a row brings about is the row's own
        if len(items) == 1:
            dead_letter_keep(queue=queue, payload=_described(items[0], describe), reason=error)
            return [items[0]]
        middle = len(items) // 2
        return [
            refused
            for half in (items[:middle], items[middle:])
            for refused in each_alone(half, handle, queue=queue, describe=describe)
        ]
    return []


def dead_letter_keep(*, queue: str, payload: object, reason: Exception | str) -> None:
    """Set one row aside. `payload` is anything that JSON can tell; a text is kept as it is."""
    words = reason if isinstance(reason, str) else f"{type(reason).__name__}: {reason}"
    logger.error(
        "A row of %s was set aside: %s", queue, words, exc_info=reason if isinstance(reason, Exception) else None
    )
    if not isinstance(payload, str):
        payload = _encoded(payload)
    DeadLetter.objects.create(queue=queue, payload=storable(payload)[:MAX_PAYLOAD], reason=storable(words)[:MAX_REASON])
    _forget_old(queue)


def _described(item: T, describe: Callable[[T], object]) -> object:
    """What is kept of the item; it is odd, so even to look at it may fail."""
    try:
        return describe(item)
    except NOBODYS_FAULT:
        raise
    except Exception as error:  # noqa: BLE001
        return f"It cannot be described: {type(error).__name__}"


def _encoded(payload: object) -> str:
    try:
        return msgspec.json.encode(storable_json(msgspec.to_builtins(payload, enc_hook=str))).decode()
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        return f"It cannot be written as JSON: {type(error).__name__}"


def _forget_old(queue: str) -> None:
    DeadLetter.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
    ours = DeadLetter.objects.filter(queue=queue)
    beyond = ours.order_by("-id").values_list("id", flat=True)[MAX_LETTERS : MAX_LETTERS + 1]
    for newest in beyond:
        ours.filter(id__lte=newest).delete()
