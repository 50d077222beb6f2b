"""All that a user watches as one document, out and in again.

`{"version": 1, "endpoints": [{...}], "maintenance_windows": [{...}]}`. An import is idempotent: an entry changes the
endpoint that has its key, or makes one; a window, which names endpoints by their keys, the one of its name. It is done
as a whole or not at all.
"""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from common import handlers
from common.errors import ApiError, ValidationFailed
from endpoint_service.bulk import Changes, Parser, endpoint_made
from endpoint_service.models import LIVE, Endpoint
from endpoint_service.rules.invalid import Invalid
from endpoint_service.rules.target import clean_target, host_of
from endpoint_service.schemas import FORMAT_VERSION
from endpoint_service.services import Keys, endpoints_save_new, key_of, lock_user
from endpoint_service.spec import SPEC_FIELDS, Kind
from endpoint_service.window_transfer import errors_below, windows_export, windows_import

FIELDS = ("key", "name", *SPEC_FIELDS, "tags")


def endpoints_export(*, user_id: int) -> dict[str, Any]:
    """The document; secrets are masks, which an import into the same account reads as what is stored."""
    rows = list(Endpoint.objects.filter(LIVE, user_id=user_id).defer("secrets").order_by("id"))
    return {
        "version": FORMAT_VERSION,
        "endpoints": [{field: getattr(endpoint, field) for field in FIELDS} for endpoint in rows],
        "maintenance_windows": windows_export(user_id=user_id, keys={row.id: row.key for row in rows}),
    }


@transaction.atomic
def endpoints_import(
    *, user_id: int, entries: list[Any], windows: list[Any] | None = None, dry_run: bool = False
) -> dict[str, Any]:
    """Make and change; returns how many were `created`, `updated` and `unchanged`, and the same of windows.

    Raises `ValidationFailed` with every entry's errors (`endpoints.3.url`) and then has changed nothing.
    """
    lock_user(user_id)
    stored = {row.key: row for row in Endpoint.objects.filter(LIVE, user_id=user_id).order_by("id").select_for_update()}
    keys, changes, parser, errors = Keys(user_id), Changes(), Parser(strict=True), dict[str, list[str]]()
    made: list[Endpoint] = []
    seen: set[str] = set()
    unchanged = 0
    for index, entry in enumerate(entries):
        try:
            key = _key_of(entry, seen)
            endpoint = stored.get(key)
            values = parser.parse(entry, endpoint) | {"key": key}
            if endpoint is None:
                made.append(endpoint_made(user_id, values, keys))
            elif not changes.make(endpoint, values, keys):
                unchanged += 1
        except (ApiError, ValidationError) as error:
            errors |= errors_below(f"endpoints.{index}", handlers.to_api_error(error))
    if not errors:
        endpoints_save_new(made)
        changes.save()
        counted = windows_import(user_id=user_id, entries=windows or [], errors=errors)
    if errors:
        raise ValidationFailed(errors=errors)
    if dry_run:
        transaction.set_rollback(True)
    counts = {"created": len(made), "updated": len(changes.endpoints), "unchanged": unchanged}
    return {**counts, "maintenance_windows": counted}


def _key_of(entry: Any, seen: set[str]) -> str:
    """The entry's key; without one that of its host, numbered within the file, so that a second import finds it."""
    key = entry.get("key") if isinstance(entry, dict) else None
    if key is None:
        base = key_of(_host(entry))
        key, number = base, 1
        while key in seen:
            number += 1
            key = f"{base}-{number}"
    if not isinstance(key, str):
        return ""
    if key in seen:
        raise ValidationFailed(errors={"key": [_("Two entries have this key.")]})
    seen.add(key)
    return key


def _host(entry: Any) -> str:
    """The host of an entry that is not validated yet; empty where it has none."""
    try:
        kind = str(entry.get("kind", Kind.HTTP))
        return host_of(kind, clean_target(kind, str(entry["url"])))
    except (AttributeError, KeyError, Invalid):
        return ""
