"""Maintenance windows in a file of endpoints, which they name by their keys."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from common import handlers
from common.errors import ApiError, ValidationFailed
from endpoint_service.models import LIVE, Endpoint, MaintenanceWindow
from endpoint_service.window_serializers import MaintenanceWindowSerializer
from endpoint_service.windows import window_create, window_update

FIELDS = ("name", "tags", "starts_at", "duration", "cron", "time_zone", "ends_at")
"""What a file says of a window beside `endpoints`, the keys."""


def windows_export(*, user_id: int, keys: Mapping[int, str]) -> list[dict[str, Any]]:
    """The user's windows; `keys` are those of the endpoints by id. One whose endpoints are all deleted is left out."""
    rows = MaintenanceWindow.objects.filter(LIVE, user_id=user_id).order_by("id")
    shown = [(row, [keys[endpoint] for endpoint in row.endpoint_ids if endpoint in keys]) for row in rows]
    # Without any endpoint it would be for all of them.
    return [_entry(row, endpoints) for row, endpoints in shown if endpoints or row.tags or not row.endpoint_ids]


def windows_import(*, user_id: int, entries: list[Any], errors: dict[str, list[str]]) -> dict[str, int]:
    """Make and change windows by name, equal names in their order; adds to `errors` (`maintenance_windows.0.cron`).

    Returns how many were `created`, `updated` and `unchanged`.
    """
    stored: dict[str, list[MaintenanceWindow]] = {}
    for row in MaintenanceWindow.objects.filter(LIVE, user_id=user_id).order_by("-id"):
        stored.setdefault(row.name, []).append(row)
    ids = dict(Endpoint.objects.filter(LIVE, user_id=user_id).values_list("key", "id"))
    counts = {"created": 0, "updated": 0, "unchanged": 0}
    for index, entry in enumerate(entries):
        try:
            with transaction.atomic():
                counts[_import(user_id, entry, stored, ids)] += 1
        except (ApiError, ValidationError) as error:
            errors |= errors_below(f"maintenance_windows.{index}", handlers.to_api_error(error))
    return counts


def errors_below(path: str, error: ApiError) -> dict[str, list[str]]:
    """An entry's errors by the path of their field within the file."""
    if error.errors is None:
        return {path: [str(error.message)]}
    return {
        path if field == "non_field_errors" else f"{path}.{field}": [str(text) for text in texts]
        for field, texts in error.errors.items()
    }


def _import(user_id: int, entry: Any, stored: dict[str, list[MaintenanceWindow]], ids: Mapping[str, int]) -> str:
    values = _values(entry, ids)
    same = stored.get(values["name"])
    if not same:
        window_create(user_id=user_id, values=values)
        return "created"
    window = same.pop()
    if all(getattr(window, field) == value for field, value in values.items() if field != "ends_at" or values["cron"]):
        return "unchanged"
    window_update(window_id=window.id, values=values)
    return "updated"


def _values(entry: Any, ids: Mapping[str, int]) -> dict[str, Any]:
    """What a window is made of; raises `ValidationFailed` and DRF's ValidationError."""
    if isinstance(entry, dict) and (unknown := entry.keys() - {*FIELDS, "endpoints"}):
        raise ValidationFailed(errors={str(field)[:50]: [_("Unknown field.")] for field in unknown})
    serializer = MaintenanceWindowSerializer(data=entry)
    serializer.is_valid(raise_exception=True)
    keys = entry.get("endpoints", [])
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise ValidationFailed(errors={"endpoints": [_("A list of keys.")]})
    if missing := [key for key in keys if key not in ids]:
        raise ValidationFailed(
            errors={"endpoints": [_("You have no endpoint with the key %(key)s.") % {"key": missing[0]}]}
        )
    values = dict(serializer.validated_data)
    return values | {"endpoint_ids": list(dict.fromkeys(ids[key] for key in keys))}


def _entry(window: MaintenanceWindow, endpoints: list[str]) -> dict[str, Any]:
    shown = MaintenanceWindowSerializer(window).data
    return {"endpoints": endpoints, **{field: shown[field] for field in FIELDS}}
