"""From claimed rows to messages: what a delivery says at the moment it is sent, or that it need not be sent any more."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet

from notification_service.addresses import confirmed_addresses
from notification_service.content import Content, Item
from notification_service.models import OPENED_BY, Acknowledgement, Alert, Delivery, Event, User

_CLOSED_BY = {opening.value: closing.value for closing, opening in OPENED_BY.items()}
_ORDER = {event.value: index for index, event in enumerate(Event)}


@dataclass(frozen=True)
class Draft:
    """A message and the channel's settings to send it with."""

    kind: str
    settings: dict[str, Any]
    content: Content


def drafts(deliveries: QuerySet[Delivery]) -> Iterator[tuple[Delivery, Draft | None]]:
    """Each delivery with its draft; None where it is not to be sent any more."""
    rows = list(deliveries.select_related("channel", "after").prefetch_related("alerts"))
    users = User.objects.in_bulk({delivery.user_id for delivery in rows})
    confirmed = confirmed_addresses(users.values())
    reminded = [alert for row in rows if row.reason == Delivery.Reason.REMINDER for alert in row.alerts.all()]
    open_ids = {alert.id for alert in still_open(reminded)}
    for delivery in rows:
        user = users.get(delivery.user_id)
        if user is None or user.deleted:
            yield delivery, None
        else:
            yield delivery, _draft(delivery, user, confirmed[user.id], open_ids)


def still_open(alerts: Iterable[Alert]) -> list[Alert]:
    """Those that began an incident which has neither ended nor been acknowledged."""
    openings = [alert for alert in alerts if alert.event in _CLOSED_BY]
    incident_ids = {alert.incident_id for alert in openings}
    ended = set(
        Alert.objects.filter(incident_id__in=incident_ids, event__in=list(OPENED_BY)).values_list(
            "incident_id", "event"
        )
    )
    taken = set(Acknowledgement.objects.filter(incident_id__in=incident_ids).values_list("incident_id", flat=True))
    return [
        alert
        for alert in openings
        if alert.incident_id not in taken and (alert.incident_id, _CLOSED_BY[alert.event]) not in ended
    ]


def _draft(delivery: Delivery, user: User, confirmed: set[str], open_ids: set[int]) -> Draft | None:
    data = delivery.data or {}
    alerts = list(delivery.alerts.all())
    if delivery.reason == Delivery.Reason.REMINDER:
        alerts = [alert for alert in alerts if alert.id in open_ids]
    telling = delivery.reason in {Delivery.Reason.ALERT, Delivery.Reason.REMINDER}
    withdrawn = delivery.after is not None and delivery.after.state != Delivery.State.DELIVERED
    if telling and (not alerts or withdrawn):
        return None
    content = Content(
        reason=delivery.reason,
        language=user.language,
        time_zone=user.time_zone,
        created_at=delivery.created_at,
        delivery_id=delivery.id,
        items=_items(alerts),
        data={name: value for name, value in data.items() if isinstance(value, str)},
    )
    channel = delivery.channel
    if channel is None:
        return Draft("email", {"addresses": [data.get("address") or user.email]}, content)
    if telling and not channel.enabled:
        return None
    settings = channel.settings
    if channel.kind == "email":
        named = data.get("remaining", settings)["addresses"]
        settings = {"addresses": [address for address in named if address.casefold() in confirmed]}
        if not settings["addresses"] and telling:
            return None
    return Draft(channel.kind, settings, content)


def _items(alerts: Iterable[Alert]) -> tuple[Item, ...]:
    """One item an incident, with its latest event."""
    latest: dict[Any, Alert] = {}
    for alert in sorted(alerts, key=lambda alert: (alert.occurred_at, _ORDER.get(alert.event, 0), alert.id)):
        latest[alert.incident_id] = alert
    return tuple(
        Item(
            incident_id=str(alert.incident_id),
            event=alert.event,
            endpoint_id=alert.endpoint_id,
            endpoint_name=alert.endpoint_name,
            url=alert.url,
            region=alert.region,
            cause=alert.cause,
            error_code=alert.error_code,
            started_at=alert.started_at,
            occurred_at=alert.occurred_at,
            duration=None if alert.duration_ms is None else timedelta(milliseconds=alert.duration_ms),
            last_good_at=alert.last_good_at,
        )
        for alert in latest.values()
    )
