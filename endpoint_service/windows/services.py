"""The rules of maintenance windows."""

from collections.abc import Sequence
from datetime import timedelta

from django.db.models.query import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from common.api.errors import NotFound, ValidationFailed
from common.between.scopes import scope_settled
from common.quotas import limit
from endpoint_service.endpoints.owner_lock import owner_locked
from endpoint_service.errors import TooManyWindows
from endpoint_service.models import LIVE, Endpoint, MaintenanceWindow

Values = dict[str, object]
_SET = ("name", "covers_all", "endpoint_ids", "tags", "starts_at", "duration", "cron", "time_zone", "ends_at")


def window_create(*, user_id: int, values: Values) -> MaintenanceWindow:
    """A new window; raises `TooManyWindows`, `ValidationFailed` for endpoints that are not the user's."""
    window = MaintenanceWindow(user_id=user_id)
    window_set(window, scope_settled(values))
    with owner_locked(user_id):
        if MaintenanceWindow.objects.filter(LIVE, user_id=user_id).count() >= limit(user_id, "windows"):
            raise TooManyWindows
        _refuse_foreign(user_id, set(window.endpoint_ids))
        window.save()
    return window


def window_update(*, user_id: int, window_id: int, values: Values, partial: bool) -> MaintenanceWindow:
    """Change it in part, or replace it; raises `NotFound`, `ValidationFailed` for endpoints that are not the user's."""
    with owner_locked(user_id):
        mine = MaintenanceWindow.objects.filter(LIVE, id=window_id, user_id=user_id)
        window = mine.select_for_update().first()
        if window is None:
            raise NotFound
        # An endpoint that was deleted since may stay in the list.
        _refuse_foreign(user_id, set(window.becoming(values).endpoint_ids) - set(window.endpoint_ids))
        window_set(window, scope_settled(values, stored=window if partial else None))
        window.save()
    return window


def window_set(window: MaintenanceWindow, values: Values) -> bool:
    """Set what is another, unsaved; returns whether anything was. A window that comes once ends with its duration."""
    after = window.becoming(values)
    if not after.cron:
        ends = after.starts_at + timedelta(seconds=after.duration) if after.starts_at else None
        values = values | {"ends_at": ends}
    elif not window.cron and "ends_at" not in values:
        values = values | {"ends_at": None}
    before = {name: window.is_for_all if name == "covers_all" else getattr(window, name) for name in values}
    for name, value in values.items():
        setattr(window, name, value)
    return before != values


def windows_save_new(windows: Sequence[MaintenanceWindow]) -> None:
    """Insert them: one statement, however many they are."""
    MaintenanceWindow.objects.bulk_create(windows)


def windows_save(windows: Sequence[MaintenanceWindow]) -> None:
    """Save what was changed of these; those that went meanwhile are left alone."""
    ids = [window.id for window in windows]
    locked = MaintenanceWindow.objects.filter(LIVE, id__in=ids).order_by("id").select_for_update()
    there = set(locked.values_list("id", flat=True))
    now = timezone.now()
    for window in windows:
        window.updated_at = now
    kept = [window for window in windows if window.id in there]
    # An upsert of rows that exist and are locked; Django's bulk_update takes ten times as long.
    MaintenanceWindow.objects.bulk_create(
        kept, update_conflicts=True, unique_fields=["id"], update_fields=[*_SET, "updated_at"]
    )


def window_preview(*, values: Values) -> MaintenanceWindow:
    """The window that these times would make, unsaved."""
    window = MaintenanceWindow()
    window_set(window, values)
    return window


def window_delete(*, user_id: int, window_id: int) -> None:
    """Leave a tombstone for the followers."""
    with owner_locked(user_id):
        windows_delete(windows=MaintenanceWindow.objects.filter(id=window_id, user_id=user_id))


def windows_delete(*, windows: QuerySet[MaintenanceWindow]) -> None:
    """Leave tombstones without the user's words for the followers."""
    now = timezone.now()
    windows.filter(LIVE).update(name="", tags=[], deleted_at=now, updated_at=now)


def _refuse_foreign(user_id: int, endpoint_ids: set[int]) -> None:
    """Raises `ValidationFailed` for endpoints that are not the user's; the same for those that do not exist."""
    own = Endpoint.objects.filter(LIVE, user_id=user_id, id__in=endpoint_ids).values_list("id", flat=True)
    if missing := sorted(endpoint_ids - set(own)):
        raise ValidationFailed(
            errors={"endpoint_ids": [_("You have no endpoint with the id %(id)d.") % {"id": missing[0]}]}
        )
