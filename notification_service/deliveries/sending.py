"""The way of a delivery: claimed with a lease, sent outside of any transaction, and its result written under a fence."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from queue import Empty, SimpleQueue
from time import monotonic

from django.db import transaction
from django.utils import timezone

from common.api.errors import PeerError
from common.between.dead_letters import NOBODYS_FAULT, dead_letter_keep, each_alone
from notification_service.channels.base import Outcome, senders
from notification_service.deliveries import quotas_used
from notification_service.deliveries.claims import deliveries_choose, is_anything_due
from notification_service.deliveries.job import Job
from notification_service.deliveries.lanes import lane, width
from notification_service.deliveries.merging import deliveries_merge
from notification_service.deliveries.recording import QUEUE, delivery_record
from notification_service.messages.message_builder import Broken, Draft, Later, drafts
from notification_service.models import Attempt, Delivery
from notification_service.rules import matching
from notification_service.rules.open_alerts import open_alerts_look

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=150)
"""Longer than any attempt can take; whose sender died is tried again after it."""
CLAIM_EVERY = 0.05
"""Seconds between two claims while messages are on their way: one costs the same for one message as for many."""
LOOK_EVERY = 1.0
"""Seconds between two looks at what is open."""
_UNCOUNTED = {Delivery.Reason.NOTICE, Delivery.Reason.TEST}
"""What is bounded by itself, and must come through where a quota is used up."""


def deliveries_send(*, stopping: Callable[[], bool] = lambda: False) -> int:
    """Send what is due until nothing is on its way; returns how many attempts were made.

    One at a time in a process: who comes second wakes the first. When `stopping` says so, nothing new is begun, and what
    hangs is left to its lease.
    """
    if not _sweep.alone.acquire(blocking=False):
        _sweep.news.put(None)
        return 0
    try:
        return _sweep.run(stopping)
    finally:
        _sweep.alone.release()


def deliveries_claim(*, limit: int) -> list[Job]:
    """Claim up to `limit` due deliveries of each lane and make them ready to send."""
    return _claim(dict.fromkeys(senders(), limit))[0]


def delivery_begin(*, delivery: Delivery) -> Job | None:
    """Claim this one delivery, which is new and not due for the sweep; None where there is nothing to send."""
    with transaction.atomic():
        jobs = _leased([delivery], timezone.now())
    return jobs[0] if jobs else None


def attempt(job: Job) -> Outcome:
    """Hand the message over; whatever goes wrong is an outcome."""
    try:
        return senders()[job.kind].send(settings=job.settings, content=job.content, key=job.key)
    except PeerError as error:
        # Only a 400 speaks of the message; 401 or 404 would be a fleet that is just being set up.
        refused = error.status == 400
        return Outcome(ok=False, answer=_words_of(error), permanent=refused, broken=refused)
    except Exception as error:
        logger.exception("Sending delivery %s failed", job.delivery_id)
        return Outcome(ok=False, answer=f"{type(error).__name__}: {error}", broken=True)


def _words_of(error: PeerError) -> str:
    if isinstance(error.body, dict):
        texts = [text for texts in error.body.get("errors", {}).values() for text in texts]
        return " ".join(texts) or str(error.body.get("message", error))
    return str(error)


def _claim(free: Mapping[str, int]) -> tuple[list[Job], bool]:
    """The jobs, and whether anything was found at all: what need not be told any more is cancelled on the way."""
    now = timezone.now()
    with transaction.atomic():
        chosen = deliveries_choose(free=free, now=now)
        return _leased(deliveries_merge(chosen, now=now), now), bool(chosen)


def _leased(deliveries: Sequence[Delivery], now: datetime) -> list[Job]:
    ids = [delivery.id for delivery in deliveries]
    rows = Delivery.objects.filter(id__in=ids).select_related("channel").prefetch_related("alerts")
    jobs = []
    for delivery, decision in drafts(list(rows.order_by("next_attempt_at", "id")), now=now):
        match decision:
            case Draft():
                if (job := _job(delivery, decision, now)) is not None:
                    jobs.append(job)
            case Later(until):
                Delivery.objects.filter(id=delivery.id).update(next_attempt_at=until, due_at=until)
            case Broken(reason):
                dead_letter_keep(queue=QUEUE, payload={"delivery_id": delivery.id}, reason=reason)
                _end(delivery, Delivery.State.FAILED, now)
            case None:
                _end(delivery, Delivery.State.CANCELLED, now)
    Attempt.objects.bulk_create(
        [Attempt(delivery_id=job.delivery_id, number=job.attempt, started_at=now) for job in jobs]
    )
    return jobs


def _job(delivery: Delivery, draft: Draft, now: datetime) -> Job | None:
    """Lease it; None where the owner's quota is used up, and it waits."""
    cost = 0 if delivery.reason in _UNCOUNTED else senders()[draft.kind].receivers(draft.settings)
    quota = quotas_used.quota_of(draft.kind)
    if cost and (until := quotas_used.waits_until(delivery.user_id, quota, cost, now=now)) is not None:
        Delivery.objects.filter(id=delivery.id).update(next_attempt_at=until)
        quotas_used.owner_tell(delivery.user_id, quota, now=now)
        return None
    delivery.attempt_count += 1
    delivery.next_attempt_at = delivery.claimed_until = now + LEASE
    delivery.save(update_fields=["attempt_count", "next_attempt_at", "claimed_until"])
    return Job(
        delivery_id=delivery.id,
        user_id=delivery.user_id,
        attempt=delivery.attempt_count,
        kind=draft.kind,
        settings=draft.settings,
        content=draft.content,
        give_up_at=delivery.due_at + matching.GIVE_UP_AFTER,
        host=delivery.channel.host if delivery.channel is not None else "",
        cost=cost,
    )


