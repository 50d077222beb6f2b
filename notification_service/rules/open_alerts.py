"""Reminders, and ends that could not be told when they came: decided by looking at what is open, at the moment."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from common.contracts.alerts import ENDINGS
from notification_service.alerts.delivery_planner import Planner
from notification_service.models import Alert, Delivery, DeliveryAlert, Notification, OpenAlert, User
from notification_service.rules import incidents, matching
from notification_service.rules.present import Present
from notification_service.rules.zones import zone_of

AT_ONCE = 500
"""Rows of one look."""
TOGETHER = timedelta(seconds=60)
"""Reminders of one channel that are due within this are one message."""
AGAIN = timedelta(seconds=60)
"""What holds a reminder back, and can change without a word to us, is looked at again after this."""


def open_alerts_look(*, now: datetime | None = None) -> int:
    """Plan the reminders and ends that are due; returns how many rows were looked at."""
    now = now or timezone.now()
    due = OpenAlert.objects.filter(look_at__lte=now)
    owners = set(due.order_by("look_at").values_list("channel__user_id", flat=True)[:AT_ONCE])
    if not owners:
        return 0
    with transaction.atomic():
        users = {
            user.id: user
            for user in User.objects.select_for_update(skip_locked=True).filter(id__in=owners).order_by("id")
        }
        rows = list(
            OpenAlert.objects.select_for_update(of=("self",))
            .filter(channel__user_id__in=users, look_at__lte=now + TOGETHER)
            .select_related("channel", "alert")
            .order_by("look_at", "id")[: 2 * AT_ONCE]
        )
        _Look(users, rows, now).decide()
    return len(rows)


class _Look:
    def __init__(self, users: dict[int, User], rows: Sequence[OpenAlert], now: datetime) -> None:
        self.users, self.rows, self.now = users, rows, now
        self.planner = Planner(users, now)
        self.present = Present(now, [row.alert for row in rows])
        self.planner.expect(list(self.present.endings.values()))
        channels = {row.channel_id for row in rows}
        pending = Delivery.objects.filter(channel__in=channels, state=Delivery.State.PENDING)
        self.reminding = set(pending.filter(reason=Delivery.Reason.REMINDER).values_list("channel_id", flat=True))
        self.telling = set(
            DeliveryAlert.objects.filter(delivery__in=pending, alert__in=self.present.endings.values()).values_list(
                "delivery__channel_id", "alert_id"
            )
        )

    def decide(self) -> None:
        """Each row's end, reminder, or when to look again."""
        due: dict[int, list[OpenAlert]] = defaultdict(list)
        told: list[OpenAlert] = []
        for row in self.rows:
            if ending := self.present.endings.get(row.alert_id):
                if self._tell_end(row, ending):
                    told.append(row)
                continue
            zone = zone_of(self.users[row.channel.user_id].time_zone)
            row.look_at = reminder_at(row, self.present, zone)
            if row.look_at is not None and row.channel_id in self.reminding:
                row.look_at = max(row.look_at, self.now + AGAIN + TOGETHER)
            if row.look_at is not None and row.look_at <= self.now + TOGETHER:
                due[row.channel_id].append(row)
        for rows in due.values():
            self._remind(rows)
        OpenAlert.objects.filter(id__in=[row.id for row in told]).delete()
        kept = [row for row in self.rows if row not in told]
        OpenAlert.objects.bulk_update(kept, ["look_at"], batch_size=500)
        self.planner.write()

    def _tell_end(self, row: OpenAlert, ending: Alert) -> bool:
        """Plan it where it is wanted and not on its way; whether the row has had its day."""
        row.look_at = None
        channel = self.planner.by_id.get(row.channel_id)
        if channel is None:
            return False
        if not incidents.wants_end(channel, row.alert, ending):
            return True
        key = (row.channel_id, ending.id)
        if key not in self.telling:
            self.telling.add(key)
            self.planner.attach(channel, ending)
        return False

    def _remind(self, rows: Sequence[OpenAlert]) -> None:
        """One message where at least one reminder is due by now."""
        channel = self.planner.by_id.get(rows[0].channel_id)
        if channel is None or min(row.look_at for row in rows if row.look_at is not None) > self.now:
            return
        self.planner.remind(channel, [row.alert for row in rows])
        for row in rows:
            row.look_at = self.now + timedelta(minutes=channel.remind_every)


def reminder_at(row: OpenAlert, present: Present, zone: ZoneInfo) -> datetime | None:
    """When a reminder is due, or whether there is one has to be seen again; None where only a change can bring one."""
    channel, alert, now = row.channel, row.alert, present.now
    every = timedelta(minutes=channel.remind_every)
    over = alert.id in present.endings or alert.superseded_by is not None or alert.incident_id in present.acknowledged
    if not channel.enabled or not every or over:
        return None
    if not present.wants(channel, alert) or not present.is_watched(alert):
        return now + max(every, AGAIN) + TOGETHER
    if present.in_window(alert):
        return now + AGAIN + TOGETHER
    return matching.earliest(
        now=max(row.reminded_at + every, now),
        delay=timedelta(),
        quiet_from=channel.quiet_from,
        quiet_to=channel.quiet_to,
        zone=zone,
    )


def open_alerts_begin(*, channel: Notification, openings: Iterable[Alert], now: datetime) -> None:
    """They went out there: from now on reminders are due, and the end is owed."""
    openings = list(openings)
    over = incidents.endings_of(openings)
    first = now + timedelta(minutes=channel.remind_every) if channel.remind_every else None
    OpenAlert.objects.bulk_create(
        [
            OpenAlert(
                channel=channel,
                alert=opening,
                awaits=opening.superseded_by or opening.incident_id,
                told_at=now,
                reminded_at=now,
                look_at=now if opening.id in over else first,
            )
            for opening in openings
        ],
        ignore_conflicts=True,
    )


def open_alerts_ensure(endings: Sequence[Alert]) -> None:
    """Rows of what an older process told, which leaves none, so that the end that has come is told as well."""
    if not endings:
        return
    openings = [opening for found in incidents.beginnings_of(endings).values() for opening in found]
    told = DeliveryAlert.objects.filter(
        ~Exists(OpenAlert.objects.filter(channel=OuterRef("delivery__channel"), alert=OuterRef("alert"))),
        ~Exists(
            DeliveryAlert.objects.filter(
                delivery__channel=OuterRef("delivery__channel"),
                delivery__state__in=[Delivery.State.PENDING, Delivery.State.DELIVERED],
                alert__incident_id=OuterRef("alert__incident_id"),
                alert__event__in=ENDINGS,
            )
        ),
        alert__in=openings,
        delivery__state=Delivery.State.DELIVERED,
        delivery__reason=Delivery.Reason.ALERT,
    ).select_related("alert", "delivery")
    OpenAlert.objects.bulk_create(
        [
            OpenAlert(
                channel_id=link.delivery.channel_id,
                alert=link.alert,
                awaits=link.alert.superseded_by or link.alert.incident_id,
                told_at=link.delivery.finished_at or link.delivery.due_at,
                reminded_at=link.delivery.finished_at or link.delivery.due_at,
            )
            for link in told
            if link.delivery.channel_id is not None
        ],
        ignore_conflicts=True,
    )


def open_alerts_look_again(*, channel_id: int) -> None:
    """The channel was changed: what is open there is judged by its new rules."""
    OpenAlert.objects.filter(channel_id=channel_id).update(look_at=timezone.now())
