"""What people are told of: every event with its words and its look. A new one is an entry here, and where it comes from.

Channels choose among them; messages of every kind of channel, the web app's boxes, `pong` and the import format's schema are
made of them. Why something happened is a cause (`contracts.causes`).
"""

from enum import StrEnum
from typing import Final, Literal, TypeAlias

import msgspec

from common.contracts.texts import N_


class Tone(StrEnum):
    """How an event is felt: the colours and marks of messages follow it. A state is never told by them alone."""

    BAD = "bad"
    GOOD = "good"
    WARNING = "warning"
    QUIET = "quiet"


MARKS = {Tone.BAD: "🟥", Tone.GOOD: "🟢", Tone.WARNING: "🔶", Tone.QUIET: "⏸️"}


class AlertEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a channel can be told of. All but the flags are marked texts.

    `label` is its box in a form, `word` what a message begins with, `short` what stands there in parentheses where no error
    code says more, `note` what else one has to know. A recovery names in `recovers` what it is the end of, and says in
    `lasted` how long that was. `is_lasting` is false for what has no beginning and end, `is_of_region` true for what is of
    no endpoint. Nobody can choose what is not `is_chosen`; a channel is told of all others unless its owner chooses.
    """

    label: str
    word: str
    tone: Tone
    mark: str = ""
    short: str = ""
    note: str = ""
    recovers: str = ""
    lasted: str = ""
    is_lasting: bool = True
    is_of_region: bool = False
    is_chosen: bool = True

    @property
    def sign(self) -> str:
        """The mark that stands before it where there is no colour."""
        return self.mark or MARKS[self.tone]


EventName: TypeAlias = Literal[
    "down", "up", "degraded", "recovered", "certificate", "flapping", "region_held", "region_back", "closed"
]
"""As types know them; a test holds `EVENTS` to it."""
CLOSED: Final = "closed"
"""The event of an incident whose endpoint was paused or deleted. No channel chooses it: it follows what went out."""
EVENTS: dict[str, AlertEvent] = {
    "down": AlertEvent(label=N_("Down"), word=N_("Down"), tone=Tone.BAD),
    "up": AlertEvent(
        label=N_("Back up"),
        word=N_("Recovered"),
        tone=Tone.GOOD,
        recovers="down",
        lasted=N_("was down for %(duration)s"),
    ),
    "degraded": AlertEvent(label=N_("Slow"), word=N_("Slow"), tone=Tone.WARNING),
    "recovered": AlertEvent(
        label=N_("Fast again"),
        word=N_("Fast again"),
        tone=Tone.GOOD,
        recovers="degraded",
        lasted=N_("was slow for %(duration)s"),
    ),
    "certificate": AlertEvent(
        label=N_("Certificate ends soon"),
        word=N_("Certificate"),
        tone=Tone.WARNING,
        short=N_("ends soon"),
        is_lasting=False,
    ),
    "flapping": AlertEvent(
        label=N_("Flapping"),
        word=N_("Flapping"),
        tone=Tone.WARNING,
        short=N_("down and up again and again"),
        note=N_(
            "It goes down and comes back again and again. Until it is calm, nothing more is told of it; "
            "results and incidents are still recorded."
        ),
    ),
    "region_held": AlertEvent(
        label=N_("Our own network fails: verdicts are held"),
        word=N_("Checks held"),
        tone=Tone.QUIET,
        note=N_(
            "Most of what is checked from this region failed at once, and so did sites that are known to be up: the fault "
            "is on our side. No endpoint was marked as down, and verdicts go on when the network is back."
        ),
        is_of_region=True,
    ),
    "region_back": AlertEvent(
        label=N_("Our own network is back: verdicts go on"),
        word=N_("Checks go on"),
        tone=Tone.GOOD,
        note=N_("The network of this region is back. What failed meanwhile is judged by checks from now on."),
        recovers="region_held",
        lasted=N_("verdicts were held for %(duration)s"),
        is_of_region=True,
    ),
    CLOSED: AlertEvent(label=N_("Closed"), word=N_("Closed"), tone=Tone.QUIET, mark="⏹️", is_chosen=False),
}
"""By name, in the order in which they are offered."""
CHOICES = tuple(name for name, event in EVENTS.items() if event.is_chosen)
"""What a channel can be told of, and is told of unless its owner chooses."""
RECOVERY_OF = {event.recovers: name for name, event in EVENTS.items() if event.recovers}
"""What opens an incident, and what it recovers with."""
ENDINGS = frozenset({*RECOVERY_OF.values(), CLOSED})
"""What ends an incident."""
UNKNOWN = AlertEvent(label="", word="", tone=Tone.QUIET, mark="•")
"""What is known of an event that only a newer process knows."""


def event_named(name: str) -> AlertEvent:
    """The event; one that is new to us is shown by its name."""
    return EVENTS.get(name) or msgspec.structs.replace(UNKNOWN, label=name, word=name)