def _end(delivery: Delivery, state: Delivery.State, now: datetime) -> None:
    Delivery.objects.filter(id=delivery.id).update(state=state, finished_at=now)


class _Sweep:
    """The one sweep of a process. What is on its way stays known here when a sweep ends early, because the database went."""

    def __init__(self) -> None:
        self.alone = threading.Lock()
        self.news: SimpleQueue[tuple[Job, Outcome] | None] = SimpleQueue()
        self.running: Counter[str] = Counter()
        self.looked_at = self.claimed_at = float("-inf")

    def run(self, stopping: Callable[[], bool]) -> int:
        count, self.looked_at = 0, float("-inf")
        while not stopping():
            self._look()
            count += self._start()
            if not self.running.total():
                break
            self._wait(stopping)
        return count

    def _look(self) -> None:
        if monotonic() >= self.looked_at + LOOK_EVERY:
            self.looked_at = monotonic()
            open_alerts_look()

    def _start(self) -> int:
        """Begin what is due and has a place, as long as there is something."""
        count, found = 0, True
        free = {kind: width(kind).at_once - self.running[kind] for kind in senders()}
        while found and any(left > 0 for left in free.values()) and is_anything_due(timezone.now()):
            jobs, found = _claim(free)
            for job in jobs:
                free[job.kind] -= 1
                self.running[job.kind] += 1
                lane(job.kind).start(partial(self._errand, job))
            count += len(jobs)
        self.claimed_at = monotonic()
        return count

    def _errand(self, job: Job) -> None:
        """In a lane's thread."""
        self.news.put((job, attempt(job)))

    def _wait(self, stopping: Callable[[], bool]) -> None:
        """For news, or for a second; then it is time for another claim."""
        until = self.claimed_at + 1.0
        while self.running.total() and (left := until - monotonic()) > 0 and not stopping():
            try:
                news = self.news.get(timeout=left)
            except Empty:
                return
            if news is not None:
                self._record(news)
            until = min(until, self.claimed_at + CLAIM_EVERY)

    def _record(self, news: tuple[Job, Outcome]) -> None:
        job = news[0]
        try:
            if each_alone([news], _recorded, queue=QUEUE, describe=_described):
                Delivery.objects.filter(id=job.delivery_id).update(state=Delivery.State.FAILED, claimed_until=None)
        except NOBODYS_FAULT:
            self.news.put(news)
            raise
        self.running[job.kind] -= 1


def _recorded(news: Sequence[tuple[Job, Outcome]]) -> None:
    for job, outcome in news:
        delivery_record(job=job, outcome=outcome)


def _described(news: tuple[Job, Outcome]) -> dict[str, object]:
    job, outcome = news
    return {"delivery_id": job.delivery_id, "kind": job.kind, "answer": outcome.answer}


_sweep = _Sweep()
