"""Fair shares of the checker's slots and of what one host is asked, by owner and by host."""

import itertools
import json
from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from endpoint_check.engine.spec import spec_of
from endpoint_check.feeds.feed_sync import endpoints_apply
from endpoint_check.models import Monitor
from endpoint_check.schedule import fair_queue, leases
from endpoint_check.schedule.fair_queue import ADDRESS, BURST, FAIR, LONGEST, PATIENCE, FairQueue, HostRates, target_of
from endpoint_check.schedule.leases import Lease, OwnerShares
from endpoint_check.state.monitor_state import MonitorState
from endpoint_check.tests.test_whole_way import FOR_EVER, endpoint

RATE = 10.0
_ids = itertools.count(1)


class Simulation:
    """FairQueue under a clock of its own, with probes that last `takes` seconds."""

    def __init__(self, *, rate: float = RATE, slots: int = 100, takes: float = 0.0) -> None:
        self.turns, self.now, self.free, self.takes = FairQueue(HostRates(rate)), 1000.0, slots, takes
        self.began: list[tuple[float, int, str]] = []
        self.returned: list[tuple[Lease, float]] = []
        self._ends: list[tuple[float, Lease, str]] = []
        self.addresses: dict[str, str] = {}

    def enter(self, owner: int, host: str) -> None:
        claim = Lease(next(_ids), owner, "", 1, [], 60, datetime.now(UTC), MonitorState())
        spec = spec_of(json.dumps({"url": f"http://{host}/"}))
        if self.turns.enter(claim, spec, now=self.now, free=self.free):
            self._begin(claim)

    def _begin(self, claim: Lease) -> None:
        self.free -= 1
        self.began.append((self.now, claim.user_id, claim.host))
        self._ends.append((self.now + self.takes, claim, self.addresses.get(claim.host, "")))

    def wait(self, seconds: float) -> None:
        """Let the time pass in the loop's steps."""
        end = self.now + seconds
        while self.now < end:
            self.now += 0.05
            ended = [one for one in self._ends if one[0] <= self.now]
            self._ends = [one for one in self._ends if one[0] > self.now]
            for _, claim, address in ended:
                self.free += 1
                self.turns.ended(claim, address or None)
            for turn in self.turns.begin(now=self.now, free=self.free):
                self._begin(turn.claim)
            self.returned += self.turns.returned(self.now)

    def most_in_a_second(self) -> int:
        moments = [moment for moment, _, _ in self.began]
        return max(sum(start <= moment < start + 1 for moment in moments) for start in moments)


def test_one_host_is_asked_at_its_rate_however_many_ask():
    world = Simulation()
    for owner in range(30):
        for _ in range(5):
            world.enter(owner, "victim.example")
    world.wait(6)
    assert world.most_in_a_second() <= RATE * (1 + BURST) + 1
    assert len(world.began) + len(world.returned) + world.turns.waiting == 150
    assert len(world.began) >= 6 * RATE


@pytest.mark.parametrize("other", ["VICTIM.example", "victim.example.", "victim.EXAMPLE:8080"])
def test_a_host_is_one_however_its_name_is_written(other: str):
    world = Simulation()
    for _ in range(20):
        world.enter(1, "victim.example")
        world.enter(2, other)
    world.wait(1)
    assert world.most_in_a_second() <= RATE * (1 + BURST) + 1


def test_names_without_number_for_one_address_have_a_bounded_rate_together():
    world = Simulation()
    names = [f"n{number}.attacker.example" for number in range(400)]
    world.addresses = dict.fromkeys(names, "192.0.2.1")
    for name in names:
        world.enter(1, name)
        world.wait(0.05)
    world.began.clear()
    for name in names:
        world.enter(1, name)
    world.wait(5)
    assert world.most_in_a_second() <= ADDRESS * RATE * (1 + BURST) + 1


def test_who_asks_little_of_a_busy_host_is_not_late():
    world = Simulation()
    for _ in range(1000):
        world.enter(1, "victim.example")
    world.wait(1)
    world.enter(2, "victim.example")
    asked = world.now
    world.wait(2)
    (begun,) = [moment for moment, owner, _ in world.began if owner == 2]
    assert begun - asked <= 2 / RATE + 0.1


def test_other_hosts_do_not_wait_for_a_busy_one():
    world = Simulation()
    for _ in range(1000):
        world.enter(1, "victim.example")
    world.enter(2, "other.example")
    assert world.began[-1][1:] == (2, "other.example")


def test_what_would_wait_for_long_is_given_back_until_its_turn_comes():
    world = Simulation()
    for _ in range(500):
        world.enter(1, "victim.example")
    world.wait(0.1)
    assert world.turns.waiting <= PATIENCE * RATE + 1
    seconds = [moment for _, moment in world.returned]
    assert seconds == sorted(seconds), "one after another"
    assert max(seconds) <= LONGEST
    spread = Counter(int(moment) for moment in seconds if moment < LONGEST - 1)
    assert max(spread.values()) <= RATE + 1, "as fast as the host may be asked, so that they need not wait again"


