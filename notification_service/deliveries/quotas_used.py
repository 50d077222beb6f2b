"""How much an owner has used of what they may send, counted by the minute; what goes beyond it waits."""

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from common import quotas
from notification_service.models import Delivery, Notification, QuotaNotice, Used

MAILS, MESSAGES, TESTS, CHANNELS = "mails_per_hour", "messages_per_hour", "test_messages_per_hour", "channels"
TOLD_EVERY = timedelta(hours=24)
"""An owner is told at most so often that a quota is used up."""


def quota_of(kind: str) -> str:
    """Which quota a message of this kind of channel counts for."""
    return MAILS if kind == "email" else MESSAGES


def period_of(quota: str) -> timedelta:
    """The time over which it counts."""
    return timedelta(seconds=quotas.quotas()[quota].period or 0)


def used(user_id: int, quota: str, *, now: datetime | None = None) -> int:
    """What was used within the quota's period."""
    since = (now or timezone.now()) - period_of(quota)
    rows = Used.objects.filter(user_id=user_id, quota=quota, minute__gt=since)
    return max(0, rows.aggregate(total=Sum("count"))["total"] or 0)


def use(user_id: int, quota: str, count: int, *, now: datetime) -> None:
    """Count it; a negative `count` gives back what was not used after all."""
    if not count:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO notification_service_used (user_id, quota, minute, count) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (user_id, quota, minute)"
            " DO UPDATE SET count = notification_service_used.count + EXCLUDED.count",
            [user_id, quota, now.replace(second=0, microsecond=0), count],
        )


def waits_until(user_id: int, quota: str, cost: int, *, now: datetime) -> datetime | None:
    """None with `cost` counted; else when to look again, with nothing counted.

    What costs more than the whole quota goes when nothing else was used.
    """
    taken, most = used(user_id, quota, now=now), quotas.limit(user_id, quota)
    if taken + cost > most and (taken or not most):
        return now + timedelta(minutes=1)
    use(user_id, quota, cost, now=now)
    return None


def owner_tell(user_id: int, quota: str, *, now: datetime) -> None:
    """Tell the owner by mail that messages wait, once a day at most."""
    notice, new = QuotaNotice.objects.get_or_create(user_id=user_id, quota=quota, defaults={"told_at": now})
    if not new:
        if notice.told_at > now - TOLD_EVERY:
            return
        QuotaNotice.objects.filter(id=notice.id).update(told_at=now)
    Delivery.objects.create(
        user_id=user_id,
        reason=Delivery.Reason.NOTICE,
        data={"notice": "quota", "quota": quota, "most": str(quotas.limit(user_id, quota))},
        due_at=now,
        next_attempt_at=now,
    )


def usage(user_id: int) -> dict[str, int]:
    """By quota: what `GET /usage` shows."""
    counted = {quota: used(user_id, quota) for quota in (MAILS, MESSAGES, TESTS)}
    return {CHANNELS: Notification.objects.filter(user_id=user_id).count(), **counted}


def used_forget(*, before: datetime) -> None:
    """Remove counts that no period reaches."""
    Used.objects.filter(minute__lt=before).delete()
