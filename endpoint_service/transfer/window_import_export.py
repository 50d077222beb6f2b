"""Maintenance windows in a file of endpoints, which they name by their keys."""

from collections.abc import Collection, Mapping, Sequence
from typing import Literal, NamedTuple

from django.utils.translation import gettext as _

from common.api.errors import ValidationFailed
from common.between.scopes import scope_settled
from common.quotas import limit
from endpoint_service.endpoints.owner_lock import in_parts
from endpoint_service.errors import TooManyWindows
from endpoint_service.models import LIVE, MaintenanceWindow
from endpoint_service.transfer.file_errors import FileErrors
from endpoint_service.windows.serializers import MaintenanceWindowSerializer
from endpoint_service.windows.services import window_set, windows_save, windows_save_new

FIELDS = ("name", "covers_all", "tags", "starts_at", "duration", "cron", "time_zone", "ends_at")
"""What a file says of a window beside `endpoints`, the keys."""
SCOPE = {"covers_all", "endpoint_ids", "tags"}
_STATED = ("covers_all", "endpoints", "tags")
Action = Literal["create", "update", "none"]


def windows_export(*, user_id: int, keys: Mapping[int, str]) -> list[dict[str, object]]:
    """The user's windows; `keys` are those of the endpoints by id. One whose endpoints are all deleted is left out."""
    rows = MaintenanceWindow.objects.filter(LIVE, user_id=user_id).order_by("id")
    shown = [(row, [keys[endpoint] for endpoint in row.endpoint_ids if endpoint in keys]) for row in rows]
    return [_entry(row, endpoints) for row, endpoints in shown if endpoints or row.tags or row.is_for_all]


class _Read(NamedTuple):
    """An entry; `states_scope` says whether the file says of it what it is for."""

    values: dict[str, object]
    keys: list[str]
    states_scope: bool


class _Planned(NamedTuple):
    """A window with the keys of those of its endpoints that are still to be made."""

    window: MaintenanceWindow
    later: list[str]


class WindowImport:
    """A file's windows: read, then compared with what is stored, then written; what is wrong goes to `errors`."""

    def __init__(self, user_id: int, entries: Sequence[object], errors: FileErrors) -> None:
        self._user_id = user_id
        self._errors = errors
        self._actions: list[Action] = []
        self._made: list[_Planned] = []
        self._changed: list[_Planned] = []
        self._read: list[_Read] = []
        serializer = MaintenanceWindowSerializer()
        for index, entry in enumerate(entries):
            with errors.of(f"maintenance_windows.{index}"):
                self._read.append(_parse(entry, serializer))

    def compare(self, ids: Mapping[str, int], *, new: Collection[str]) -> None:
        """Find what each entry makes or changes: windows by name, equal names in their order.

        `ids` are the user's endpoints by key, `new` the keys of those that the same file makes.
        """
        stored: dict[str, list[MaintenanceWindow]] = {}
        rows = list(MaintenanceWindow.objects.filter(LIVE, user_id=self._user_id).order_by("-id"))
        for row in rows:
            stored.setdefault(row.name, []).append(row)
        room = limit(self._user_id, "windows") - len(rows)
        for index, read in enumerate(self._read):
            with self._errors.of(f"maintenance_windows.{index}"):
                if missing := [key for key in read.keys if key not in ids and key not in new]:
                    text = _("You have no endpoint with the key %(key)s.") % {"key": missing[0]}
                    raise ValidationFailed(errors={"endpoints": [text]})
                same = stored.get(str(read.values["name"]))
                if not same and len(self._made) >= room:
                    raise TooManyWindows
                self._actions.append(self._compare_one(read, same.pop() if same else None, ids))

    def _compare_one(self, read: _Read, window: MaintenanceWindow | None, ids: Mapping[str, int]) -> Action:
        later = [key for key in read.keys if key not in ids]
        values = read.values | {"endpoint_ids": [ids[key] for key in read.keys if key in ids]}
        if window is None:
            window = MaintenanceWindow(user_id=self._user_id)
            window_set(window, values)
            self._made.append(_Planned(window, later))
            return "create"
        if not read.states_scope:
            values = {name: value for name, value in values.items() if name not in SCOPE}
        if not window_set(window, values) and not later:
            return "none"
        self._changed.append(_Planned(window, later))
        return "update"

    def write(self, made: Mapping[str, int]) -> None:
        """Save them; `made` are the endpoints by key that the file has made by now."""
        for window, later in (*self._made, *self._changed):
            window.endpoint_ids += [made[key] for key in later]
        in_parts([window for window, _later in self._made], windows_save_new)
        in_parts([window for window, _later in self._changed], windows_save)

    def counts(self) -> dict[str, int]:
        """How many were `created`, `updated` and `unchanged`."""
        names: dict[str, Action] = {"created": "create", "updated": "update", "unchanged": "none"}
        return {name: self._actions.count(action) for name, action in names.items()}


def _parse(entry: object, serializer: MaintenanceWindowSerializer) -> _Read:
    """What a window is made of; raises `ValidationFailed` and DRF's ValidationError."""
    said = entry if isinstance(entry, dict) else {}
    if unknown := said.keys() - {*FIELDS, "endpoints"}:
        raise ValidationFailed(errors={str(field)[:50]: [_("Unknown field.")] for field in unknown})
    values = dict(serializer.run_validation(entry))
    keys = said.get("endpoints", [])
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise ValidationFailed(errors={"endpoints": [_("A list of keys.")]})
    # Which endpoints the keys mean is not known yet; whether there are any decides what the window is for.
    settled = scope_settled(values | {"endpoint_ids": keys})
    return _Read(settled, list(dict.fromkeys(keys)), any(name in said for name in _STATED))


def _entry(window: MaintenanceWindow, endpoints: list[str]) -> dict[str, object]:
    shown = MaintenanceWindowSerializer(window).data
    return {"endpoints": endpoints, **{field: shown[field] for field in FIELDS}}
