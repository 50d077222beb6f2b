"""The way of a delivery: claimed with a lease, sent outside of any transaction, and its result written under a fence."""

import logging
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from time import monotonic
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from common.errors import PeerError
from notification_service import drafts, measures, rules
from notification_service.channels.base import Outcome, channels
from notification_service.content import Content
from notification_service.models import Attempt, Delivery, Notification, User
from notification_service.zones import zone_of

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=150)
"""Longer than any attempt can take; whose sender died is tried again after it."""
AT_ONCE = 16
"""Messages that one sweep has on their way at the same time."""
SWEEP_ENDS_AFTER = 50.0
"""Seconds after which a sweep claims no more; beat has long sent the next one."""


@dataclass(frozen=True)
class Job:
    """One claimed attempt, whole: sending it needs no database."""

    delivery_id: int
    attempt: int
    kind: str
    settings: dict[str, Any]
    content: Content
    give_up_at: datetime

    @property
    def key(self) -> str:
        """The same for every repetition."""
        return f"delivery-{self.delivery_id}"


def deliveries_send() -> int:
    """Send what is due until nothing is; returns how many attempts were made.

    A receiver that hangs holds one of `AT_ONCE` places, not the others' messages. A claim costs the same for one message
    as for many, so the next waits until half of the places are free, or a second has passed.
    """
    running: dict[Future[Outcome], Job] = {}
    done: set[Future[Outcome]] = set()
    count, ends = 0, monotonic() + SWEEP_ENDS_AFTER
    while True:
        if monotonic() < ends and (not done or len(running) <= AT_ONCE // 2):
            for job in deliveries_claim(limit=AT_ONCE - len(running)):
                running[_executor().submit(copy_context().run, attempt, job)] = job
                count += 1
        if not running:
            return count
        done = wait(running, timeout=1, return_when=FIRST_COMPLETED).done
        for future in done:
            delivery_record(job=running.pop(future), outcome=future.result())


def deliveries_claim(*, limit: int) -> list[Job]:
    """Claim up to `limit` due deliveries and make them ready to send; what need not be told any more is cancelled."""
    now = timezone.now()
    with transaction.atomic():
        due = (
            Delivery.objects.filter(state=Delivery.State.PENDING, next_attempt_at__lte=now)
            .filter(Q(after=None) | ~Q(after__state=Delivery.State.PENDING))
            .order_by("next_attempt_at", "id")
            .select_for_update(skip_locked=True, of=("self",))
        )
        claimed = list(due.values_list("id", flat=True)[:limit])
        if not claimed:
            return []
        return _leased(claimed, now)


def delivery_begin(*, delivery: Delivery) -> Job | None:
    """Claim this one delivery, which is new and not due for the sweep; None where there is nothing to send."""
    with transaction.atomic():
        jobs = _leased([delivery.id], timezone.now())
    return jobs[0] if jobs else None


def _leased(delivery_ids: Sequence[int], now: datetime) -> list[Job]:
    claimed = Delivery.objects.filter(id__in=delivery_ids)
    claimed.update(next_attempt_at=now + LEASE, attempt_count=F("attempt_count") + 1)
    jobs = []
    for delivery, draft in drafts.drafts(claimed.order_by("next_attempt_at", "id")):
        if draft is None:
            Delivery.objects.filter(id=delivery.id).update(state=Delivery.State.CANCELLED, finished_at=now)
            continue
        give_up_at = delivery.due_at + rules.GIVE_UP_AFTER
        jobs.append(Job(delivery.id, delivery.attempt_count, draft.kind, draft.settings, draft.content, give_up_at))
    Attempt.objects.bulk_create(
        [Attempt(delivery_id=job.delivery_id, number=job.attempt, started_at=now) for job in jobs]
    )
    return jobs


def attempt(job: Job) -> Outcome:
    """Hand the message over; whatever goes wrong is an outcome."""
    try:
        return channels()[job.kind].send(settings=job.settings, content=job.content, key=job.key)
    except PeerError as error:
        # Only a 400 speaks of the message; 401 or 404 would be a fleet that is just being set up.
        return Outcome(ok=False, answer=_words_of(error), permanent=error.status == 400)
    except Exception as error:
        logger.exception("Sending delivery %s failed", job.delivery_id)
        return Outcome(ok=False, answer=type(error).__name__)


def _words_of(error: PeerError) -> str:
    if isinstance(error.body, dict):
        texts = [text for texts in error.body.get("errors", {}).values() for text in texts]
        return " ".join(texts) or str(error.body.get("message", error))
    return str(error)


@transaction.atomic
def delivery_record(*, job: Job, outcome: Outcome) -> None:
    """Write how an attempt went, unless a later one has taken over meanwhile."""
    now = timezone.now()
    kind = Attempt.Outcome.DELIVERED if outcome.ok else Attempt.Outcome.TEMPORARY
    kind = Attempt.Outcome.PERMANENT if outcome.permanent else kind
    measures.attempts.labels(job.kind, kind.value).inc()
    Attempt.objects.filter(delivery_id=job.delivery_id, number=job.attempt).update(
        finished_at=now,
        outcome=kind,
        answer=outcome.answer.replace("\x00", "")[:2000],
    )
    delivery = (
        Delivery.objects.select_for_update(of=("self",))
        .select_related("channel")
        .filter(id=job.delivery_id, state=Delivery.State.PENDING, attempt_count=job.attempt)
        .first()
    )
    if delivery is None:
        return
    again = now + rules.pause(attempt=job.attempt, retry_after=outcome.retry_after)
    final = delivery.reason == Delivery.Reason.TEST or again > job.give_up_at
    if outcome.ok:
        measures.latency.observe((now - delivery.due_at).total_seconds())
        _finish(delivery, Delivery.State.DELIVERED, now)
        _remind(delivery, now)
    elif outcome.permanent or final:
        _finish(delivery, Delivery.State.FAILED, now)
        if outcome.permanent:
            _switch_off(delivery, outcome.answer, now)
    else:
        if outcome.remaining is not None:
            delivery.data = (delivery.data or {}) | {"remaining": outcome.remaining}
        delivery.next_attempt_at = again
        delivery.save(update_fields=["next_attempt_at", "data"])


def _finish(delivery: Delivery, state: Delivery.State, now: datetime) -> None:
    delivery.state, delivery.finished_at = state, now
    delivery.save(update_fields=["state", "finished_at"])


def _remind(delivery: Delivery, now: datetime) -> None:
    """The next reminder, written with the message that it reminds of; whether it is still due shows when it is sent."""
    channel = delivery.channel
    if channel is None or not channel.remind_every or delivery.reason == Delivery.Reason.TEST:
        return
    openings = list(drafts.still_open(delivery.alerts.all()))
    if openings:
        due = rules.earliest(
            now=now,
            delay=timedelta(minutes=channel.remind_every),
            quiet_from=channel.quiet_from,
            quiet_to=channel.quiet_to,
            zone=zone_of(User.objects.values_list("time_zone", flat=True).get(id=delivery.user_id)),
        )
        reminder = Delivery.objects.create(
            user_id=delivery.user_id, channel=channel, reason=Delivery.Reason.REMINDER, due_at=due, next_attempt_at=due
        )
        reminder.alerts.set(openings)


def _switch_off(delivery: Delivery, answer: str, now: datetime) -> None:
    """A channel that refuses for good is switched off, and its owner told by mail; a test tells them by itself."""
    channel = delivery.channel
    if channel is None or delivery.reason == Delivery.Reason.TEST:
        return
    switched = Notification.objects.filter(id=channel.id, enabled=True).update(
        enabled=False, disabled_reason=answer[:2000], updated_at=now
    )
    if switched:
        Delivery.objects.create(
            user_id=delivery.user_id,
            reason=Delivery.Reason.NOTICE,
            data={"channel": channel.name, "answer": answer[:2000]},
            due_at=now,
            next_attempt_at=now,
        )


@cache
def _executor() -> ThreadPoolExecutor:
    """Threads of the whole process, so that their connections to the peers are kept."""
    return ThreadPoolExecutor(max_workers=4 * AT_ONCE, thread_name_prefix="send")
