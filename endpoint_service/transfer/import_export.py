"""All that a user watches as one document, out and in again.

`{"version": 1, "endpoints": [{...}], "maintenance_windows": [{...}]}`. An import is idempotent: an entry changes the
endpoint that has its key, or makes one; a window, which names endpoints by their keys, the one of its name. Nothing is
changed where an entry is wrong. What is many is written in parts, and the same file again finishes what was interrupted.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from typing import NamedTuple, NotRequired, TypedDict

from django.utils.translation import gettext as _

from common.api.errors import ValidationFailed
from common.contracts.check_kinds import clean_target, host_of, kind_of
from common.contracts.endpoint import SPEC_FIELDS
from common.contracts.invalid import Invalid
from endpoint_service.endpoints.owner_lock import in_parts, owner_locked_for_parts
from endpoint_service.endpoints.parsing import Parser
from endpoint_service.endpoints.quota_usage import key_of
from endpoint_service.endpoints.services import endpoint_build, endpoints_save_new, use_of_endpoint
from endpoint_service.endpoints.values import EndpointValues
from endpoint_service.models import LIVE, Endpoint
from endpoint_service.transfer.bulk import Changes
from endpoint_service.transfer.file_errors import FileErrors
from endpoint_service.transfer.json_schema import FORMAT_VERSION
from endpoint_service.transfer.window_import_export import Action, WindowImport, windows_export

FIELDS = ("key", "name", *SPEC_FIELDS, "tags")


class Entry(TypedDict):
    """What becomes of an endpoint of the file, and its fields that change."""

    index: int
    key: str
    action: Action
    fields: list[str]


class Imported(TypedDict):
    """What became of the endpoints of a file and, beside, of its windows."""

    created: int
    updated: int
    unchanged: int
    maintenance_windows: dict[str, int]
    entries: NotRequired[list[Entry]]


def endpoints_export(*, user_id: int) -> dict[str, object]:
    """The document; secrets are masks, which an import into the same account reads as what is stored."""
    rows = list(Endpoint.objects.filter(LIVE, user_id=user_id).defer("secrets").order_by("id"))
    return {
        "version": FORMAT_VERSION,
        "endpoints": [{field: getattr(endpoint, field) for field in FIELDS} for endpoint in rows],
        "maintenance_windows": windows_export(user_id=user_id, keys={row.id: row.key for row in rows}),
    }


def endpoints_import(
    *, user_id: int, entries: list[object], windows: list[object] | None = None, dry_run: bool = False
) -> Imported:
    """Make and change; returns how many were `created`, `updated` and `unchanged`, and the same of windows.

    A dry run locks and writes nothing, and tells in `entries` what would become of each. Raises `ValidationFailed` with
    every entry's errors (`endpoints.3.url`) and then has changed nothing.
    """
    errors = FileErrors()
    read = _read(entries, errors)
    planned = WindowImport(user_id, windows or [], errors)
    errors.refuse()
    with nullcontext() if dry_run else owner_locked_for_parts(user_id):
        plan = _Plan(user_id)
        for index, (key, values) in enumerate(read):
            with errors.of(f"endpoints.{index}"):
                plan.take(key, values)
        errors.refuse()
        ids = {row.key: row.id for row in plan.stored.values()}
        planned.compare(ids, new={endpoint.key for endpoint in plan.made})
        errors.refuse()
        if not dry_run:
            in_parts(plan.made, endpoints_save_new)
            plan.changes.save_in_parts()
            planned.write({endpoint.key: endpoint.id for endpoint in plan.made})
    answer = Imported(
        created=len(plan.made),
        updated=len(plan.changes.changed),
        unchanged=len(plan.entries) - len(plan.made) - len(plan.changes.changed),
        maintenance_windows=planned.counts(),
    )
    if dry_run:
        answer["entries"] = plan.entries
    return answer


class _Read(NamedTuple):
    key: str
    values: EndpointValues


def _read(entries: Sequence[object], errors: FileErrors) -> list[_Read]:
    """What can be said of each entry without knowing what is stored."""
    parser, keys, found = Parser(strict=True), _Keys(), list[_Read]()
    for index, entry in enumerate(entries):
        with errors.of(f"endpoints.{index}"):
            key = keys.take(entry)
            values = parser.parse(entry)
            values["key"] = key
            found.append(_Read(key, values))
    return found


class _Plan:
    """What is to be made and changed of what is stored; holds no lock and no transaction itself."""

    def __init__(self, user_id: int) -> None:
        rows = list(Endpoint.objects.filter(LIVE, user_id=user_id).order_by("id"))
        self.stored = {row.key: row for row in rows}
        self.changes = Changes(user_id, rows)
        self.made: list[Endpoint] = []
        self.entries: list[Entry] = []
        self._user_id = user_id

    def take(self, key: str, values: EndpointValues) -> None:
        """Raises what `endpoint_change` and `QuotaUsage.admit` do."""
        endpoint = self.stored.get(key)
        if endpoint is None:
            endpoint = endpoint_build(user_id=self._user_id, values=values)
            endpoint.key = self.changes.usage().admit(use_of_endpoint(endpoint), key=key)
            self.made.append(endpoint)
            self._tell(key, "create", set())
            return
        changed = self.changes.apply(endpoint.id, values) - {"version"}
        self._tell(key, "update" if changed else "none", changed)

    def _tell(self, key: str, action: Action, fields: set[str]) -> None:
        self.entries.append({"index": len(self.entries), "key": key, "action": action, "fields": sorted(fields)})


class _Keys:
    """The keys of a file's entries. One that says none has that of its host, numbered, so that it is found again."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._numbers: dict[str, int] = {}

    def take(self, entry: object) -> str:
        """The entry's key; raises `ValidationFailed` for a second one of it."""
        key = entry.get("key") if isinstance(entry, dict) else None
        if key is None:
            key = self._free(key_of(_host(entry)))
        if not isinstance(key, str):
            return ""
        if key in self._seen:
            raise ValidationFailed(errors={"key": [_("Two entries have this key.")]})
        self._seen.add(key)
        return key

    def _free(self, base: str) -> str:
        number = self._numbers.get(base, 1)
        while (key := base if number == 1 else f"{base}-{number}") in self._seen:
            number += 1
        self._numbers[base] = number
        return key


def _host(entry: object) -> str:
    """The host of an entry that is not validated yet; empty where it has none."""
    if not isinstance(entry, dict):
        return ""
    try:
        url = str(entry["url"])
        kind = str(entry.get("kind") or kind_of(url))
        return host_of(kind, clean_target(kind, url))
    except (KeyError, Invalid):
        return ""
