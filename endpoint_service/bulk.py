"""Many changes in one call, each with its own outcome: a few statements, however many they are."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone
from rest_framework.exceptions import ValidationError

from common import handlers
from common.errors import ApiError, Forbidden, NotFound
from common.ids import MAX_ID
from endpoint_service.models import LIVE, Endpoint
from endpoint_service.rules.target import host_of
from endpoint_service.serializers import EndpointSerializer
from endpoint_service.services import (
    Keys,
    endpoint_built,
    endpoint_changed,
    endpoints_delete,
    endpoints_save_new,
    endpoints_set_enabled,
    lock_user,
    states_reset,
)

MAX_ITEMS = 1000
Result = dict[str, Any]


def endpoints_bulk_create(*, user_id: int, items: list[Any]) -> list[Result]:
    """Create what is valid; one result an item, in order: `{"index", "status": "ok", "id"}` or the error."""
    parser = Parser()
    with transaction.atomic():
        lock_user(user_id)
        keys = Keys(user_id)
        built, results = _each(items, lambda item: endpoint_made(user_id, parser.parse(item), keys))
        endpoints_save_new([endpoint for _, endpoint in built])
    return _with_ids(built, results)


def endpoints_bulk_update(*, user_id: int, items: list[Any]) -> list[Result]:
    """Change what is valid of `[{"id": 1, ...}]`; results as for a creation."""
    with transaction.atomic():
        lock_user(user_id)
        rows = _locked([item.get("id") if isinstance(item, dict) else None for item in items])
        keys = Keys(user_id)
        changes, parser = Changes(), Parser()

        def change(item: Any) -> Endpoint:
            endpoint = _owned(rows, user_id, item.get("id") if isinstance(item, dict) else None)
            changes.make(endpoint, parser.parse(item, endpoint, partial=True), keys)
            return endpoint

        changed, results = _each(items, change)
        changes.save()
    return _with_ids(changed, results)


def endpoints_bulk_switch(*, user_id: int, endpoint_ids: list[int], action: str) -> list[Result]:
    """`pause`, `resume` or `delete` those that are the user's; results as for a creation."""
    with transaction.atomic():
        lock_user(user_id)
        rows = _locked(endpoint_ids)
        chosen, results = _each(endpoint_ids, lambda endpoint_id: _owned(rows, user_id, endpoint_id))
        ids = [endpoint.id for _, endpoint in chosen]
        if action == "delete":
            endpoints_delete(endpoints=Endpoint.objects.filter(id__in=ids))
        else:
            endpoints_set_enabled(user_id=user_id, endpoint_ids=ids, enabled=action == "resume")
    return _with_ids(chosen, results)


def endpoints_bulk_tag(*, user_id: int, endpoint_ids: list[int], tags: list[str], action: str) -> list[Result]:
    """`tag` (add these tags) or `untag` (take them off); results as for a creation."""
    with transaction.atomic():
        lock_user(user_id)
        rows = _locked(endpoint_ids)
        keys, changes, parser = Keys(user_id), Changes(), Parser()

        def change(endpoint_id: int) -> Endpoint:
            endpoint = _owned(rows, user_id, endpoint_id)
            others = [tag for tag in endpoint.tags if tag not in tags]
            wanted = list(dict.fromkeys([*endpoint.tags, *tags])) if action == "tag" else others
            changes.make(endpoint, parser.parse({"tags": wanted}, endpoint, partial=True), keys)
            return endpoint

        changed, results = _each(endpoint_ids, change)
        changes.save()
    return _with_ids(changed, results)


def endpoint_made(user_id: int, values: dict[str, Any], keys: Keys) -> Endpoint:
    """An endpoint that is not saved, with a key of its own; raises `ValidationFailed` or `TooManyEndpoints`."""
    endpoint = endpoint_built(user_id=user_id, values=values)
    endpoint.key = keys.take(values.get("key"), host_of(endpoint.kind, endpoint.url))
    return endpoint


class Parser:
    """One serializer for many items: to make one takes longer than to parse an item with it."""

    def __init__(self, **context: Any) -> None:
        self._serializer = EndpointSerializer(context=context)

    def parse(self, item: Any, endpoint: Endpoint | None = None, *, partial: bool = False) -> dict[str, Any]:
        """The item's values, judged with what stays of `endpoint`; raises DRF's ValidationError."""
        self._serializer.instance, self._serializer.partial = endpoint, partial
        return dict(self._serializer.run_validation(item))


class Changes:
    """Endpoints that were changed and are saved together."""

    def __init__(self) -> None:
        self.fields: set[str] = set()
        self.endpoints: dict[int, Endpoint] = {}
        self.switched: dict[bool, set[int]] = {True: set(), False: set()}

    def make(self, endpoint: Endpoint, values: dict[str, Any], keys: Keys) -> bool:
        """Change a locked endpoint; returns whether anything differed. Raises `ValidationFailed`."""
        key = values.get("key", endpoint.key)
        if key != endpoint.key:
            keys.refuse_taken(key)
            keys.taken.add(key)
        changed = endpoint_changed(endpoint, values)
        if changed:
            self.fields |= changed
            self.endpoints[endpoint.id] = endpoint
        if "enabled" in changed:
            self.switched[endpoint.enabled].add(endpoint.id)
            self.switched[not endpoint.enabled].discard(endpoint.id)
        return bool(changed)

    def save(self) -> None:
        """Write them all."""
        now = timezone.now()
        if self.endpoints:
            # An upsert of rows that exist and are locked; Django's bulk_update takes ten times as long.
            Endpoint.objects.bulk_create(
                self.endpoints.values(),
                update_conflicts=True,
                unique_fields=["id"],
                update_fields=sorted(self.fields | {"updated_at"}),
            )
        for enabled, ids in self.switched.items():
            if ids:
                states_reset(ids, enabled=enabled, now=now)


def failure(index: int, error: ApiError) -> Result:
    """One item's error, in the words of the error envelope."""
    return {"index": index, "status": "fail", **handlers.body(error)}


def _each(items: list[Any], act: Callable[[Any], Endpoint]) -> tuple[list[tuple[int, Endpoint]], list[Result]]:
    """`(what went well by index, results)`; the result of what went well waits for its id."""
    done, results = [], []
    for index, item in enumerate(items):
        try:
            done.append((index, act(item)))
            results.append({"index": index, "status": "ok"})
        except (ApiError, ValidationError) as error:
            results.append(failure(index, handlers.to_api_error(error)))
    return done, results


def _with_ids(done: list[tuple[int, Endpoint]], results: list[Result]) -> list[Result]:
    for index, endpoint in done:
        results[index]["id"] = endpoint.id
    return results


def _locked(ids: list[Any]) -> dict[int, Endpoint]:
    wanted = [value for value in ids if type(value) is int and 0 < value <= MAX_ID]
    rows = Endpoint.objects.filter(LIVE, id__in=wanted).order_by("id").select_for_update()
    return {endpoint.id: endpoint for endpoint in rows}


def _owned(rows: dict[int, Endpoint], user_id: int, endpoint_id: Any) -> Endpoint:
    endpoint = rows.get(endpoint_id) if type(endpoint_id) is int else None
    if endpoint is None:
        raise NotFound
    if endpoint.user_id != user_id:
        raise Forbidden
    return endpoint
