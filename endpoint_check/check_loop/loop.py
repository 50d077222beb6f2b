"""The check loop: claims due monitors as slots free, probes them, and commits what has finished every 250 ms.

Nothing that one monitor brings about ends it: what cannot be handled is set aside, and its monitor goes on.
"""

import logging
import secrets
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

import prometheus_client
from django.conf import settings

from common.between.dead_letters import NOBODYS_FAULT, dead_letter_keep
from common.contracts.causes import because
from common.contracts.results import ErrorCode
from endpoint_check.check_loop import commits
from endpoint_check.check_loop.commits import Finished
from endpoint_check.check_loop.evidence import Evidence
from endpoint_check.check_loop.results import finish, simplifications
from endpoint_check.engine.configuration import rule_for, user_agent
from endpoint_check.engine.multi import Engine
from endpoint_check.engine.outcome import Outcome, failed, unexpected
from endpoint_check.engine.spec import InvalidSpec, Spec, spec_of
from endpoint_check.models import UNREADABLE
from endpoint_check.region.region_hold import Guard
from endpoint_check.schedule import leases
from endpoint_check.schedule.fair_queue import FAIR, FairQueue, HostRates
from endpoint_check.schedule.leases import Lease, OwnerShares
from endpoint_check.schedule.maintenance import Windows, windows_load

logger = logging.getLogger(__name__)

COMMIT_EVERY = 0.25
"""Seconds between two commits, and between two looks for due monitors."""
TURNS_EVERY = 0.05
"""Seconds between two looks whose turn has come, while anybody waits."""
BATCH = 500
"""Monitors per claim: the cheapest batch when measured, smaller and larger ones alike cost more."""
LINGER = 1.25
"""Seconds without work after which the loop ends; dispatch looks a second ahead."""
WINDOWS_AGE = 2.0
"""Seconds for which the maintenance windows in memory are used."""
MOST_ODD = 20
"""Results that are handled singly at one commit; more wait for the next."""

checks = prometheus_client.Counter("pongpong_checks", "Checks by what they found", ["status"])
faults = prometheus_client.Counter("pongpong_unknown_checks", "Checks that failed by a fault of ours", ["error_code"])
holds = prometheus_client.Histogram(
    "pongpong_check_loop_hold_seconds",
    "How long the check loop did anything but probe",
    buckets=(0.005, 0.02, 0.1, 0.5, 2),
)


@cache
def _targets(rate: float) -> HostRates:
    """Of the process: its check loops come and go."""
    return HostRates(rate)


@cache
def _evidence() -> Evidence:
    """The same of what was kept of answers."""
    return Evidence()


