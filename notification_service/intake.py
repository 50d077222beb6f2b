"""From alerts to deliveries: one transaction that stores the news and who is to be told of it when."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from notification_service import rules
from notification_service.kick import kick
from notification_service.models import (
    OPENED_BY,
    Acknowledgement,
    Alert,
    Delivery,
    DeliveryAlert,
    Endpoint,
    Notification,
    User,
)  # fmt: skip
from notification_service.users import user_ensure
from notification_service.zones import zone_of


def alerts_accept(*, alerts: Sequence[dict[str, Any]]) -> None:
    """Store what is new of `alerts`, with a delivery for each channel that wants it; repetitions change nothing.

    Raises `PeerError` where a user is not known here and user_service is away: the sender comes again.
    """
    for user_id in {alert["user_id"] for alert in alerts}:
        user_ensure(user_id=user_id)
    with transaction.atomic():
        users = {
            user.id: user
            for user in User.objects.select_for_update()
            .filter(id__in={alert["user_id"] for alert in alerts}, deleted=False)
            .order_by("id")
        }
        new = _store([alert for alert in alerts if alert["user_id"] in users])
        if new:
            _Planner(users, new).plan()
            transaction.on_commit(kick)


def incident_acknowledge(*, incident_id: UUID) -> None:
    """Somebody takes care: no more reminders."""
    Acknowledgement.objects.get_or_create(incident_id=incident_id)


def _store(alerts: Sequence[dict[str, Any]]) -> list[Alert]:
    """The rows of those that were not there; the users' locks keep everybody else from storing the same."""
    known = set(
        Alert.objects.filter(incident_id__in={alert["incident_id"] for alert in alerts}).values_list(
            "incident_id", "event"
        )
    )
    fresh: dict[tuple[UUID, str], dict[str, Any]] = {}
    for alert in alerts:
        fresh.setdefault((alert["incident_id"], alert["event"]), alert)
    rows = [Alert(**alert) for identity, alert in fresh.items() if identity not in known]
    return Alert.objects.bulk_create(sorted(rows, key=lambda alert: (alert.occurred_at, alert.event in OPENED_BY)))


