"""What a channel can be told of, as this service stores and checks it; `common.contracts.alerts` says what each event is."""

from common.contracts.alerts import CHOICES, EVENTS

FIRST_EVENTS = frozenset({"down", "up", "degraded", "recovered", "certificate", "flapping", "region_held"})
"""The events that there were when channels began to say whether they are told of all: never add to them."""
CHOSEN_EVENTS = [(name, EVENTS[name].label) for name in CHOICES]
TOLD_EVENTS = [(name, event.label) for name, event in EVENTS.items()]
"""What a message can say."""


def every_event() -> list[str]:
    """The default of a channel: tell everything."""
    return list(CHOICES)
