"""Which of the due deliveries leave next: in turns over their owners, with a bound for each owner and each host.

Nothing that one owner made wait, by many channels or by receivers that hang, comes before another owner's first message.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from notification_service.deliveries.circuit_breakers import Circuits, circuits
from notification_service.deliveries.lanes import width
from notification_service.models import Attempt, Delivery, User

EMAIL = "email"
"""The lane of what has no channel: codes and notices."""
LOOKED_AT = 500
"""Due deliveries that one claim looks at, the longest due first; those of owners who may send no more are left out."""
_LOCK = 0x706F6E67, 1


@dataclass(frozen=True)
class Due:
    """A due delivery, before anybody has locked it."""

    id: int
    user_id: int
    channel_id: int | None
    lane: str
    host: str


@dataclass
class Busy:
    """What is on its way already, over all processes."""

    owners: Counter[tuple[str, int]] = field(default_factory=Counter)
    hosts: Counter[tuple[str, str]] = field(default_factory=Counter)
    circuits: Counter[tuple[int, str]] = field(default_factory=Counter)

    def add(self, due: Due, count: int = 1) -> None:
        """One more."""
        self.owners[due.lane, due.user_id] += count
        if due.host:
            self.hosts[due.lane, due.host] += count
            self.circuits[due.user_id, due.host] += count

    def has_room(self, due: Due, known: Circuits) -> bool:
        """Whether another one of this owner may go to this host."""
        wide = width(due.lane)
        if self.owners[due.lane, due.user_id] >= wide.of_an_owner:
            return False
        if not due.host:
            return True
        if known.one_at_a_time(due.user_id, due.host) and self.circuits[due.user_id, due.host]:
            return False
        return self.hosts[due.lane, due.host] < wide.to_a_host


def is_anything_due(now: datetime) -> bool:
    """The cheap question of an idle second."""
    return Delivery.objects.filter(state=Delivery.State.PENDING, next_attempt_at__lte=now).exists()


def deliveries_choose(*, free: Mapping[str, int], now: datetime) -> list[Delivery]:
    """Locked deliveries to send next, at most `free` of each lane and one of each channel; their owners are locked too.

    Within a transaction: one claim at a time, so that two processes together keep to the bounds.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", _LOCK)
    busy, known = _busy(now), circuits()
    found = _due(busy, free, now)
    _wait_for_circuits(found, known, now)
    open_for = [due for due in found if known.open_until(due.user_id, due.host, now) is None]
    chosen = _in_turns(open_for, busy, known, free)
    return _locked(chosen, now)


def _busy(now: datetime) -> Busy:
    busy = Busy()
    for due in _rows(Delivery.objects.filter(claimed_until__gt=now, state=Delivery.State.PENDING)):
        busy.add(due)
    return busy


def _rows(deliveries: QuerySet[Delivery]) -> list[Due]:
    names = ("id", "user_id", "channel_id", "channel__kind", "channel__host")
    return [
        Due(delivery_id, user_id, channel_id, kind or EMAIL, host or "")
        for delivery_id, user_id, channel_id, kind, host in deliveries.values_list(*names)
    ]


def _in_lane(lane: str) -> Q:
    return Q(channel__kind=lane) | Q(channel=None) if lane == EMAIL else Q(channel__kind=lane)


def _due(busy: Busy, free: Mapping[str, int], now: datetime) -> list[Due]:
    """The longest due, without those that have no place anyway, so that they hide nobody else's."""
    unfinished = Attempt.objects.filter(delivery=OuterRef("after"), finished_at=None)
    full = Q(pk=None)
    for lane, count in free.items():
        if count <= 0:
            full |= _in_lane(lane)
    for (lane, user_id), count in busy.owners.items():
        if count >= width(lane).of_an_owner:
            full |= Q(user_id=user_id) & _in_lane(lane)
    for (lane, host), count in busy.hosts.items():
        if count >= width(lane).to_a_host:
            full |= Q(channel__host=host) & _in_lane(lane)
    due = (
        Delivery.objects.filter(state=Delivery.State.PENDING, next_attempt_at__lte=now)
        .filter(Q(claimed_until=None) | Q(claimed_until__lte=now))
        .filter(Q(after=None) | ~Q(after__state=Delivery.State.PENDING) | ~Exists(unfinished))
        .exclude(full)
        .order_by("next_attempt_at", "id")
    )
    return _rows(due[:LOOKED_AT])


def _wait_for_circuits(found: Sequence[Due], known: Circuits, now: datetime) -> None:
    """What goes to a host that does not answer waits with it; that is no attempt."""
    waiting: dict[datetime, list[int]] = defaultdict(list)
    for due in found:
        if (until := known.open_until(due.user_id, due.host, now)) is not None:
            waiting[until].append(due.id)
    for until, ids in waiting.items():
        rows = Delivery.objects.filter(id__in=ids, state=Delivery.State.PENDING, next_attempt_at__lte=now)
        locked = rows.select_for_update(skip_locked=True, of=("self",)).values_list("id", flat=True)
        Delivery.objects.filter(id__in=list(locked)).update(next_attempt_at=until)


def _in_turns(found: Sequence[Due], busy: Busy, known: Circuits, free: Mapping[str, int]) -> list[Due]:
    """One of each owner, then another one of each; who has the fewest on their way begins."""
    left, channels = dict(free), set[int]()
    by_owner: dict[tuple[str, int], deque[Due]] = defaultdict(deque)
    for due in found:
        by_owner[due.lane, due.user_id].append(due)
    turns = deque(sorted(by_owner, key=lambda owner: busy.owners[owner]))
    chosen = list[Due]()
    while turns:
        owner = turns.popleft()
        lane, waiting = owner[0], by_owner[owner]
        while waiting and left.get(lane, 0) > 0:
            due = waiting.popleft()
            if due.channel_id in channels or not busy.has_room(due, known):
                continue
            chosen.append(due)
            busy.add(due)
            left[lane] -= 1
            if due.channel_id is not None:
                channels.add(due.channel_id)
            turns.append(owner)
            break
    return chosen


def _locked(chosen: Sequence[Due], now: datetime) -> list[Delivery]:
    """Those that nobody else holds: whose owner's alerts are just being sorted comes with the next claim."""
    owners = set(
        User.objects.select_for_update(skip_locked=True)
        .filter(id__in={due.user_id for due in chosen})
        .values_list("id", flat=True)
    )
    rows = (
        Delivery.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(id__in=[due.id for due in chosen if due.user_id in owners], state=Delivery.State.PENDING)
        .filter(next_attempt_at__lte=now)
        .select_related("channel")
        .prefetch_related("alerts")
        .order_by("next_attempt_at", "id")
    )
    return list(rows)
