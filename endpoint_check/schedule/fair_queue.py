"""Whose check may begin: shares that are fair by owner and by watched host, whatever one of them asks for.

- A host is asked at most so often a second, over all owners and whatever name or address it is called by. Claims that
  wait for it take turns by owner; who would wait for long is given back, to be due when the turn comes.
- Of the slots an owner, or a host, may hold as many as FAIR times those that are free (the dynamic thresholds of
  Choudhury and Hahne, 1998): one alone has nearly all of them, and there is always room for others.
"""

from collections import Counter, OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeVar

import prometheus_client

from endpoint_check.engine.spec import Spec
from endpoint_check.region.network_loss import host_of
from endpoint_check.schedule.leases import Lease

FAIR = 8
BURST = 0.5
"""Seconds whose worth of checks a host may be asked at once."""
ADDRESS = 4
"""How many times a name's rate its address may have: many names share the address of a proxy."""
PATIENCE = 8.0
"""Seconds that a claim waits in memory, well within its lease."""
LONGEST = 60.0
"""Seconds after which one that was given back asks again at the latest."""
RETRY = 5.0
"""The same where nobody knows when a slot is free."""
MOST_WAITING = 2000
LOOKS = 4
"""Claims of one owner that are looked at in one turn: they may be for different names of an address."""
REMEMBERED = 50_000
"""Hosts and addresses."""
K = TypeVar("K")

waited = prometheus_client.Counter("pongpong_checks_waited", "Checks that waited for their turn, by what", ["share"])
postponed = prometheus_client.Counter("pongpong_checks_postponed", "Checks that were given back until their turn comes")


@lru_cache(maxsize=REMEMBERED)
def target_of(url: str) -> str:
    """The host by which a target's share is counted."""
    return host_of(url).lower().rstrip(".")


class HostRates:
    """How often each host was asked, in this process: for each the moment at which its allowance is unused (GCRA)."""

    def __init__(self, rate: float) -> None:
        """`rate` is in checks a second; 0 is no limit."""
        self.rate = rate
        self.addresses: dict[str, str] = {}
        self.promised: dict[tuple[str, int], float] = {}
        self._names: dict[str, float] = {}
        self._at: dict[str, float] = {}

    def learn(self, host: str, address: str | None) -> None:
        """Where a probe of the host ended, redirects included."""
        if address and self.addresses.get(host) != address:
            if len(self.addresses) >= REMEMBERED:
                del self.addresses[next(iter(self.addresses))]
            self.addresses[host] = address

    def wait(self, host: str, lane: str, now: float) -> float:
        """Seconds until it may be asked again; 0 now."""
        if not self.rate:
            return 0.0
        return max(0.0, self._names.get(host, 0.0) - now - BURST, self._at.get(lane, 0.0) - now - BURST)

    def take(self, host: str, lane: str, now: float) -> None:
        """It is asked."""
        if self.rate:
            self._names[host] = max(self._names.get(host, 0.0), now) + 1 / self.rate
            self._at[lane] = max(self._at.get(lane, 0.0), now) + 1 / (self.rate * ADDRESS)

    def forget(self, now: float) -> None:
        """What says nothing any more."""
        if len(self._names) + len(self._at) + len(self.promised) > REMEMBERED:
            self._names = {host: moment for host, moment in self._names.items() if moment > now}
            self._at = {lane: moment for lane, moment in self._at.items() if moment > now}
            self.promised = {key: moment for key, moment in self.promised.items() if moment > now}


@dataclass(slots=True)
class WaitingCheck:
    """A claim that waits, since when (s, monotonic)."""

    claim: Lease
    spec: Spec
    since: float


