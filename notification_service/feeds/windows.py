"""Maintenance windows: copies kept by endpoint_service's feed. `common.clocks.windows` knows when they are open."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from notification_service.models import Window


def windows_apply(items: Sequence[dict[str, Any]]) -> None:
    """Bring the copies up to date with a page of the feed."""
    latest = {item["id"]: item for item in items}
    Window.objects.filter(id__in=[key for key, item in latest.items() if item.get("deleted")]).delete()
    names = [field.name for field in Window._meta.concrete_fields if field.name != "id"]
    Window.objects.bulk_create(
        [_copy(item) for item in latest.values() if not item.get("deleted")],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=names,
    )


def _copy(item: dict[str, Any]) -> Window:
    return Window(
        id=item["id"],
        user_id=item["user_id"],
        covers_all=item.get("covers_all"),
        endpoint_ids=item.get("endpoint_ids") or [],
        tags=item.get("tags") or [],
        starts_at=_moment(item.get("starts_at")),
        ends_at=_moment(item.get("ends_at")),
        duration=item["duration"],
        cron=item.get("cron") or "",
        time_zone=item.get("time_zone") or "UTC",
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
