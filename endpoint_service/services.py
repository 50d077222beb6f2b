"""The rules of endpoints: making, changing, pausing and deleting them, and what the others hear of them."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, TextField
from django.db.models.functions import Cast
from django.db.models.query import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from common.errors import NotFound, ValidationFailed
from endpoint_service.errors import TooManyEndpoints
from endpoint_service.masking import joined, split_headers, split_options
from endpoint_service.models import LIVE, Endpoint, EndpointState, MaintenanceWindow
from endpoint_service.rules.target import host_of, name_of
from endpoint_service.spec import MAX_KEY, SPEC_FIELDS, State, default_spec

_SORT_FIELDS = {
    "state": "current__state",
    "state_changed_at": "current__changed_at",
    "last_checked_at": "current__checked_at",
}


def live_endpoints() -> QuerySet[Endpoint]:
    """Every endpoint that is not deleted, with its state."""
    return Endpoint.objects.filter(LIVE).select_related("current")


def feed_endpoints() -> QuerySet[Endpoint]:
    """Every endpoint, deleted ones too, with its secrets still encrypted as `sealed`."""
    return Endpoint.objects.defer("secrets").annotate(sealed=Cast("secrets", TextField()))


def lock_user(user_id: int) -> None:
    """Let changes that count a user's endpoints or look at all of their keys go one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [user_id])


class Keys:
    """The keys that a user's endpoints have, and room for how many more; under `lock_user`."""

    def __init__(self, user_id: int) -> None:
        self.taken = set(Endpoint.objects.filter(LIVE, user_id=user_id).values_list("key", flat=True))

    def take(self, wanted: str | None, host: str) -> str:
        """`wanted`, or a free one made of `host`; raises `ValidationFailed` or `TooManyEndpoints`."""
        if len(self.taken) >= settings.MAX_ENDPOINTS_PER_USER:
            raise TooManyEndpoints
        key = wanted or self._free(host)
        self.refuse_taken(key)
        self.taken.add(key)
        return key

    def refuse_taken(self, key: str) -> None:
        """Raises `ValidationFailed` where another endpoint has this key."""
        if key in self.taken:
            raise ValidationFailed(errors={"key": [_("Another endpoint of yours has this key.")]})

    def _free(self, host: str) -> str:
        base = key_of(host)
        key, number = base, 1
        while key in self.taken:
            number += 1
            key = f"{base}-{number}"
        return key


def key_of(host: str) -> str:
    """The key that a host suggests; short enough for a number behind it."""
    return re.sub(r"[^a-z0-9._-]+", "-", host.lower()).strip("-._")[: MAX_KEY - 10] or "endpoint"


def endpoint_built(*, user_id: int, values: dict[str, Any], key: str = "") -> Endpoint:
    """An endpoint that is not saved, of validated values over the defaults; raises `ValidationFailed` for a mask."""
    fields = default_spec() | values
    headers, secret_headers = split_headers(fields["headers"], None)
    options, auth = split_options(fields["options"], None)
    fields |= {"headers": headers, "options": options, "secrets": joined(secret_headers, auth), "key": key}
    fields["name"] = fields.get("name") or name_of(fields["kind"], fields["url"])
    return Endpoint(user_id=user_id, **fields)


def endpoints_save_new(endpoints: Sequence[Endpoint]) -> None:
    """Insert them with their first states: two statements, however many they are."""
    Endpoint.objects.bulk_create(endpoints)
    for endpoint in endpoints:
        state = State.PENDING if endpoint.enabled else State.PAUSED
        endpoint.current = EndpointState(endpoint=endpoint, state=state, changed_at=endpoint.created_at)
    EndpointState.objects.bulk_create([endpoint.current for endpoint in endpoints])


@transaction.atomic
def endpoint_create(*, user_id: int, values: dict[str, Any]) -> Endpoint:
    """A new endpoint; raises `TooManyEndpoints`, `ValidationFailed` for a key that is taken."""
    lock_user(user_id)
    key = Keys(user_id).take(values.get("key"), host_of(values.get("kind", "http"), values["url"]))
    endpoint = endpoint_built(user_id=user_id, values=values, key=key)
    endpoints_save_new([endpoint])
    return endpoint


@transaction.atomic
def endpoint_clone(*, endpoint: Endpoint, name: str | None = None, key: str | None = None) -> Endpoint:
    """A copy with its secrets under another key; raises as `endpoint_create` does."""
    lock_user(endpoint.user_id)
    key = Keys(endpoint.user_id).take(key, endpoint.key)
    copied = {field: getattr(endpoint, field) for field in (*SPEC_FIELDS, "tags", "secrets", "user_id")}
    name = name or (_("%(name)s (copy)") % {"name": endpoint.name})[:200]
    clone = Endpoint(**copied, key=key, name=name)
    endpoints_save_new([clone])
    return clone


