"""What the change feed of endpoints means here: copies, and what is told, or not any more, of one that is gone."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from common.contracts.alerts import CLOSED, ENDINGS
from common.formats.text import storable
from notification_service.alerts.alert_planner import alerts_store
from notification_service.models import Alert, Delivery, DeliveryAlert, Endpoint, Notification, OpenAlert
from notification_service.rules import incidents

PAUSED, DELETED = "paused", "deleted"


def endpoints_apply(items: Sequence[dict[str, Any]]) -> None:
    """Take over names, tags and pauses.

    What still waits to be told of an endpoint that is gone is not told any more. Its incident ends where people were told
    of it; the checker says so as well, and whoever comes first is heard.
    """
    latest = {item["id"]: item for item in items}
    Endpoint.objects.bulk_create(
        [_copy(item) for item in latest.values()],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["user_id", "name", "tags", "deleted", "enabled", "interval"],
    )
    gone = {key: item for key, item in latest.items() if item.get("deleted") or item.get("enabled") is False}
    if gone:
        _channels_leave([key for key, item in gone.items() if item.get("deleted")])
        _stop_telling(gone)
        _close(gone)


def _copy(item: Mapping[str, Any]) -> Endpoint:
    return Endpoint(
        id=item["id"],
        user_id=item["user_id"],
        name=storable(item.get("name") or "")[:500],
        tags=item.get("tags") or [],
        deleted=bool(item.get("deleted")),
        enabled=item.get("enabled") is not False,
        interval=item.get("interval") or 60,
    )


def _channels_leave(endpoint_ids: Sequence[int]) -> None:
    """A channel that named a deleted endpoint covers what is left, and never everything because nothing is."""
    for channel in Notification.objects.select_for_update().filter(endpoint_ids__overlap=list(endpoint_ids)):
        if channel.covers_all is None:
            channel.covers_all = False
        channel.endpoint_ids = [one for one in channel.endpoint_ids if one not in endpoint_ids]
        channel.save(update_fields=["covers_all", "endpoint_ids"])


def _gone_at(item: Mapping[str, Any], now: datetime) -> datetime:
    try:
        changed = datetime.fromisoformat(item.get("updated_at") or "")
    except (TypeError, ValueError):
        return now
    return min(changed, now) if changed.tzinfo is not None else now


def _stop_telling(gone: Mapping[int, Mapping[str, Any]]) -> None:
    """What is an end goes out; what happened after a pause is of an endpoint that was resumed since."""
    now = timezone.now()
    before = Q()
    for endpoint_id, item in gone.items():
        until = now if item.get("deleted") else _gone_at(item, now)
        before |= Q(alert__endpoint_id=endpoint_id, alert__occurred_at__lte=until)
    links = DeliveryAlert.objects.filter(
        before, Q(delivery__claimed_until=None) | Q(delivery__claimed_until__lte=now),
        delivery__state=Delivery.State.PENDING,
    ).exclude(alert__event__in=ENDINGS)  # fmt: skip
    delivery_ids = set(links.values_list("delivery_id", flat=True))
    links.delete()
    Delivery.objects.filter(id__in=delivery_ids, state=Delivery.State.PENDING, deliveryalert=None).update(
        state=Delivery.State.CANCELLED, finished_at=now
    )


def _close(gone: Mapping[int, Mapping[str, Any]]) -> None:
    """End what people were told of, as the checker does."""
    now = timezone.now()
    rows = OpenAlert.objects.filter(alert__endpoint_id__in=gone, alert__superseded_by=None).select_related("alert")
    openings = {row.alert.incident_id: row.alert for row in rows}
    ended = incidents.endings_of(openings.values())
    alerts_store(
        [
            _closing(opening, gone[opening.endpoint_id or 0], now)
            for opening in openings.values()
            if opening.id not in ended and opening.started_at <= _gone_at(gone[opening.endpoint_id or 0], now)
        ]
    )


def _closing(opening: Alert, item: Mapping[str, Any], now: datetime) -> Alert:
    ended = max(opening.started_at, _gone_at(item, now))
    return Alert(
        incident_id=opening.incident_id,
        event=CLOSED,
        endpoint_id=opening.endpoint_id,
        user_id=opening.user_id,
        endpoint_name=opening.endpoint_name,
        url=opening.url,
        region=opening.region,
        cause=opening.cause,
        cause_data=opening.cause_data,
        error_code=opening.error_code,
        tags=opening.tags,
        reason=DELETED if item.get("deleted") else PAUSED,
        started_at=opening.started_at,
        occurred_at=ended,
        duration_ms=(ended - opening.started_at) // timedelta(milliseconds=1),
        last_good_at=opening.last_good_at,
    )
