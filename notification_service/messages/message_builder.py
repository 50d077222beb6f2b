"""From claimed rows to messages: what a delivery says at the moment it is sent, or that it need not be sent, or not yet."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from common.contracts.alerts import CLOSED
from common.contracts.mail_addresses import canonical
from notification_service.channels.addresses import confirmed_addresses
from notification_service.messages.content import Content, Item
from notification_service.models import Alert, Delivery, DeliveryAlert, Notification, OpenAlert, User
from notification_service.rules import incidents, matching
from notification_service.rules.open_alerts import AGAIN, TOGETHER, reminder_at
from notification_service.rules.present import Present
from notification_service.rules.zones import zone_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Draft:
    """A message and the channel's settings to send it with."""

    kind: str
    settings: dict[str, Any]
    content: Content


@dataclass(frozen=True)
class Later:
    """It may not go yet, and is looked at again then."""

    until: datetime


@dataclass(frozen=True)
class Broken:
    """Nobody can make a message of it."""

    reason: str


Decision = Draft | Later | Broken | None


def drafts(deliveries: Sequence[Delivery], *, now: datetime) -> Iterator[tuple[Delivery, Decision]]:
    """Each delivery with its draft; None where it is not to be sent any more. One that cannot be judged is broken alone."""
    desk = Desk(deliveries, now)
    for delivery in deliveries:
        try:
            yield delivery, desk.decide(delivery)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            logger.exception("Delivery %s cannot be made a message of", delivery.id)
            yield delivery, Broken(f"{type(error).__name__}: {error}")