@transaction.atomic
def endpoint_update(*, user_id: int, endpoint_id: int, values: dict[str, Any]) -> Endpoint:
    """Change it; raises `NotFound`, `ValidationFailed` for a key that is taken or a mask without a secret."""
    lock_user(user_id)
    endpoint = Endpoint.objects.filter(LIVE, id=endpoint_id).select_for_update().first()
    if endpoint is None:
        raise NotFound
    if values.get("key", endpoint.key) != endpoint.key:
        Keys(user_id).refuse_taken(values["key"])
    changed = endpoint_changed(endpoint, values)
    if changed:
        endpoint.save(update_fields=[*changed, "updated_at"])
    if "enabled" in changed:
        states_reset([endpoint.id], enabled=endpoint.enabled, now=endpoint.updated_at)
    return live_endpoints().get(id=endpoint_id)


def endpoint_changed(endpoint: Endpoint, values: dict[str, Any]) -> set[str]:
    """Set what differs, unsaved; returns the fields that did, `version` among them where the spec is another."""
    values = dict(values)
    stored = endpoint.secrets or {}
    secret_headers, auth = stored.get("headers") or {}, stored.get("auth")
    if "headers" in values:
        values["headers"], secret_headers = split_headers(values["headers"], stored)
    if "options" in values:
        values["options"], auth = split_options(values["options"], stored)
    values["secrets"] = joined(secret_headers, auth)
    if values.get("name") == "":
        values["name"] = name_of(values.get("kind", endpoint.kind), values.get("url", endpoint.url))
    changed = {field for field, value in values.items() if getattr(endpoint, field) != value}
    for field in changed:
        setattr(endpoint, field, values[field])
    if changed & {*SPEC_FIELDS, "secrets"}:
        endpoint.version += 1
        changed.add("version")
    return changed


@transaction.atomic
def endpoints_set_enabled(*, user_id: int, endpoint_ids: Iterable[int], enabled: bool) -> None:
    """Pause or resume them; those that are so already stay untouched."""
    lock_user(user_id)
    rows = Endpoint.objects.filter(LIVE, id__in=endpoint_ids).exclude(enabled=enabled)
    ids = list(rows.order_by("id").select_for_update().values_list("id", flat=True))
    now = timezone.now()
    Endpoint.objects.filter(id__in=ids).update(enabled=enabled, version=F("version") + 1, updated_at=now)
    states_reset(ids, enabled=enabled, now=now)


def states_reset(endpoint_ids: Iterable[int], *, enabled: bool, now: datetime) -> None:
    """What the states of endpoints are before the checker says more: `pending` after a pause, or `paused`."""
    state = State.PENDING if enabled else State.PAUSED
    rows = EndpointState.objects.filter(endpoint_id__in=endpoint_ids)
    list(rows.order_by("endpoint_id").select_for_update())  # in the order in which `states_apply` locks them
    rows.update(state=state, changed_at=now)


def endpoints_delete(*, endpoints: QuerySet[Endpoint]) -> int:
    """Leave tombstones without anything of the user's for the followers; returns how many were deleted."""
    now, nothing = timezone.now(), Endpoint(headers={}, assertions=[], options={}, tags=[])
    emptied = ("key", "name", "url", "headers", "body", "assertions", "options", "secrets", "tags")
    values = {field: getattr(nothing, field) for field in emptied}
    return endpoints.filter(LIVE).order_by().update(**values, deleted_at=now, updated_at=now)


def windows_delete(*, windows: QuerySet[MaintenanceWindow]) -> None:
    """Leave tombstones without the user's words for the followers."""
    now = timezone.now()
    windows.filter(LIVE).update(name="", tags=[], deleted_at=now, updated_at=now)


def endpoints_found(*, user_id: int, filters: dict[str, Any]) -> QuerySet[Endpoint]:
    """A user's endpoints by the filters of `EndpointQuery`, in a stable order."""
    found = live_endpoints().filter(user_id=user_id)
    if states := filters.get("state"):
        found = found.filter(current__state__in=states)
    if kinds := filters.get("kind"):
        found = found.filter(kind__in=kinds)
    if tags := filters.get("tag"):
        found = found.filter(tags__contains=tags)
    if filters.get("enabled") is not None:
        found = found.filter(enabled=filters["enabled"])
    if text := filters.get("search"):
        found = found.filter(Q(name__icontains=text) | Q(url__icontains=text) | Q(key__icontains=text))
    sort = filters.get("sort", "id")
    field = _SORT_FIELDS.get(sort.lstrip("-"), sort.lstrip("-"))
    order = F(field).desc(nulls_last=True) if sort.startswith("-") else F(field).asc(nulls_last=True)
    return found.order_by(order, "id")


def users_gone(*, user_ids: Sequence[int]) -> None:
    """Delete what users who are deleted leave behind."""
    if user_ids:
        endpoints_delete(endpoints=Endpoint.objects.filter(user_id__in=user_ids))
        windows_delete(windows=MaintenanceWindow.objects.filter(user_id__in=user_ids))
