"""Following endpoint_service: its endpoints become monitors, its maintenance windows are copied."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeGuard

import msgspec
from django.conf import settings
from django.utils import timezone

from common.between import feeds
from common.between.dead_letters import each_alone
from common.contracts.endpoint import PROBED_FIELDS
from common.formats.ids import MAX_ID
from endpoint_check.feeds.incident_closing import CLEARED, Closing, closing_of, closings_store, state_clear
from endpoint_check.models import UNREADABLE, FeedCursor, MaintenanceWindow, Monitor, StateOutbox
from endpoint_check.outbox import messages
from endpoint_check.outbox.messages import StateChange
from endpoint_check.schedule.leases import LONGEST_INTERVAL, LONGEST_TIMEOUT

_COPIED = [
    "user_id", "name", "url", "spec", "version", "enabled", "tags", "interval", "timeout",
    "certificate_expires_at", "certificate_warned",
]  # fmt: skip
UNREADABLE_INTERVAL = 300.0
"""Seconds between the results that say so where the endpoint's own interval is not known."""
_RESCHEDULED = ["next_check_at", "slot_at", "claim", "run_kind", "run_count", "run_started_at"]


def feeds_sync() -> int:
    """Read both feeds until caught up; returns how many changes came. Raises `PeerError`."""
    region = settings.REGION
    peer = "endpoint_service"
    windows = feeds.follow(FeedCursor, peer, "/maintenance-windows", windows_apply, reader=region, skip=windows_doubt)
    endpoints = feeds.follow(FeedCursor, peer, "/endpoints", endpoints_apply, reader=region, skip=endpoints_doubt)
    return windows + endpoints


def endpoints_apply(items: Sequence[dict[str, Any]]) -> None:
    """Make the monitors what the feed's items say; taking the same ones again changes nothing.

    A new monitor, a resumed one and one whose probe has changed are due at once. A claim on one that changed is taken
    away, so that the result of the older spec changes no state; its slot is kept for the next check. An incident ends
    with the pause or the deletion of its endpoint, and who is resumed begins anew.

    An item that cannot be taken is set aside, and its monitor says so instead of going on as it was.
    """
    for item in each_alone(items, _endpoints_apply, queue="endpoint_service/endpoints"):
        _unreadable(item)


def _endpoints_apply(items: Sequence[dict[str, Any]]) -> None:
    latest = _latest(items)
    ours = Monitor.objects.filter(region=settings.REGION)
    known = {
        monitor.endpoint_id: monitor
        for monitor in ours.select_for_update().filter(endpoint_id__in=list(latest)).order_by("endpoint_id")
    }
    now = timezone.now()
    new, copied, rescheduled, states = list[Monitor](), list[Monitor](), list[Monitor](), list[StateChange]()
    gone, closings = list[int](), list[Closing | None]()
    for endpoint_id, item in latest.items():
        monitor = known.get(endpoint_id)
        if item.get("deleted"):
            gone.append(endpoint_id)
            if monitor is not None:
                closings.append(closing_of(monitor, "deleted", _changed_at(item, now)))
            continue
        if not _is_id(item["version"]):
            raise ValueError(f"{item['version']!r} is no version")
        if monitor is None:
            new.append(_monitor(item, now))
            continue
        if item["version"] < monitor.version:
            continue
        changed, enabled = _spec(item) != monitor.spec, monitor.enabled
        _copy(monitor, item)
        copied.append(monitor)
        if enabled != monitor.enabled:
            closings.append(closing_of(monitor, "paused", _changed_at(item, now)))
            state_clear(monitor, now)
            states.append(_state_change(monitor, now))
        if changed or enabled != monitor.enabled:
            _reschedule(monitor, now)
            rescheduled.append(monitor)
    ours.filter(endpoint_id__in=gone).delete()
    Monitor.objects.bulk_create(new, ignore_conflicts=True)
    Monitor.objects.bulk_update(copied, _COPIED, batch_size=500)
    Monitor.objects.bulk_update(rescheduled, [*_RESCHEDULED, *CLEARED], batch_size=500)
    StateOutbox.objects.bulk_create(
        [StateOutbox(region=settings.REGION, payload=messages.encode(state).decode()) for state in states]
    )
    closings_store([closing for closing in closings if closing is not None])


def endpoints_doubt(items: Sequence[dict[str, Any]]) -> None:
    """Take what the items of a newer contract say in any: who is deleted. The others' monitors are `unknown` from now on,
    unless a newer process beside us has understood that version already.
    """
    for item in items:
        if not _is_id(item.get("id")):
            continue
        if item.get("deleted"):
            endpoints_apply([item])
            continue
        monitor = Monitor.objects.filter(region=settings.REGION, endpoint_id=item["id"]).only("version").first()
        if monitor is None or not _is_id(item.get("version")) or monitor.version < item["version"]:
            _unreadable(item)


