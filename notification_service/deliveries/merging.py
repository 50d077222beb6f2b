"""What waits for one channel becomes one message when it leaves, and that message says what is over by now."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef

from common.contracts.alerts import CLOSED
from notification_service.models import Alert, Attempt, Delivery, DeliveryAlert
from notification_service.rules import incidents

_TOLD = (Delivery.Reason.ALERT, Delivery.Reason.REMINDER)


def deliveries_merge(chosen: Sequence[Delivery], *, now: datetime) -> list[Delivery]:
    """The messages to send in place of `chosen`, which are locked, at most one of each channel.

    A message that a receiver may have taken already, because nobody knows how its last attempt ended, goes again as it is:
    its key tells that it is the same. Other messages that were tried and failed get a new key when they say more.
    """
    merged = [delivery for delivery in chosen if delivery.reason not in _TOLD or delivery.channel_id is None]
    channels = {delivery.channel_id for delivery in chosen} - {delivery.channel_id for delivery in merged}
    chosen_of: dict[int, Delivery] = {}
    for delivery in chosen:
        if delivery.reason in _TOLD and delivery.channel_id is not None:
            chosen_of.setdefault(delivery.channel_id, delivery)
    waiting: dict[int, list[Delivery]] = defaultdict(list)
    for delivery in _waiting(channels, now):
        waiting[delivery.channel_id or 0].append(delivery)
    over = incidents.endings_of(
        [alert for deliveries in waiting.values() for one in deliveries for alert in one.alerts.all()]
    )
    for channel_id, delivery in chosen_of.items():
        together = waiting[channel_id]
        merged.append(_merge(together, over, now) if delivery in together else delivery)
    return merged


def _waiting(channels: set[int | None], now: datetime) -> list[Delivery]:
    """What may be sent by now on these channels, and is not on its way nor perhaps taken."""
    unfinished = Attempt.objects.filter(delivery=OuterRef("pk"), finished_at=None)
    return list(
        Delivery.objects.select_for_update(of=("self",))
        .filter(~Exists(unfinished), channel__in=channels, state=Delivery.State.PENDING, reason__in=_TOLD)
        .filter(due_at__lte=now)
        .select_related("channel")
        .prefetch_related("alerts")
        .order_by("id")
    )


def _merge(together: Sequence[Delivery], over: dict[int, Alert], now: datetime) -> Delivery:
    alerts = [one for one in together if one.reason == Delivery.Reason.ALERT]
    if not alerts:
        return together[0]
    linked = {alert.id: alert for one in alerts for alert in one.alerts.all()}
    ended = _ends_to_tell(alerts, linked, over)
    untried = [one for one in alerts if not one.attempt_count]
    if len(together) == 1 and (untried or not ended):
        return together[0]
    base = untried[-1] if untried else _anew(alerts, now)
    DeliveryAlert.objects.bulk_create(
        [DeliveryAlert(delivery=base, alert=alert) for alert in {**linked, **ended}.values()], ignore_conflicts=True
    )
    for one in together:
        if one.pk != base.pk:
            _let_go(one, now)
    return base


def _anew(alerts: Sequence[Delivery], now: datetime) -> Delivery:
    """A message with a key of its own; it is given up when the last of `alerts` would have been."""
    return Delivery.objects.create(
        user_id=alerts[0].user_id, channel=alerts[0].channel, reason=Delivery.Reason.ALERT,
        due_at=max(one.due_at for one in alerts), next_attempt_at=now,
    )  # fmt: skip


def _let_go(delivery: Delivery, now: datetime) -> None:
    """Another message says it. What some of its addresses have taken was delivered, and stays in their history."""
    if (delivery.data or {}).get("accepted"):
        delivery.state = Delivery.State.DELIVERED
    else:
        delivery.state = Delivery.State.CANCELLED
        DeliveryAlert.objects.filter(delivery=delivery).delete()
    delivery.finished_at = now
    delivery.save(update_fields=["state", "finished_at"])


def _ends_to_tell(alerts: Sequence[Delivery], linked: dict[int, Alert], over: dict[int, Alert]) -> dict[int, Alert]:
    """The ends, not told yet, of what was tried in vain."""
    ended = {}
    for delivery in alerts:
        channel = delivery.channel
        for alert in delivery.alerts.all() if channel is not None and delivery.attempt_count else ():
            ending = over.get(alert.id)
            if ending is None or ending.id in linked or ending.event == CLOSED or channel is None:
                continue
            if incidents.wants_end(channel, alert, ending):
                ended[ending.id] = ending
    return ended
