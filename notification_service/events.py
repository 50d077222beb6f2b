"""What a channel can be told of, and what a message can say."""

from django.db import models


class Event(models.TextChoices):
    """What a channel can be told of; the checker's words."""

    DOWN = "down"
    UP = "up"
    DEGRADED = "degraded"
    RECOVERED = "recovered"
    CERTIFICATE = "certificate"
    FLAPPING = "flapping"
    REGION_HELD = "region_held"


FIRST_EVENTS = frozenset({"down", "up", "degraded", "recovered", "certificate", "flapping", "region_held"})
"""The events that there were when channels began to say whether they are told of all: never add to them."""
CLOSED = "closed"
"""The event of an incident whose endpoint was paused or deleted. No channel chooses it: it follows what went out."""
OPENED_BY = {Event.UP: Event.DOWN, Event.RECOVERED: Event.DEGRADED}
"""A recovery and what it recovers from."""
RECOVERY_OF: dict[str, str] = {opening.value: recovery.value for recovery, opening in OPENED_BY.items()}
ENDINGS = frozenset({*RECOVERY_OF.values(), CLOSED})
"""What ends an incident."""
TOLD_EVENTS = [*Event.choices, (CLOSED, "Closed")]
"""What a message can say."""


def every_event() -> list[str]:
    """The default of a channel: tell everything."""
    return list(Event.values)
