"""The rules of channels: making, changing, testing and confirming them."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Case, F, OuterRef, Subquery, When
from django.utils import timezone

from common.crypto import MASK
from notification_service import sending
from notification_service.addresses import codes_send
from notification_service.channels.base import Outcome, channels
from notification_service.errors import TooManyChannels
from notification_service.models import Delivery, DeliveryAlert, Notification, User

MAX_CHANNELS = 50
MAX_TOLD = 100
"""Messages of one incident that are listed."""


def notification_create(*, user: User, values: dict[str, Any]) -> Notification:
    """A new channel; addresses that are not the user's own are asked for consent. Raises `TooManyChannels`."""
    with transaction.atomic():
        User.objects.select_for_update().get(id=user.id)
        if Notification.objects.filter(user_id=user.id).count() >= MAX_CHANNELS:
            raise TooManyChannels
        notification = Notification.objects.create(user_id=user.id, **values)
        _ask(user, notification)
    return notification


def notification_update(*, user: User, notification: Notification, values: dict[str, Any]) -> Notification:
    """Change a channel; switching it on again clears why it was switched off."""
    with transaction.atomic():
        for name, value in values.items():
            setattr(notification, name, value)
        if notification.enabled:
            notification.disabled_reason = ""
        notification.save(update_fields=[*values, "disabled_reason", "updated_at"])
        _ask(user, notification)
    return notification


def notification_test(*, notification: Notification) -> Outcome:
    """Deliver a message for real, now; it is not tried again."""
    now = timezone.now()
    delivery = Delivery.objects.create(
        user_id=notification.user_id,
        channel=notification,
        reason=Delivery.Reason.TEST,
        due_at=now,
        next_attempt_at=now + sending.LEASE,
    )
    job = sending.delivery_begin(delivery=delivery)
    if job is None:
        return Outcome(ok=False, answer="Gone.", permanent=True)
    outcome = sending.attempt(job)
    sending.delivery_record(job=job, outcome=outcome)
    return outcome


def incident_deliveries(*, incident_id: UUID) -> list[Delivery]:
    """The messages that speak of an incident, oldest first, with `event` (the latest they tell) and `delivered_at`."""
    links = DeliveryAlert.objects.filter(alert__incident_id=incident_id)
    latest = links.filter(delivery=OuterRef("pk")).order_by("-alert__occurred_at", "-alert_id")
    deliveries = Delivery.objects.filter(id__in=links.values("delivery_id")).select_related("channel")
    return list(
        deliveries.annotate(
            event=Subquery(latest.values("alert__event")[:1]),
            delivered_at=Case(When(state=Delivery.State.DELIVERED, then=F("finished_at"))),
        ).order_by("id")[:MAX_TOLD]
    )


def settings_masked(*, kind: str, settings: dict[str, Any]) -> dict[str, Any]:
    """The settings as they may be shown: secrets only as present or not."""
    secret = channels()[kind].secrets
    return {name: MASK if name in secret and value else value for name, value in settings.items()}


def settings_unmasked(*, kind: str, settings: dict[str, Any], stored: dict[str, Any]) -> dict[str, Any]:
    """The settings with each mask replaced by what is stored; without a stored value the mask stays."""
    secret = channels()[kind].secrets
    return {
        name: stored[name] if name in secret and value == MASK and name in stored else value
        for name, value in settings.items()
    }


def _ask(user: User, notification: Notification) -> None:
    if notification.kind == "email":
        codes_send(user=user, addresses=notification.settings["addresses"])
