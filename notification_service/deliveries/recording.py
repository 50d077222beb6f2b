"""How an attempt went: what it means to the delivery, to its channel, and to what is open there."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from common.between.dead_letters import dead_letter_keep
from common.contracts.mail_addresses import canonical
from common.formats.text import storable
from notification_service.channels.addresses import confirmed_addresses
from notification_service.channels.base import Outcome
from notification_service.deliveries import metrics, owner_notices, quotas_used
from notification_service.deliveries.circuit_breakers import circuit_record
from notification_service.deliveries.job import Job
from notification_service.models import Attempt, Delivery, Notification, OpenAlert, User
from notification_service.rules import incidents, matching
from notification_service.rules.open_alerts import open_alerts_begin

QUEUE = "deliveries"
BROKEN_AFTER = 3
"""Attempts after which a message that we cannot make or send is given up, alone."""


def delivery_record(*, job: Job, outcome: Outcome) -> None:
    """Write how an attempt went, unless a later one has taken over meanwhile."""
    now = timezone.now()
    kind = Attempt.Outcome.DELIVERED if outcome.ok else Attempt.Outcome.TEMPORARY
    kind = Attempt.Outcome.PERMANENT if outcome.permanent else kind
    metrics.attempts.labels(job.kind, kind.value).inc()
    with transaction.atomic():
        # Before the delivery's own row, in the order in which whoever sorts this owner's alerts takes them.
        list(User.objects.select_for_update().filter(id=job.user_id))
        Attempt.objects.filter(delivery_id=job.delivery_id, number=job.attempt).update(
            finished_at=now, outcome=kind, answer=storable(outcome.answer)[:2000]
        )
        if job.host:
            circuit_record(user_id=job.user_id, host=job.host, timed_out=outcome.timed_out, now=now)
        if job.cost:
            quotas_used.use(job.user_id, quotas_used.quota_of(job.kind), outcome.accepted - job.cost, now=now)
        delivery = (
            Delivery.objects.select_for_update(of=("self",))
            .select_related("channel")
            .filter(id=job.delivery_id, state=Delivery.State.PENDING, attempt_count=job.attempt)
            .first()
        )
        if delivery is not None:
            _Record(delivery, job, outcome, now).write()


class _Record:
    """The meaning of an attempt for its delivery, whose row is locked."""

    def __init__(self, delivery: Delivery, job: Job, outcome: Outcome, now: datetime) -> None:
        self.delivery, self.job, self.outcome, self.now = delivery, job, outcome, now
        self.data = dict(delivery.data or {})
        self.again = now + matching.pause(attempt=job.attempt, retry_after=outcome.retry_after)
        self.is_test = delivery.reason == Delivery.Reason.TEST

    def write(self) -> None:
        self.delivery.claimed_until = None
        if (self.outcome.ok or self.outcome.accepted) and not self.data.get("accepted"):
            _went_out(self.delivery, self.now)
            self.data["accepted"] = True
        if self.outcome.ok:
            metrics.latency.observe((self.now - self.delivery.due_at).total_seconds())
            _finish(self.delivery, Delivery.State.DELIVERED, self.now)
        elif self._is_final():
            taken = self.data.get("accepted")
            _finish(self.delivery, Delivery.State.DELIVERED if taken else Delivery.State.FAILED, self.now)
        else:
            self._try_again()
        if not self.is_test:
            self._judge_channel()

    def _is_final(self) -> bool:
        if self.outcome.broken and (self.outcome.permanent or self.job.attempt >= BROKEN_AFTER):
            payload = {"delivery_id": self.delivery.id, "kind": self.job.kind, "reason": self.delivery.reason}
            dead_letter_keep(queue=QUEUE, payload=payload, reason=self.outcome.answer)
            return True
        return self.is_test or self.outcome.permanent or self.again > self.job.give_up_at

    def _try_again(self) -> None:
        if self.outcome.remaining is not None:
            self.data["remaining"] = self.outcome.remaining
        self.delivery.data = self.data or None
        self.delivery.next_attempt_at = self.again
        self.delivery.save(update_fields=["next_attempt_at", "data", "claimed_until"])

    def _judge_channel(self) -> None:
        """One that refuses for good is switched off; of several receivers only the one that refuses is left out."""
        channel, outcome = self.delivery.channel, self.outcome
        if channel is None or outcome.broken:
            return
        if outcome.refused:
            told = _leave_out(channel, dict(outcome.refused))
            if _addresses_left(channel):
                if told:
                    owner_notices.addresses_refused(channel, told, self.now)
                return
        if outcome.permanent or outcome.refused:
            owner_notices.channel_switch_off(channel, outcome.answer, self.now)


def _leave_out(channel: Notification, refused: dict[str, str]) -> dict[str, str]:
    """Nothing goes to these addresses any more; returns those that are new."""
    known = channel.refused or {}
    new = {address: answer for address, answer in refused.items() if canonical(address) not in known}
    channel.refused = known | {canonical(address): storable(answer)[:500] for address, answer in new.items()}
    channel.save(update_fields=["refused"])
    return new


def _addresses_left(channel: Notification) -> bool:
    user = User.objects.get(id=channel.user_id)
    confirmed, refused = confirmed_addresses([user])[user.id], channel.refused or {}
    return any(canonical(one) in confirmed and canonical(one) not in refused for one in channel.settings["addresses"])


def _finish(delivery: Delivery, state: Delivery.State, now: datetime) -> None:
    delivery.state, delivery.finished_at = state, now
    delivery.save(update_fields=["state", "finished_at", "claimed_until"])


def _went_out(delivery: Delivery, now: datetime) -> None:
    """Its receiver knows: what began is open there, what ended is not any more, and who was reminded is reminded later."""
    channel = delivery.channel
    if channel is None or delivery.reason not in {Delivery.Reason.ALERT, Delivery.Reason.REMINDER}:
        return
    alerts = list(delivery.alerts.all())
    open_there = OpenAlert.objects.filter(channel=channel)
    if delivery.reason == Delivery.Reason.REMINDER:
        every = timedelta(minutes=channel.remind_every)
        open_there.filter(alert__in=alerts).update(reminded_at=now, look_at=now + every if every else None)
        return
    endings = [alert for alert in alerts if incidents.is_ending(alert)]
    ended = {opening.id for found in incidents.beginnings_of(endings).values() for opening in found}
    if ended:
        open_there.filter(alert__in=ended).delete()
    openings = [alert for alert in alerts if incidents.is_opening(alert) and alert.id not in ended]
    if openings:
        open_alerts_begin(channel=channel, openings=openings, now=now)
