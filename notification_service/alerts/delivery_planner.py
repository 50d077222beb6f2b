"""From news to messages: which waiting message an alert joins, and which new ones are made."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from common.contracts.alerts import CLOSED
from notification_service.models import Alert, Delivery, DeliveryAlert, Endpoint, Notification, OpenAlert, User
from notification_service.rules import incidents, matching
from notification_service.rules.zones import zone_of


@dataclass
class Planner:
    """Sorts alerts of locked users into deliveries, few queries for however many alerts. `write` stores what was planned."""

    users: Mapping[int, User]
    now: datetime = field(default_factory=timezone.now)

    def __post_init__(self) -> None:
        self.channels = list(Notification.objects.filter(user_id__in=self.users, enabled=True).order_by("id"))
        self.by_id = {channel.id: channel for channel in self.channels}
        self.by_user: dict[int, list[Notification]] = defaultdict(list)
        for channel in self.channels:
            self.by_user[channel.user_id].append(channel)
        self.waiting = self._waiting()
        self.beginnings: Mapping[int, Sequence[Alert]] = {}
        self.carrying: dict[tuple[int, int], Delivery] = {}
        self.open: set[tuple[int, int]] = set()
        self.created: list[Delivery] = []
        self.links: list[tuple[Delivery, Alert]] = []

    def tell(self, alerts: Sequence[Alert]) -> None:
        """What is new, in its order: each to the channels that want it, an end to those that were told of the beginning."""
        copied = dict(Endpoint.objects.filter(id__in={alert.endpoint_id for alert in alerts}).values_list("id", "tags"))
        over = incidents.endings_of(alerts)
        endings = [alert for alert in alerts if incidents.is_ending(alert)]
        known = {alert.id for alert in alerts}
        late = [ending for ending in over.values() if ending.id not in known]
        self.expect([*endings, *late])
        first = incidents.first_endings({ending.incident_id for ending in endings})
        for alert in alerts:
            if incidents.is_ending(alert):
                if first[alert.incident_id].id == alert.id:
                    self.tell_end(alert)
                continue
            tags = alert.tags if alert.tags is not None else copied.get(alert.endpoint_id or 0, [])
            for channel in self.by_user[alert.user_id]:
                if incidents.wants(channel, alert, tags):
                    self.attach(channel, alert)
            if (ending := over.get(alert.id)) and ending.id not in known:
                self.tell_end(ending)

    def tell_end(self, ending: Alert) -> None:
        """A recovery follows what went out; what its channel's rules still hold back is not told at all."""
        for channel in self.by_user[ending.user_id]:
            self._tell_end(channel, ending)

    def attach(self, channel: Notification, alert: Alert, *, after: Delivery | None = None) -> None:
        """Add the alert to a message that waits anyway, or begin a new one."""
        base = matching.earliest(
            now=self.now,
            delay=timedelta(seconds=0 if after or incidents.is_ending(alert) else channel.delay),
            quiet_from=channel.quiet_from,
            quiet_to=channel.quiet_to,
            zone=zone_of(self.users[channel.user_id].time_zone),
        )
        for delivery in self.waiting[channel.id]:
            # What waits for a free place only is joined as if it were due now.
            due = max(delivery.due_at, min(base, self.now))
            if delivery.after_id == (after and after.pk) and matching.joins(due_at=due, base=base):
                break
        else:
            delivery = self._begin(channel, base, after)
        self._link(delivery, alert)

    def remind(self, channel: Notification, alerts: Iterable[Alert]) -> None:
        """One message, now, of everything that is still open."""
        delivery = Delivery(
            user_id=channel.user_id, channel=channel, reason=Delivery.Reason.REMINDER, due_at=self.now,
            next_attempt_at=self.now,
        )  # fmt: skip
        self.created.append(delivery)
        self.links += [(delivery, alert) for alert in alerts]

    def write(self) -> None:
        """Store what was planned, and cancel what has nothing to tell any more."""
        Delivery.objects.bulk_create(self.created)
        DeliveryAlert.objects.bulk_create(
            [DeliveryAlert(delivery=delivery, alert=alert) for delivery, alert in self.links], ignore_conflicts=True
        )
        Notification.objects.bulk_update(self.channels, ["last_due_at"])
        waiting = [delivery.pk for deliveries in self.waiting.values() for delivery in deliveries]
        Delivery.objects.filter(pk__in=waiting, deliveryalert=None).update(
            state=Delivery.State.CANCELLED, finished_at=self.now
        )

    def _waiting(self) -> dict[int, list[Delivery]]:
        """Alert messages that nobody has tried to send yet, by channel; locked, so that none is claimed meanwhile."""
        waiting: dict[int, list[Delivery]] = defaultdict(list)
        for delivery in (
            Delivery.objects.select_for_update()
            .filter(channel__in=self.channels, state=Delivery.State.PENDING, reason=Delivery.Reason.ALERT)
            .filter(attempt_count=0)
            .order_by("id")
        ):
            waiting[delivery.channel_id or 0].append(delivery)
        return waiting

    def expect(self, endings: Sequence[Alert]) -> None:
        """Learn which openings these alerts end, which messages carry them, and on which channels they are open."""
        self.beginnings = incidents.beginnings_of(endings)
        openings = [opening for found in self.beginnings.values() for opening in found]
        held = {delivery.id: delivery for deliveries in self.waiting.values() for delivery in deliveries}
        links = DeliveryAlert.objects.filter(
            alert__in=openings, delivery__channel__in=self.channels, delivery__reason=Delivery.Reason.ALERT,
            delivery__state=Delivery.State.PENDING,
        )  # fmt: skip
        for link in links.select_related("delivery").order_by("delivery_id"):
            key = (link.delivery.channel_id or 0, link.alert_id)
            self.carrying[key] = held.get(link.delivery_id, link.delivery)
        self.open.update(
            OpenAlert.objects.filter(alert__in=openings, channel__in=self.channels).values_list(
                "channel_id", "alert_id"
            )
        )

    def _tell_end(self, channel: Notification, ending: Alert) -> None:
        gone_out, joined, after = False, False, None
        for opening in self.beginnings.get(ending.id, ()):
            key = (channel.id, opening.id)
            delivery = self.carrying.get(key)
            wanted = incidents.wants_end(channel, opening, ending)
            if delivery is not None and any(delivery is one for one in self.waiting[channel.id]):
                if delivery.due_at > self.now + matching.GROUPED or ending.event == CLOSED:
                    self._withdraw(delivery, opening)
                elif wanted:
                    self._link(delivery, ending)
                    joined = True
            elif delivery is not None and wanted:
                gone_out, after = True, delivery
            elif key in self.open and wanted:
                gone_out = True
        if gone_out and not joined:
            self.attach(channel, ending, after=after)

    def _withdraw(self, delivery: Delivery, opening: Alert) -> None:
        self.links = [(one, told) for one, told in self.links if one is not delivery or told.id != opening.id]
        if delivery.pk is not None:
            delivery.deliveryalert_set.filter(alert=opening).delete()

    def _begin(self, channel: Notification, base: datetime, after: Delivery | None) -> Delivery:
        due = matching.spaced(base=base, last_due_at=channel.last_due_at)
        delivery = Delivery(
            user_id=channel.user_id, channel=channel, reason=Delivery.Reason.ALERT, due_at=due, next_attempt_at=due,
            after=after,
        )  # fmt: skip
        channel.last_due_at = max(due, channel.last_due_at or due)
        self.created.append(delivery)
        self.waiting[channel.id].append(delivery)
        return delivery

    def _link(self, delivery: Delivery, alert: Alert) -> None:
        self.links.append((delivery, alert))
        if incidents.is_opening(alert):
            self.carrying[delivery.channel_id or 0, alert.id] = delivery