class CheckLoop:
    """One run of the `check` task."""

    def __init__(self, *, region: str, stopping: Callable[[], bool], on_news: Callable[[], None]) -> None:
        """`stopping` says that the worker shuts down; `on_news` is called after a commit with alerts or states."""
        self._region = region
        self._stopping = stopping
        self._on_news = on_news
        self._token = secrets.randbits(62) + 1
        self._engine = Engine(slots=settings.CHECK_SLOTS, user_agent=user_agent(), dns_servers=settings.DNS_SERVERS)
        self._rule = rule_for(anonymous=False)
        self._turns = FairQueue(_targets(settings.CHECKS_PER_SECOND_TO_A_HOST))
        self._evidence = _evidence()
        self._finished: list[Finished] = []
        self._in_flight: dict[int, Lease] = {}
        self._waiting: list[tuple[Lease, Outcome]] = []
        self._odd: list[tuple[Lease, Outcome, Exception | None]] = []
        self._guard = Guard(region)
        self._windows = Windows()
        self._windows_read = self._turns_looked = float("-inf")
        self._backlog = False
        self._clock = (datetime.now(UTC), time.monotonic())

    def run(self, seconds: float) -> bool:
        """Check until nothing is due any more (False) or `seconds` are over (True: there may be more to do).

        It ends when nothing is in flight, and claims until then: others must not wait for sites that hang.
        """
        ends = time.monotonic() + seconds
        try:
            return self._run(ends)
        except NOBODYS_FAULT:
            raise
        except Exception:
            # A fault of ours must not keep what was claimed until the leases end.
            leases.release(token=self._token, endpoint_ids=list(self._in_flight))
            raise
        finally:
            self._guard.close()
            self._engine.close()

    def _run(self, ends: float) -> bool:
        next_tick = worked = time.monotonic()
        while True:
            now = time.monotonic()
            if self._in_flight or self._finished or self._odd:
                worked = now
            elif now >= ends or now - worked > LINGER:
                return now >= ends
            if self._stopping():
                self._commit()
                leases.release(token=self._token, endpoint_ids=list(self._in_flight))
                return False
            self._begin_turns(now)
            if now >= next_tick or (self._backlog and self._engine.free >= BATCH):
                self._backlog = self._claim()
            if now >= next_tick or len(self._finished) >= BATCH:
                self._commit()
                next_tick = now + COMMIT_EVERY
            holds.observe(time.monotonic() - now)
            for claim, outcome in self._engine.step(self._pause(next_tick)):
                self._take(claim, outcome)

    def _pause(self, next_tick: float) -> float:
        """Seconds for which the engine may wait for news."""
        if self._backlog and self._engine.free >= BATCH:
            return 0.0
        until = min(next_tick, self._turns_looked + TURNS_EVERY) if self._turns.waiting else next_tick
        return max(0.0, until - time.monotonic())

    def now(self) -> datetime:
        """The database's clock, carried on by the monotonic one: a jump of this machine's clock changes nothing."""
        moment, at = self._clock
        return moment + timedelta(seconds=time.monotonic() - at)

    def _claim(self) -> bool:
        """Start what is due; returns whether there may be more."""
        limit = min(self._engine.free, BATCH)
        if limit == 0:
            return True
        if time.monotonic() - self._windows_read > WINDOWS_AGE:
            self._windows, self._windows_read = windows_load(region=self._region), time.monotonic()
        shares = None
        if self._backlog or self._turns.waiting or 2 * self._engine.free < self._engine.slots:
            shares = OwnerShares(self._turns.by_owner, FAIR * self._engine.free)
        claimed, clock = leases.claim_due(region=self._region, limit=limit, token=self._token, shares=shares)
        if clock is not None:
            self._clock = (clock, time.monotonic())
        for claim in claimed:
            self._in_flight[claim.endpoint_id] = claim
            try:
                spec = _spec_of(claim)
                if self._turns.enter(claim, spec, now=time.monotonic(), free=self._engine.free):
                    self._engine.add(spec, self._rule, claim, owner=claim.user_id)
            except InvalidSpec as error:
                self._take(claim, failed(ErrorCode.INVALID_SPEC, error.cause))
            except Exception as error:  # whatever a spec is, it must not end the others' checks
                logger.exception("The check of endpoint %s could not begin", claim.endpoint_id)
                self._take(claim, unexpected("spec_not_read", error))
        return len(claimed) == limit

    def _begin_turns(self, now: float) -> None:
        """Start those who waited for their turn."""
        if not self._turns.waiting or now - self._turns_looked < TURNS_EVERY:
            return
        self._turns_looked = now
        for turn in self._turns.begin(now=now, free=self._engine.free):
            try:
                self._engine.add(turn.spec, self._rule, turn.claim, owner=turn.claim.user_id)
            except Exception as error:
                logger.exception("The check of endpoint %s could not begin", turn.claim.endpoint_id)
                self._take(turn.claim, unexpected("not_started", error))

    def _commit(self) -> None:
        self._give_back()
        self._guard.look(len(self._finished))
        if self._waiting and not self._guard.asking:
            waiting, self._waiting = self._waiting, []
            for claim, outcome in waiting:
                self._finish(claim, outcome)
        for portion in commits.portions(self._finished):
            self._write(portion)
            self._finished = self._finished[len(portion) :]
            if not self._stopping():
                break  # what is left comes with the next one, after a look at the sites
        self._evidence.committed()
        odd, self._odd = self._odd[:MOST_ODD], self._odd[MOST_ODD:]
        for claim, outcome, error in odd:
            self._settle(claim, outcome, error)

    def _write(self, finished: Sequence[Finished]) -> None:
        refused = commits.commit(region=self._region, token=self._token, finished=finished)
        self._odd += [(one.claim, one.outcome, None) for one in refused]
        _count(finished)
        if any(one.state_change or one.alerts for one in finished):
            self._on_news()

    def _give_back(self) -> None:
        """Those whose turn does not come soon are due again when it does."""
        returned = self._turns.returned(time.monotonic())
        if returned:
            leases.postpone(token=self._token, seconds={claim.endpoint_id: seconds for claim, seconds in returned})
            for claim, _ in returned:
                self._forget(claim)

    def _take(self, claim: Lease, outcome: Outcome) -> None:
        """Failures wait for the commit, and there for the sentinels, if it needs them."""
        if claim.host:
            self._turns.ended(claim, outcome.resolved_ip)
        if outcome.status == "down":
            self._guard.note(claim, failed=True)
            self._waiting.append((claim, outcome))
            return
        if outcome.status == "unknown":
            self._guard.leave_out()
        elif claim.status.run_count:
            self._guard.note(claim, failed=False)
        self._finish(claim, outcome)

    def _finish(self, claim: Lease, outcome: Outcome) -> None:
        """Work out what the outcome means; it is written with the next commit."""
        self._forget(claim)
        try:
            self._evidence.judge(claim, outcome, held=self._guard.held)
            self._finished.append(self._meant(claim, outcome, self._windows))
        except Exception as error:  # noqa: BLE001  whatever it is, it is told when it is settled
            self._odd.append((claim, outcome, error))

    def _meant(self, claim: Lease, outcome: Outcome, windows: Windows) -> Finished:
        return finish(claim, outcome, now=self.now(), windows=windows, region=self._region, held=self._guard.held)

    def _forget(self, claim: Lease) -> None:
        if self._in_flight.get(claim.endpoint_id) is claim:
            del self._in_flight[claim.endpoint_id]

    def _settle(self, claim: Lease, outcome: Outcome, error: Exception | None) -> None:
        """Find something simpler that can be said of a check whose result could not be handled; `error` is not set aside
        yet. A monitor of which nothing can be said begins anew.
        """
        if error is not None:
            dead_letter_keep(queue=commits.QUEUE, payload=commits.described(claim, outcome), reason=error)
        for said, windows in simplifications(outcome, error, self._windows):
            try:
                finished = self._meant(claim, said, windows)
                commits.write(region=self._region, token=self._token, finished=[finished])
                _count([finished])
            except NOBODYS_FAULT:
                raise
            except Exception:
                logger.exception("What endpoint %s was found to be could not be said", claim.endpoint_id)
            else:
                self._on_news()
                return
        leases.start_anew(region=self._region, endpoint_id=claim.endpoint_id, token=self._token)


def _count(finished: Sequence[Finished]) -> None:
    """For the metrics."""
    for status, number in Counter([one.found for one in finished]).items():
        checks.labels(status).inc(number)
    for one in finished:
        if one.outcome.status == "unknown":
            faults.labels(one.outcome.error_code).inc()


def _spec_of(claim: Lease) -> Spec:
    if claim.spec == UNREADABLE:
        raise InvalidSpec(because("settings_unreadable"))
    return spec_of(claim.spec)
