"""Holding a region's verdicts while its own network is away: asked of the sentinels, recorded, told to its users."""

import logging
import time
import uuid
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from common.contracts.causes import because
from common.formats.ids import uuid7
from endpoint_check.models import AlertOutbox, Monitor, RegionHold
from endpoint_check.outbox import messages
from endpoint_check.outbox.messages import Alert
from endpoint_check.region.network_loss import Suspicion, Tally, most_fail
from endpoint_check.region.sentinels import Question
from endpoint_check.schedule.leases import Lease

logger = logging.getLogger(__name__)

ASK_EVERY = 5.0
"""Seconds between two questions to the sentinels."""
READ_EVERY = 1.0
"""Seconds after which a worker knows what another one has found."""
_tallies: defaultdict[str, Tally] = defaultdict(Tally)
"""The counts of this process by region, which outlive its check loops."""


def hold_open(*, region: str, suspicion: Suspicion, failing: list[str]) -> bool:
    """Record that the region's verdicts are held and tell its users, once; False where they are held already."""
    hold = RegionHold(
        id=uuid7(timezone.now()),
        region=region,
        held_from=timezone.now(),
        checked=suspicion.checked,
        failed=suspicion.failed,
        hosts=suspicion.hosts,
        sentinels=failing,
    )
    with transaction.atomic():
        RegionHold.objects.bulk_create([hold], ignore_conflicts=True)
        if not RegionHold.objects.filter(id=hold.id).exists():
            return False
        _tell(hold)
    logger.error(
        "The region %s holds its verdicts: %s of %s checks failed on %s hosts, and so did its sentinels %s",
        region, suspicion.failed, suspicion.checked, suspicion.hosts, ", ".join(failing),
    )  # fmt: skip
    return True


def holds_close(*, region: str) -> None:
    """The region's network is back, or nobody can tell any more; its users are told, once."""
    with transaction.atomic():
        holds = list(RegionHold.objects.select_for_update().filter(region=region, held_until=None))
        for hold in holds:
            hold.held_until = timezone.now()
            hold.save(update_fields=["held_until"])
            _tell(hold)
    if holds:
        logger.warning("The region %s holds its verdicts no more", region)


def held_from(*, region: str) -> datetime | None:
    """Since when the region's verdicts are held; None where they are not."""
    return RegionHold.objects.filter(region=region, held_until=None).values_list("held_from", flat=True).first()


def monitors_with_hold() -> QuerySet[Monitor]:
    """The region's monitors with `region_held_from`: since when its verdicts are held, or None."""
    holds = RegionHold.objects.filter(region=OuterRef("region"), held_until=None)
    return Monitor.objects.filter(region=settings.REGION).annotate(
        region_held_from=Subquery(holds.values("held_from")[:1])
    )


def _tell(hold: RegionHold) -> None:
    """Tell each who has endpoints there what became of the hold, in the caller's transaction."""
    users = Monitor.objects.filter(region=hold.region, enabled=True).values_list("user_id", flat=True).distinct()
    alerts = [messages.encode(_alert(hold, user_id)).decode() for user_id in users]
    AlertOutbox.objects.bulk_create([AlertOutbox(region=hold.region, payload=alert) for alert in alerts])


def _alert(hold: RegionHold, user_id: int) -> Alert:
    """That it began, or that it is over: both are one incident of that user's."""
    cause = because("region_held", region=hold.region)
    ended = hold.held_until
    return Alert(
        incident_id=str(uuid.uuid5(hold.id, str(user_id))),
        event="region_back" if ended else "region_held",
        endpoint_id=None,
        user_id=user_id,
        endpoint_name="",
        url="",
        region=hold.region,
        cause=str(cause),
        cause_data=cause,
        error_code="region_offline",
        started_at=hold.held_from,
        occurred_at=ended or hold.held_from,
        duration_ms=round((ended - hold.held_from).total_seconds() * 1000) if ended else None,
        last_good_at=None,
    )


@dataclass
class Guard:
    """A check loop's watch over its region. Without sentinels it does nothing."""

    region: str
    held: bool = False
    _question: Question | None = None
    _suspicion: Suspicion | None = None
    _asked: float = float("-inf")
    _read: float = float("-inf")
    _failed: dict[int, str] = field(default_factory=dict)
    _checked: int = 0

    @property
    def asking(self) -> bool:
        """Whether failures should wait for the sentinels' answer."""
        return self._question is not None and not self.held

    def note(self, claim: Lease, *, failed: bool) -> None:
        """Count what is no plain good check: a failure, and a check that confirms, which counts for nothing."""
        status = claim.status
        if status.run_count:
            self._checked -= not failed
            return
        self._checked += failed
        if failed and claim.host and status.condition in {"up", "degraded"} and not status.in_maintenance:
            self._failed[claim.endpoint_id] = claim.host

    def leave_out(self) -> None:
        """A result that says nothing of the network, among those that `look` is told of."""
        self._checked -= 1

    def look(self, good: int) -> None:
        """Before each commit, with how many good results it has: see whether anything changed."""
        if not settings.REGION_SENTINELS:
            self._failed, self._checked = {}, 0
            return
        now, tally = time.monotonic(), _tallies[self.region]
        if good or self._checked:
            tally.add(now, checked=good + self._checked, failed=self._failed)
            self._failed, self._checked = {}, 0
        if now - self._read >= READ_EVERY:
            self._read = now
            self.held = held_from(region=self.region) is not None
        if self._question is not None:
            answer = self._question.answer()
            if answer is not None:
                self._question.close()
                self._question = None
                self._judge(answer)
        elif now - self._asked >= ASK_EVERY:
            self._suspicion = tally.suspicion(now)
            if self.held or self._suspicion is not None:
                self._asked, self._question = now, Question(settings.REGION_SENTINELS)

    def close(self) -> None:
        """The loop ends; an open question is not answered any more."""
        if self._question is not None:
            self._question.close()
            self._question = None

    def _judge(self, answer: Mapping[str, bool]) -> None:
        failing = [url for url, failed in answer.items() if failed]
        if not most_fail(list(answer.values())):
            if self.held:
                _tallies[self.region].clear()
                holds_close(region=self.region)
            self.held = False
        elif not self.held and self._suspicion is not None:
            hold_open(region=self.region, suspicion=self._suspicion, failing=failing)
            self.held = True