@dataclass
class FairQueue:
    """The shares of one check loop's slots, and what waits for them."""

    targets: HostRates
    waiting: int = 0
    by_owner: Counter[int] = field(default_factory=Counter)
    """What each owner has claimed and not finished, waiting or in flight."""
    _running_of: Counter[int] = field(default_factory=Counter)
    _running_at: Counter[str] = field(default_factory=Counter)
    _lanes: dict[str, OrderedDict[int, deque[WaitingCheck]]] = field(default_factory=dict)
    """By address (or name, while that is not known), the owners in the order of their turns."""
    _returned: list[tuple[Lease, float]] = field(default_factory=list)

    def enter(self, claim: Lease, spec: Spec, *, now: float, free: int) -> bool:
        """Whether the claim may begin at once; else it waits here, or is given back. Every claim comes here, once."""
        self.by_owner[claim.user_id] += 1
        claim.host = target_of(spec.url)
        lane = self._lane(claim)
        owners = self._lanes.get(lane)
        if owners is None or claim.user_id not in owners:
            share = self._missing(claim, lane, now, free)
            if share is None:
                self._begin(claim, lane, now)
                return True
            waited.labels(share).inc()
        seconds = self._expected(claim, lane, now)
        if seconds > PATIENCE or self.waiting >= MOST_WAITING:
            self._returned.append((claim, self._promise(claim, lane, now, seconds)))
            return False
        self._lanes.setdefault(lane, OrderedDict()).setdefault(claim.user_id, deque()).append(
            WaitingCheck(claim, spec, now)
        )
        self.waiting += 1
        return False

    def begin(self, *, now: float, free: int) -> Iterator[WaitingCheck]:
        """Those whose turn has come, up to `free`."""
        for lane in list(self._lanes):
            for turn in self._serve(lane, now, free):
                free -= 1
                yield turn
        self.targets.forget(now)

    def ended(self, claim: Lease, address: str | None = None, *, began: bool = True) -> None:
        """The claim is finished or given back; `address` is where its probe ended."""
        _less(self.by_owner, claim.user_id)
        if began:
            _less(self._running_of, claim.user_id)
            _less(self._running_at, claim.host)
            if address != claim.host:
                self.targets.learn(claim.host, address)

    def returned(self, now: float) -> list[tuple[Lease, float]]:
        """Claims that waited too long, or would; each with the seconds until it should be due again."""
        for lane, owners in list(self._lanes.items()):
            for user_id, turns in list(owners.items()):
                late = [turn for turn in turns if now - turn.since > PATIENCE]
                if not late:
                    continue
                owners[user_id] = deque(turn for turn in turns if now - turn.since <= PATIENCE)
                self.waiting -= len(late)
                self._returned += [(turn.claim, self._promise(turn.claim, lane, now, RETRY)) for turn in late]
                if not owners[user_id]:
                    del owners[user_id]
            if not owners:
                del self._lanes[lane]
        returned, self._returned = self._returned, []
        postponed.inc(len(returned))
        for claim, _ in returned:
            self.ended(claim, began=False)
        return returned

    def _lane(self, claim: Lease) -> str:
        return self.targets.addresses.get(claim.host, claim.host)

    def _missing(self, claim: Lease, lane: str, now: float, free: int) -> str | None:
        """What the claim has to wait for, if anything."""
        if free <= 0 or self._running_of[claim.user_id] >= FAIR * free:
            return "owner"
        if self._running_at[claim.host] >= FAIR * free or self.targets.wait(claim.host, lane, now) > 0:
            return "host"
        return None

    def _begin(self, claim: Lease, lane: str, now: float) -> None:
        self.targets.take(claim.host, lane, now)
        self._running_of[claim.user_id] += 1
        self._running_at[claim.host] += 1

    def _serve(self, lane: str, now: float, free: int) -> Iterator[WaitingCheck]:
        owners, idle = self._lanes[lane], 0
        while owners and idle < len(owners) and free > 0:
            user_id = next(iter(owners))
            owners.move_to_end(user_id)
            turn = self._next(owners[user_id], lane, now, free)
            if turn is None:
                idle += 1
                continue
            idle, free = 0, free - 1
            if not owners[user_id]:
                del owners[user_id]
            self.waiting -= 1
            self._begin(turn.claim, lane, now)
            yield turn
        if not owners:
            del self._lanes[lane]

    def _next(self, turns: deque[WaitingCheck], lane: str, now: float, free: int) -> WaitingCheck | None:
        for _ in range(min(LOOKS, len(turns))):
            turn = turns.popleft()
            if self._missing(turn.claim, lane, now, free) is None:
                return turn
            turns.append(turn)
        return None

    def _expected(self, claim: Lease, lane: str, now: float) -> float:
        """Seconds until the claim's turn, as far as the host's rate is what it waits for."""
        if not self.targets.rate:
            return 0.0
        owners = self._lanes.get(lane) or OrderedDict[int, deque[WaitingCheck]]()
        before = len(owners.get(claim.user_id, ())) * max(1, len(owners))
        return self.targets.wait(claim.host, lane, now) + before / self.targets.rate

    def _promise(self, claim: Lease, lane: str, now: float, seconds: float) -> float:
        """When to come again: those of one owner one after another, as fast as the host may be asked."""
        key = lane, claim.user_id
        every = max(1, len(self._lanes.get(lane, ()))) / self.targets.rate if self.targets.rate else 0.0
        moment = max(self.targets.promised.get(key, 0.0) + every, now + max(seconds, 1.0))
        self.targets.promised[key] = min(moment, now + LONGEST)
        return self.targets.promised[key] - now


def _less(counter: Counter[K], key: K) -> None:
    counter[key] -= 1
    if counter[key] <= 0:
        del counter[key]