@dataclass
class _Planner:
    """Sorts the new alerts of locked users into deliveries, few queries for however many alerts."""

    users: dict[int, User]
    alerts: list[Alert]
    now: datetime = field(default_factory=timezone.now)

    def plan(self) -> None:
        channels = list(Notification.objects.filter(user_id__in=self.users, enabled=True).order_by("id"))
        by_user: dict[int, list[Notification]] = defaultdict(list)
        for channel in channels:
            by_user[channel.user_id].append(channel)
        self.tags = dict(
            Endpoint.objects.filter(id__in={alert.endpoint_id for alert in self.alerts}).values_list("id", "tags")
        )
        self.waiting = self._waiting(channels)
        self.openings = self._openings(channels)
        self.created: list[Delivery] = []
        self.links: list[tuple[Delivery, Alert]] = []
        for alert in self.alerts:
            for channel in by_user[alert.user_id]:
                self._tell(channel, alert)
        self._write(channels)

    def _waiting(self, channels: Iterable[Notification]) -> dict[int, list[Delivery]]:
        """Alert messages that nobody has tried to send yet, by channel; locked, so that none is claimed meanwhile."""
        waiting: dict[int, list[Delivery]] = defaultdict(list)
        for delivery in Delivery.objects.select_for_update().filter(
            channel__in=channels, state=Delivery.State.PENDING, reason=Delivery.Reason.ALERT, attempt_count=0
        ):
            waiting[delivery.channel_id or 0].append(delivery)
        return waiting

    def _openings(self, channels: Iterable[Notification]) -> dict[tuple[int, UUID, str], Delivery]:
        """Which delivery told a channel of the beginning of what has ended now."""
        ended = {alert.incident_id for alert in self.alerts if alert.event in OPENED_BY}
        links = DeliveryAlert.objects.filter(
            alert__incident_id__in=ended, delivery__channel__in=channels, delivery__reason=Delivery.Reason.ALERT
        ).select_related("alert", "delivery")
        held = {delivery.id: delivery for deliveries in self.waiting.values() for delivery in deliveries}
        return {
            (link.delivery.channel_id or 0, link.alert.incident_id, link.alert.event): held.get(
                link.delivery_id, link.delivery
            )
            for link in links
        }

    def _tell(self, channel: Notification, alert: Alert) -> None:
        wanted = rules.matches(
            events=channel.events,
            endpoint_ids=channel.endpoint_ids,
            tags=channel.tags,
            event=alert.event,
            endpoint_id=alert.endpoint_id,
            endpoint_tags=self.tags.get(alert.endpoint_id or 0, []),
        )
        if alert.event in OPENED_BY:
            self._tell_recovery(channel, alert, wanted=wanted)
        elif wanted:
            self._attach(channel, alert)

    def _tell_recovery(self, channel: Notification, alert: Alert, *, wanted: bool) -> None:
        """A recovery follows what went out; what its channel's rules still hold back is not told at all."""
        opening = self.openings.get((channel.id, alert.incident_id, OPENED_BY[alert.event]))  # type: ignore[index]
        if opening is None or opening.state in {Delivery.State.FAILED, Delivery.State.CANCELLED}:
            return
        untried = opening in self.waiting[channel.id]
        if untried and opening.due_at > self.now + rules.GROUPED:
            self._withdraw(opening, alert)
        elif untried and wanted:
            self.links.append((opening, alert))
        elif wanted:
            self._attach(channel, alert, after=opening if opening.state == Delivery.State.PENDING else None)

    def _withdraw(self, opening: Delivery, alert: Alert) -> None:
        event = OPENED_BY[alert.event]  # type: ignore[index]
        self.links = [
            (delivery, told)
            for delivery, told in self.links
            if delivery is not opening or (told.incident_id, told.event) != (alert.incident_id, event)
        ]
        if opening.pk is not None:
            opening.deliveryalert_set.filter(alert__incident_id=alert.incident_id, alert__event=event).delete()

    def _attach(self, channel: Notification, alert: Alert, *, after: Delivery | None = None) -> None:
        """Add the alert to a message that waits anyway, or begin a new one."""
        user = self.users[channel.user_id]
        base = rules.earliest(
            now=self.now,
            delay=timedelta(seconds=0 if after or alert.event in OPENED_BY else channel.delay),
            quiet_from=channel.quiet_from,
            quiet_to=channel.quiet_to,
            zone=zone_of(user.time_zone),
        )
        for delivery in self.waiting[channel.id]:
            if after is None and delivery.after_id is None and rules.joins(due_at=delivery.due_at, base=base):
                break
        else:
            due = rules.spaced(base=base, last_due_at=channel.last_due_at)
            delivery = Delivery(
                user_id=channel.user_id, channel=channel, reason=Delivery.Reason.ALERT, due_at=due,
                next_attempt_at=due, after=after,
            )  # fmt: skip
            channel.last_due_at = max(due, channel.last_due_at or due)
            self.created.append(delivery)
            self.waiting[channel.id].append(delivery)
        self.links.append((delivery, alert))
        self.openings[channel.id, alert.incident_id, alert.event] = delivery

    def _write(self, channels: Iterable[Notification]) -> None:
        Delivery.objects.bulk_create(self.created)
        DeliveryAlert.objects.bulk_create(
            [DeliveryAlert(delivery=delivery, alert=alert) for delivery, alert in self.links]
        )
        Notification.objects.bulk_update(channels, ["last_due_at"])
        waiting = [delivery.pk for deliveries in self.waiting.values() for delivery in deliveries]
        Delivery.objects.filter(pk__in=waiting, deliveryalert=None).update(
            state=Delivery.State.CANCELLED, finished_at=self.now
        )