def _unreadable(item: object) -> None:
    """The endpoint was made or changed in a way that nobody here understands: to probe it as it was would be wrong."""
    fields: Mapping[str, Any] = item if isinstance(item, dict) else {}
    endpoint_id, user_id = fields.get("id"), fields.get("user_id")
    if not _is_id(endpoint_id):
        return
    ours, now = Monitor.objects.filter(region=settings.REGION, endpoint_id=endpoint_id), timezone.now()
    if fields.get("deleted"):
        ours.delete()
        return
    enabled = fields.get("enabled") is not False
    due = now if enabled else None
    known = ours.update(spec=UNREADABLE, claim=None, enabled=enabled, next_check_at=due)
    if not known and _is_id(user_id):
        Monitor.objects.create(
            endpoint_id=endpoint_id, region=settings.REGION, user_id=user_id, name="", url="", spec=UNREADABLE,
            version=0, enabled=enabled, interval=UNREADABLE_INTERVAL, timeout=1, next_check_at=due,
        )  # fmt: skip


def _latest(items: Sequence[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """By id; raises `ValueError` where one is none, since `True` would pass for another's 1."""
    for item in items:
        if not _is_id(item["id"]):
            raise ValueError(f"{item['id']!r} is no id")
    return {item["id"]: item for item in items}


def _is_id(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_ID


def windows_apply(items: Sequence[dict[str, Any]]) -> None:
    """Make the copies of the maintenance windows what the feed's items say.

    One that cannot be taken is set aside and its copy removed: a window too few is noticed, one too many hides outages.
    """
    windows_doubt(each_alone(items, _windows_apply, queue="endpoint_service/maintenance-windows"))


def windows_doubt(items: Sequence[dict[str, Any]]) -> None:
    """Remove the copies of what cannot be understood."""
    for item in items:
        if isinstance(item, dict) and _is_id(item.get("id")):
            MaintenanceWindow.objects.filter(region=settings.REGION, window_id=item["id"]).delete()


def _windows_apply(items: Sequence[dict[str, Any]]) -> None:
    latest = _latest(items)
    gone = [window_id for window_id, item in latest.items() if item.get("deleted")]
    MaintenanceWindow.objects.filter(region=settings.REGION, window_id__in=gone).delete()
    rows = [_window(item) for item in latest.values() if not item.get("deleted")]
    fields = ["user_id", "covers_all", "endpoint_ids", "tags", "starts_at", "ends_at", "duration", "cron", "time_zone"]
    MaintenanceWindow.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["window_id", "region"], update_fields=fields
    )


def _spec(item: dict[str, Any]) -> str:
    return msgspec.json.encode({name: item[name] for name in PROBED_FIELDS if item.get(name) is not None}).decode()


def _monitor(item: dict[str, Any], now: datetime) -> Monitor:
    monitor = Monitor(endpoint_id=item["id"], region=settings.REGION)
    _copy(monitor, item)
    monitor.next_check_at = now if monitor.enabled else None
    return monitor


def _copy(monitor: Monitor, item: dict[str, Any]) -> None:
    if item["url"] != monitor.url:
        monitor.certificate_expires_at = monitor.certificate_warned = None
    monitor.user_id, monitor.name, monitor.url = item["user_id"], item["name"], item["url"]
    monitor.spec, monitor.version, monitor.enabled = _spec(item), item["version"], item["enabled"]
    monitor.tags = list(item.get("tags") or [])
    monitor.interval = min(max(1.0, item["interval"]), LONGEST_INTERVAL)
    monitor.timeout = min(max(0.1, item["timeout"]), LONGEST_TIMEOUT)


def _reschedule(monitor: Monitor, now: datetime) -> None:
    monitor.claim = None
    monitor.run_kind, monitor.run_count, monitor.run_started_at = "", 0, None
    monitor.next_check_at = now if monitor.enabled else None
    if not monitor.enabled:
        monitor.slot_at = None


def _changed_at(item: dict[str, Any], now: datetime) -> datetime:
    """When the owner paused or deleted it: an incident must not grow by the time in which nobody was told."""
    try:
        changed = _moment(item.get("updated_at"))
    except (msgspec.ValidationError, TypeError):
        return now
    return min(changed, now) if changed is not None and changed.tzinfo is not None else now


def _state_change(monitor: Monitor, now: datetime) -> StateChange:
    return StateChange(monitor.endpoint_id, monitor.state, now, monitor.last_checked_at, monitor.version)


def _window(item: dict[str, Any]) -> MaintenanceWindow:
    return MaintenanceWindow(
        window_id=item["id"],
        region=settings.REGION,
        user_id=item["user_id"],
        covers_all=item.get("covers_all"),
        endpoint_ids=item.get("endpoint_ids") or [],
        tags=item.get("tags") or [],
        starts_at=_moment(item.get("starts_at")),
        ends_at=_moment(item.get("ends_at")),
        duration=item["duration"] or 0,
        cron=item.get("cron") or "",
        time_zone=item.get("time_zone") or "UTC",
    )


def _moment(text: str | None) -> datetime | None:
    return msgspec.convert(text, datetime) if text else None
