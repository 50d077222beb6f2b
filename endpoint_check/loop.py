"""The check loop: claims due monitors as slots free, probes them, and commits what has finished every 250 ms."""

import logging
import secrets
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import prometheus_client
from django.conf import settings

from endpoint_check import claims
from endpoint_check.claims import Claim, Finished
from endpoint_check.engine.multi import Engine
from endpoint_check.engine.outcome import ErrorCode, Outcome, failed, unexpected
from endpoint_check.engine.rules import rule_for, user_agent
from endpoint_check.engine.spec import InvalidSpec, spec_of
from endpoint_check.finishing import finish
from endpoint_check.holding import Guard
from endpoint_check.maintenance import Windows, windows_load

logger = logging.getLogger(__name__)

COMMIT_EVERY = 0.25
"""Seconds between two commits, and between two looks for due monitors."""
BATCH = 500
"""Monitors per statement: the cheapest batch when measured, smaller and larger ones alike cost more."""
LINGER = 1.25
"""Seconds without work after which the loop ends; dispatch looks a second ahead."""
WINDOWS_AGE = 2.0
"""Seconds for which the maintenance windows in memory are used."""

checks = prometheus_client.Counter("pongpong_checks", "Checks by what they found", ["status"])


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
        self._finished: list[Finished] = []
        self._in_flight: dict[int, Claim] = {}
        self._waiting: list[tuple[Claim, Outcome]] = []
        self._guard = Guard(region)
        self._windows = Windows()
        self._windows_read = float("-inf")
        self._clock = (datetime.now(UTC), time.monotonic())

    def run(self, seconds: float) -> bool:
        """Check until nothing is due any more (False) or `seconds` are over (True: there may be more to do).

        It ends when nothing is in flight, and claims until then: others must not wait for sites that hang.
        """
        ends = time.monotonic() + seconds
        try:
            return self._run(ends)
        finally:
            self._guard.close()
            self._engine.close()

    def _run(self, ends: float) -> bool:
        next_tick = worked = time.monotonic()
        more = False
        while True:
            now = time.monotonic()
            if self._in_flight:
                worked = now
            elif now >= ends or now - worked > LINGER:
                self._commit()
                return now >= ends
            if self._stopping():
                self._commit()
                claims.release(token=self._token, endpoint_ids=list(self._in_flight))
                return False
            if now >= next_tick or (more and self._engine.free >= BATCH):
                more = self._claim()
            if now >= next_tick or len(self._finished) >= BATCH:
                self._commit()
                next_tick = now + COMMIT_EVERY
            wait = 0.0 if more and self._engine.free >= BATCH else max(0.0, next_tick - time.monotonic())
            for claim, outcome in self._engine.step(wait):
                self._take(claim, outcome)

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
        claimed, clock = claims.claim_due(region=self._region, limit=limit, token=self._token)
        if clock is not None:
            self._clock = (clock, time.monotonic())
        for claim in claimed:
            self._in_flight[claim.endpoint_id] = claim
            try:
                spec = spec_of(claim.spec)
            except InvalidSpec as error:
                self._take(claim, failed(ErrorCode.INVALID_SPEC, str(error)))
            except Exception as error:  # whatever a spec is, it must not end the others' checks
                logger.exception("The spec of endpoint %s could not be read", claim.endpoint_id)
                self._take(claim, unexpected("The spec could not be read", error))
            else:
                self._engine.add(spec, self._rule, claim)
        return len(claimed) == limit

    def _commit(self) -> None:
        self._guard.look(len(self._finished))
        if self._waiting and not self._guard.asking:
            waiting, self._waiting = self._waiting, []
            for claim, outcome in waiting:
                self._finish(claim, outcome)
        if not self._finished:
            return
        finished, self._finished = self._finished, []
        claims.commit(region=self._region, token=self._token, finished=finished)
        for status, number in Counter([one.report.status for one in finished]).items():
            checks.labels(status).inc(number)
        if any(one.state_change or one.alerts for one in finished):
            self._on_news()

    def _take(self, claim: Claim, outcome: Outcome) -> None:
        """Failures wait for the commit, and there for the sentinels, if it needs them."""
        if outcome.status == "down":
            self._guard.note(claim, failed=True)
            self._waiting.append((claim, outcome))
            return
        if claim.status.run_count:
            self._guard.note(claim, failed=False)
        self._finish(claim, outcome)

    def _finish(self, claim: Claim, outcome: Outcome) -> None:
        """Work out what the outcome means; it is written with the next commit."""
        if self._in_flight.get(claim.endpoint_id) is claim:
            del self._in_flight[claim.endpoint_id]
        self._finished.append(
            finish(
                claim,
                outcome,
                now=self.now(),
                windows=self._windows,
                region=self._region,
                held=self._guard.held,
            )
        )