class Desk:
    """What several deliveries have to be judged by, read once."""

    def __init__(self, deliveries: Sequence[Delivery], now: datetime) -> None:
        self.deliveries, self.now = deliveries, now
        self.alerts = [alert for delivery in deliveries for alert in delivery.alerts.all()]
        self.users = User.objects.in_bulk({delivery.user_id for delivery in deliveries})
        self.confirmed = confirmed_addresses(self.users.values())

    @cached_property
    def present(self) -> Present:
        return Present(self.now, self.alerts)

    @cached_property
    def open(self) -> dict[tuple[int, int], OpenAlert]:
        """By channel and opening, also those that an end in these messages belongs to."""
        openings = {alert.id for found in self.beginnings.values() for alert in found}
        rows = OpenAlert.objects.filter(
            channel__in={delivery.channel_id for delivery in self.deliveries},
            alert__in=openings | {alert.id for alert in self.alerts},
        ).select_related("channel", "alert")
        return {(row.channel_id, row.alert_id): row for row in rows}

    @cached_property
    def beginnings(self) -> dict[int, list[Alert]]:
        return incidents.beginnings_of([alert for alert in self.alerts if incidents.is_ending(alert)])

    def decide(self, delivery: Delivery) -> Decision:
        """What becomes of it now."""
        user, channel = self.users.get(delivery.user_id), delivery.channel
        if user is None or user.deleted:
            return None
        if delivery.reason not in {Delivery.Reason.ALERT, Delivery.Reason.REMINDER}:
            return self._draft(delivery, user, ())
        if channel is None or not channel.enabled:
            return None
        until = matching.earliest(
            now=self.now,
            delay=timedelta(),
            quiet_from=channel.quiet_from,
            quiet_to=channel.quiet_to,
            zone=zone_of(user.time_zone),
        )
        if until > self.now:
            return Later(until)
        if delivery.reason == Delivery.Reason.REMINDER:
            alerts = self._still_due(delivery, channel, user)
        else:
            alerts, held = self._still_news(delivery, channel)
            if held and not alerts:
                return Later(self.now + AGAIN)
            self._put_off(delivery, held)
        return self._draft(delivery, user, alerts) if alerts else None

    def _still_due(self, delivery: Delivery, channel: Notification, user: User) -> list[Alert]:
        """What a reminder reminds of; what it does not any more is looked at again when that can change."""
        due = []
        for alert in delivery.alerts.all():
            row = self.open.get((channel.id, alert.id))
            if row is None:
                continue
            at = reminder_at(row, self.present, zone_of(user.time_zone))
            if at is not None and at <= self.now + TOGETHER:
                due.append(alert)
            else:
                OpenAlert.objects.filter(id=row.id).update(look_at=self.now if alert.id in self.present.endings else at)
        return due

    def _still_news(self, delivery: Delivery, channel: Notification) -> tuple[list[Alert], list[Alert]]:
        """What the message tells, and what a window holds back. What is not to be told any more is taken out of it."""
        linked = list(delivery.alerts.all())
        here = {alert.id for alert in linked}
        untried = not delivery.attempt_count
        held_back = untried and _was_held_back(delivery)
        told, held = list[Alert](), list[Alert]()
        for alert in linked:
            if incidents.is_ending(alert):
                if self._follows(channel, alert, here):
                    told.append(alert)
            elif untried and not self._wanted(channel, alert):
                continue
            elif (ending := self.present.endings.get(alert.id)) is not None:
                if ending.event != CLOSED and (ending.id in here or not held_back):
                    told.append(alert)
            elif held_back and incidents.is_opening(alert) and self.present.in_window(alert):
                held.append(alert)
            else:
                told.append(alert)
        gone = here - {alert.id for alert in [*told, *held]}
        if gone:
            DeliveryAlert.objects.filter(delivery=delivery, alert__in=gone).delete()
        return told, held

    def _follows(self, channel: Notification, ending: Alert, here: set[int]) -> bool:
        """Whether what it ends went out there, or goes with it; what was closed before anybody knew of it is no news."""
        begun = self.beginnings.get(ending.id, [])
        went_out = any((channel.id, opening.id) in self.open for opening in begun)
        return went_out or (ending.event != CLOSED and any(opening.id in here for opening in begun))

    def _wanted(self, channel: Notification, alert: Alert) -> bool:
        """By the channel's rules of now, and by the tags that the endpoint had when it happened."""
        tags = alert.tags if alert.tags is not None else self.present.tags(alert)
        return incidents.wants(channel, alert, tags)

    def _put_off(self, delivery: Delivery, held: Sequence[Alert]) -> None:
        """What a window holds back leaves the others, and is looked at again."""
        if held:
            DeliveryAlert.objects.filter(delivery=delivery, alert__in=held).delete()
            due = self.now + AGAIN
            later = Delivery.objects.create(
                user_id=delivery.user_id, channel=delivery.channel, reason=delivery.reason, due_at=due,
                next_attempt_at=due, data={"held": True},
            )  # fmt: skip
            DeliveryAlert.objects.bulk_create([DeliveryAlert(delivery=later, alert=alert) for alert in held])

    def _draft(self, delivery: Delivery, user: User, alerts: Sequence[Alert]) -> Draft | None:
        data, channel = delivery.data or {}, delivery.channel
        content = Content(
            reason=delivery.reason,
            language=user.language,
            time_zone=user.time_zone,
            created_at=delivery.created_at,
            delivery_id=delivery.id,
            items=self._items(alerts),
            data={name: value for name, value in data.items() if isinstance(value, str)},
        )
        if channel is None:
            return Draft("email", {"addresses": [data.get("address") or user.email]}, content)
        settings = channel.settings
        if channel.kind == "email":
            named = data.get("remaining", settings)["addresses"]
            settings = {"addresses": self._open_addresses(channel, named)}
            if not settings["addresses"] and delivery.reason != Delivery.Reason.TEST:
                return None
        return Draft(channel.kind, settings, content)

    def _open_addresses(self, channel: Notification, named: Sequence[str]) -> list[str]:
        """Those that have agreed, and do not refuse our mail."""
        confirmed, refused = self.confirmed[channel.user_id], channel.refused or {}
        return [one for one in named if canonical(one) in confirmed and canonical(one) not in refused]

    def _items(self, alerts: Sequence[Alert]) -> tuple[Item, ...]:
        """One item an incident: how it ended where it is over, else its latest event."""
        latest = dict[UUID, Alert]()
        over = self.present.endings if alerts else {}
        for alert in sorted(alerts, key=lambda one: (one.occurred_at, one.id)):
            shown = over.get(alert.id, alert)
            known = latest.get(alert.incident_id)
            if known is None or not incidents.is_ending(known):
                latest[alert.incident_id] = shown
        replaced = {alert.incident_id for alert in alerts if alert.superseded_by in latest}
        shown_once = {alert.id: alert for incident, alert in latest.items() if incident not in replaced}
        return tuple(_item(alert) for alert in shown_once.values())


def _was_held_back(delivery: Delivery) -> bool:
    """By a delay, quiet hours or a window; what was grouped was not."""
    return bool((delivery.data or {}).get("held")) or delivery.due_at - delivery.created_at > 2 * matching.GROUPED


def _item(alert: Alert) -> Item:
    return Item(
        incident_id=str(alert.incident_id),
        event=alert.event,
        endpoint_id=alert.endpoint_id,
        endpoint_name=alert.endpoint_name,
        url=alert.url,
        region=alert.region,
        cause=alert.cause,
        cause_data=alert.cause_data,
        error_code=alert.error_code,
        reason=alert.reason,
        started_at=alert.started_at,
        occurred_at=alert.occurred_at,
        duration=None if alert.duration_ms is None else timedelta(milliseconds=alert.duration_ms),
        last_good_at=alert.last_good_at,
    )
