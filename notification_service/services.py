"""The rules of channels: making, changing, testing and confirming them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Case, F, OuterRef, Subquery, When
from django.utils import timezone

from common import quotas
from common.between.scopes import scope_settled
from notification_service.channels.addresses import codes_send
from notification_service.channels.base import Outcome, senders
from notification_service.deliveries import quotas_used, sending
from notification_service.deliveries.recording import delivery_record
from notification_service.deliveries.slots_of_tests import tests_slot
from notification_service.models import Delivery, DeliveryAlert, Notification, User
from notification_service.rules import matching
from notification_service.rules.open_alerts import open_alerts_look_again
from notification_service.rules.scope import endpoint_ids_check, events_settled
from notification_service.rules.zones import zone_of

MAX_TOLD = 100
"""Messages of one incident that are listed."""


def notification_create(*, user: User, values: dict[str, Any]) -> Notification:
    """A new channel; addresses that are not the user's own are asked for consent.

    Raises `QuotaExceeded`, and `ValidationFailed` for endpoints that are not the user's.
    """
    values = events_settled(scope_settled(values))
    values["endpoint_ids"] = endpoint_ids_check(
        user_id=user.id, endpoint_ids=values.get("endpoint_ids", ()), stored=None
    )
    host = senders()[values["kind"]].host(values["settings"])
    with transaction.atomic():
        User.objects.select_for_update().get(id=user.id)
        used = Notification.objects.filter(user_id=user.id).count()
        quotas.require(user.id, quotas_used.CHANNELS, used=used)
        notification = Notification.objects.create(user_id=user.id, host=host, **values)
        _ask(user, notification)
    return notification


def notification_update(
    *, user: User, notification: Notification, values: dict[str, Any], partial: bool
) -> Notification:
    """Change a channel in part, or replace it: then what is not given gets its default.

    Switching it on again clears why it was switched off, and new settings are tried with every address. What waits, and
    what is open, is judged by the new rules. Raises `ValidationFailed` for endpoints that are not the user's.
    """
    before = notification if partial else None
    values = events_settled(scope_settled(values, stored=before), channel=before)
    if "endpoint_ids" in values:
        values["endpoint_ids"] = endpoint_ids_check(
            user_id=user.id, endpoint_ids=values["endpoint_ids"], stored=notification.endpoint_ids
        )
    if not partial:
        values = _defaults() | values
    with transaction.atomic():
        User.objects.select_for_update().get(id=user.id)
        again = values.get("enabled") and not notification.enabled
        for name, value in values.items():
            setattr(notification, name, value)
        if notification.enabled:
            notification.disabled_reason = ""
        if again or "settings" in values:
            notification.refused = None
        notification.host = senders()[notification.kind].host(notification.settings)
        notification.save(update_fields=[*values, "disabled_reason", "refused", "host", "updated_at"])
        _ask(user, notification)
        open_alerts_look_again(channel_id=notification.id)
        _bring_forward(user, notification)
    return notification


def _defaults() -> dict[str, Any]:
    """What a channel is of which nothing is said."""
    names = {"enabled", "tags", "endpoint_ids", "quiet_from", "quiet_to", "delay", "remind_every"}
    return {field.name: field.get_default() for field in Notification._meta.concrete_fields if field.name in names}


def _bring_forward(user: User, channel: Notification) -> None:
    """What quiet hours or a delay hold back that are no more, or shorter, goes earlier. New ones are kept at sending."""
    now = timezone.now()
    for delivery in Delivery.objects.select_for_update().filter(
        channel=channel, state=Delivery.State.PENDING, reason=Delivery.Reason.ALERT, attempt_count=0, due_at__gt=now
    ):
        due = matching.earliest(
            now=max(now, delivery.created_at + timedelta(seconds=channel.delay)),
            delay=timedelta(),
            quiet_from=channel.quiet_from,
            quiet_to=channel.quiet_to,
            zone=zone_of(user.time_zone),
        )
        if due < delivery.due_at:
            delivery.due_at = delivery.next_attempt_at = due
            delivery.data = (delivery.data or {}) | {"held": True}
            delivery.save(update_fields=["due_at", "next_attempt_at", "data"])


def notification_test(*, notification: Notification) -> Outcome:
    """Deliver a message for real, now; it is not tried again. Raises `QuotaExceeded`, and `TestsBusy`.

    It runs in a thread that could take in alerts, so there are few at once, and one of an owner.
    """
    user_id, now = notification.user_id, timezone.now()
    with tests_slot(user_id):
        with transaction.atomic():
            User.objects.select_for_update().filter(id=user_id).first()
            quotas.require(
                user_id, quotas_used.TESTS, used=quotas_used.used(user_id, quotas_used.TESTS, now=now), retry_after=60
            )
            quotas_used.use(user_id, quotas_used.TESTS, 1, now=now)
        delivery = Delivery.objects.create(
            user_id=user_id,
            channel=notification,
            reason=Delivery.Reason.TEST,
            due_at=now,
            next_attempt_at=now + sending.LEASE,
        )
        job = sending.delivery_begin(delivery=delivery)
        if job is None:
            return Outcome(ok=False, answer="Gone.", permanent=True)
        outcome = sending.attempt(job)
        delivery_record(job=job, outcome=outcome)
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


def _ask(user: User, notification: Notification) -> None:
    if notification.kind == "email":
        codes_send(user=user, addresses=notification.settings["addresses"])