@given(
    st.lists(st.tuples(st.integers(1, 5), st.sampled_from(["a.example", "b.example"]), st.floats(0, 0.5)), max_size=60),
    st.integers(1, 20),
    st.floats(0, 3),
)
def test_every_claim_begins_once_or_is_given_back_and_nothing_is_forgotten(asked, slots, takes):
    world = Simulation(rate=5, slots=slots, takes=takes)
    for owner, host, pause in asked:
        world.enter(owner, host)
        world.wait(pause)
        assert world.free >= 0
    world.wait(PATIENCE + takes + 2)
    assert len(world.began) + len(world.returned) == len(asked)
    assert not world.turns.waiting
    assert not world.turns.by_owner
    assert world.free == slots
    assert not world.turns._running_of
    assert not world.turns._running_at


@given(st.lists(st.integers(1, 4), min_size=1, max_size=300), st.integers(10, 200))
def test_owners_whose_checks_hang_leave_slots_to_others(asked: list[int], slots: int):
    world = Simulation(rate=0, slots=slots, takes=1e9)
    for owner in asked:
        world.enter(owner, f"{owner}.example")
    held = Counter(owner for _, owner, _ in world.began)
    for owner, count in held.items():
        assert count <= FAIR * (slots - sum(held.values()) + 1) + 1, owner
    world.enter(99, "newcomer.example")
    assert world.began[-1][1] == 99 or world.free == 0
    if slots > FAIR * 4:
        assert world.began[-1][1] == 99


def test_one_alone_may_hold_nearly_all_slots():
    world = Simulation(rate=0, slots=900, takes=1e9)
    for _ in range(900):
        world.enter(1, "hanging.example")
    assert len(world.began) >= 900 * FAIR // (FAIR + 1)


def test_without_a_rate_nothing_waits():
    world = Simulation(rate=0, slots=10_000, takes=1)
    for _ in range(5000):
        world.enter(1, "mine.example")
    assert len(world.began) == 5000


def test_the_memory_of_hosts_is_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fair_queue, "REMEMBERED", 100)
    world = Simulation()
    for number in range(1000):
        name = f"n{number}.example"
        world.addresses[name] = f"192.0.2.{number}"
        world.enter(number, name)
        world.wait(0.2)
    targets = world.turns.targets
    assert len(targets.addresses) <= 100
    assert len(targets._names) + len(targets._at) + len(targets.promised) <= 110


@pytest.mark.parametrize(
    ("url", "host"),
    [("https://A.example:8/x", "a.example"), ("a.example.:5432", "a.example"), ("http://[::1/", "http://[::1/")],
)
def test_a_target_is_the_host_of_an_address_of_any_kind(url: str, host: str):
    assert target_of(url) == host


@pytest.mark.django_db(transaction=True)
class TestClaims:
    def monitors(self, owners: dict[int, int]) -> None:
        """So many due monitors of each owner; the first owner's have been due the longest."""
        number = itertools.count(1)
        for user_id, count in owners.items():
            items = [
                endpoint("http://127.0.0.1:9/", endpoint_id=next(number), user_id=user_id, interval=FOR_EVER)
                for _ in range(count)
            ]
            endpoints_apply(items)

    def test_an_owner_with_many_due_checks_does_not_keep_others_waiting(self):
        self.monitors({1: 300, 2: 3, 3: 10})
        found, _ = leases.claim_due(region="default", limit=30, token=1, shares=OwnerShares({}, 1000))
        by_owner = Counter(claim.user_id for claim in found)
        assert by_owner[2] == 3
        assert by_owner[3] == 10
        assert by_owner[1] == 17

    def test_who_has_the_least_in_flight_comes_first_and_who_has_too_much_not_at_all(self):
        self.monitors({1: 20, 2: 20, 3: 20})
        shares = OwnerShares({1: 100, 2: 5}, 10)
        found, _ = leases.claim_due(region="default", limit=100, token=1, shares=shares)
        assert Counter(claim.user_id for claim in found) == {2: 5, 3: 10}

    def test_within_an_owner_the_longest_due_comes_first(self):
        self.monitors({1: 50})
        order = list(Monitor.objects.order_by("next_check_at").values_list("endpoint_id", flat=True)[:10])
        found, _ = leases.claim_due(region="default", limit=10, token=1, shares=OwnerShares({}, 1000))
        assert {claim.endpoint_id for claim in found} == set(order)

    def test_what_was_claimed_is_not_claimed_again(self):
        self.monitors({1: 10})
        first, _ = leases.claim_due(region="default", limit=6, token=1, shares=OwnerShares({}, 100))
        second, _ = leases.claim_due(region="default", limit=10, token=2, shares=OwnerShares({}, 100))
        assert {claim.endpoint_id for claim in first}.isdisjoint({claim.endpoint_id for claim in second})
        assert len(first) + len(second) == 10

    def test_what_is_postponed_is_due_later_for_the_same_slot_and_not_at_all_late(self):
        self.monitors({1: 2})
        Monitor.objects.filter(endpoint_id=2).update(interval=5)
        found, _ = leases.claim_due(region="default", limit=10, token=1)
        slots = {claim.endpoint_id: claim.slot for claim in found}
        leases.postpone(token=1, seconds={1: 30.0, 2: 30.0})
        leases.postpone(token=2, seconds={1: 999.0})
        for monitor in Monitor.objects.all():
            assert monitor.claim is None
            assert monitor.next_check_at is not None
            assert 25 < (monitor.next_check_at - datetime.now(UTC)).total_seconds() <= 30
        assert Monitor.objects.get(endpoint_id=1).slot_at == slots[1]
        assert Monitor.objects.get(endpoint_id=2).slot_at is None, "a newer slot of its own comes first"
