"""The rules of maintenance windows."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from common.errors import NotFound, ValidationFailed
from endpoint_service.errors import TooManyWindows
from endpoint_service.models import LIVE, Endpoint, MaintenanceWindow
from endpoint_service.services import lock_user, windows_delete


def _refuse_foreign(user_id: int, endpoint_ids: set[int]) -> None:
    """Raises `ValidationFailed` for endpoints that are not the user's; the same for those that do not exist."""
    own = Endpoint.objects.filter(LIVE, user_id=user_id, id__in=endpoint_ids).values_list("id", flat=True)
    if missing := sorted(endpoint_ids - set(own)):
        raise ValidationFailed(
            errors={"endpoint_ids": [_("You have no endpoint with the id %(id)d.") % {"id": missing[0]}]}
        )


@transaction.atomic
def window_create(*, user_id: int, values: dict[str, Any]) -> MaintenanceWindow:
    """A new window; raises `TooManyWindows`, `ValidationFailed` for endpoints that are not the user's."""
    lock_user(user_id)
    if MaintenanceWindow.objects.filter(LIVE, user_id=user_id).count() >= settings.MAX_MAINTENANCE_WINDOWS_PER_USER:
        raise TooManyWindows
    _refuse_foreign(user_id, set(values["endpoint_ids"]))
    window = MaintenanceWindow(user_id=user_id, **values)
    _bound(window)
    window.save()
    return window


@transaction.atomic
def window_update(*, window_id: int, values: dict[str, Any]) -> MaintenanceWindow:
    """Change it; raises `NotFound`, `ValidationFailed` for endpoints that are not the user's."""
    window = MaintenanceWindow.objects.filter(LIVE, id=window_id).select_for_update().first()
    if window is None:
        raise NotFound
    # An endpoint that was deleted since may stay in the list.
    _refuse_foreign(window.user_id, set(values.get("endpoint_ids", ())) - set(window.endpoint_ids))
    if not window.cron and values.get("cron") and "ends_at" not in values:
        window.ends_at = None
    for field, value in values.items():
        setattr(window, field, value)
    _bound(window)
    window.save()
    return window


def window_preview(*, values: dict[str, Any]) -> MaintenanceWindow:
    """The window that these times would make, unsaved."""
    window = MaintenanceWindow(**values)
    _bound(window)
    return window


def window_delete(*, window_id: int) -> None:
    """Leave a tombstone for the followers."""
    windows_delete(windows=MaintenanceWindow.objects.filter(id=window_id))


def _bound(window: MaintenanceWindow) -> None:
    """A window that comes once ends when its duration is over."""
    if not window.cron and window.starts_at:
        window.ends_at = window.starts_at + timedelta(seconds=window.duration)
