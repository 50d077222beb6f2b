"""Hosts that do not answer in time are left alone for a while, so that they hold no place of others.

A circuit is an owner's and a host's. After `OPENS_AFTER` timeouts in a row it is open: what goes there waits. Then one
message at a time tries, and the first answer, whatever it says, closes it. Where several owners' circuits of a host are
open, everybody else has one message at a time there as well.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import F

from notification_service.models import Circuit

OPENS_AFTER = 3
SHORTEST, LONGEST = timedelta(seconds=30), timedelta(minutes=15)
SEVERAL_OWNERS = 3


@dataclass(frozen=True)
class Circuits:
    """All circuits as they are at a moment."""

    until: dict[tuple[int, str], datetime | None] = field(default_factory=dict)
    owners: dict[str, int] = field(default_factory=dict)

    def open_until(self, user_id: int, host: str, now: datetime) -> datetime | None:
        """When the owner's messages may go to the host again; None where they may now."""
        until = self.until.get((user_id, host))
        return until if until is not None and until > now else None

    def one_at_a_time(self, user_id: int, host: str) -> bool:
        """Whether the host has to show that it answers again."""
        return self.until.get((user_id, host)) is not None or self.owners.get(host, 0) >= SEVERAL_OWNERS


def circuits() -> Circuits:
    """Read them; there are few, since the first answer removes one."""
    until: dict[tuple[int, str], datetime | None] = {}
    owners: dict[str, int] = defaultdict(int)
    for user_id, host, opened in Circuit.objects.values_list("user_id", "host", "open_until"):
        until[user_id, host] = opened
        owners[host] += opened is not None
    return Circuits(until, owners)


def circuit_record(*, user_id: int, host: str, timed_out: bool, now: datetime) -> None:
    """Note how an attempt ended."""
    ours = Circuit.objects.filter(user_id=user_id, host=host)
    if not timed_out:
        ours.delete()
        return
    circuit, new = Circuit.objects.get_or_create(user_id=user_id, host=host, defaults={"timeouts": 1})
    if not new:
        ours.update(timeouts=F("timeouts") + 1)
        circuit.refresh_from_db()
    if circuit.timeouts >= OPENS_AFTER:
        pause = min(SHORTEST * 2 ** min(circuit.timeouts - OPENS_AFTER, 10), LONGEST)
        ours.update(open_until=now + pause)
