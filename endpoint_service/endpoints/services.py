"""The rules of endpoints: making, changing, pausing and deleting them, and what the others hear of them."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache

from django.db.models import F, Q, TextField
from django.db.models.functions import Cast
from django.db.models.query import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from common.api.errors import NotFound
from common.contracts.check_kinds import name_of
from common.contracts.endpoint import SPEC_FIELDS
from endpoint_service.endpoints.masking import (
    join_secrets,
    refuse_other_origin,
    split_headers,
    split_options,
    stored_secrets,
)
from endpoint_service.endpoints.owner_lock import owner_locked
from endpoint_service.endpoints.quota_usage import QuotaUsage, Use, refuse_taken_key, use_of
from endpoint_service.endpoints.values import EndpointFilters, EndpointValues, new_values
from endpoint_service.models import LIVE, Endpoint, EndpointState

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


def endpoint_build(*, user_id: int, values: EndpointValues, masks_of: Endpoint | None = None) -> Endpoint:
    """An endpoint that is not saved, of validated values over the defaults.

    Masks stand for the secrets of `masks_of`; raises `ValidationFailed` for one that stands for nothing, or for what was
    given for another origin.
    """
    fields: EndpointValues = {**new_values(), **values}
    stored = stored_secrets(masks_of)
    if masks_of:
        refuse_other_origin(fields, stored, (masks_of.kind, masks_of.url), (fields["kind"], fields["url"]))
    headers, secret_headers = split_headers(fields["headers"], stored)
    options, auth = split_options(fields["options"], stored)
    fields["headers"], fields["options"] = headers, options
    fields["secrets"] = join_secrets(secret_headers, auth)
    fields["name"] = fields.get("name") or name_of(fields["kind"], fields["url"])
    return Endpoint(user_id=user_id, **fields)


def endpoints_save_new(endpoints: Sequence[Endpoint]) -> None:
    """Insert them with their first states: two statements, however many they are."""
    Endpoint.objects.bulk_create(endpoints)
    for endpoint in endpoints:
        state = "pending" if endpoint.enabled else "paused"
        endpoint.current = EndpointState(endpoint=endpoint, state=state, changed_at=endpoint.created_at)
    EndpointState.objects.bulk_create([endpoint.current for endpoint in endpoints])


def endpoint_create(*, user_id: int, values: EndpointValues) -> Endpoint:
    """A new endpoint; raises `TooManyEndpoints`, `QuotaExceeded`, `ValidationFailed` for a key that is taken."""
    endpoint = endpoint_build(user_id=user_id, values=values)
    with owner_locked(user_id):
        endpoint.key = QuotaUsage(user_id).admit(use_of_endpoint(endpoint), key=values.get("key"))
        endpoints_save_new([endpoint])
    return endpoint


def endpoint_clone(*, endpoint: Endpoint, name: str | None = None, key: str | None = None) -> Endpoint:
    """A copy with its secrets under another key; raises as `endpoint_create` does."""
    copied = {field: getattr(endpoint, field) for field in (*SPEC_FIELDS, "tags", "secrets", "user_id")}
    clone = Endpoint(**copied, name=name or (_("%(name)s (copy)") % {"name": endpoint.name})[:200])
    with owner_locked(endpoint.user_id):
        clone.key = QuotaUsage(endpoint.user_id).admit(use_of_endpoint(clone), key=key, like=endpoint.key)
        endpoints_save_new([clone])
    return clone


def endpoint_update(*, user_id: int, endpoint_id: int, validate: Callable[[Endpoint], EndpointValues]) -> Endpoint:
    """Change it to what `validate` makes of the endpoint as it is; raises `NotFound` and what `endpoint_change` does."""
    with owner_locked(user_id):
        endpoint = Endpoint.objects.filter(LIVE, id=endpoint_id, user_id=user_id).select_for_update().first()
        if endpoint is None:
            raise NotFound
        changed = endpoint_change(
            endpoint=endpoint, values=validate(endpoint), usage=cache(lambda: QuotaUsage(user_id))
        )
        if changed:
            endpoint.save(update_fields=[*changed, "updated_at"])
        if "enabled" in changed:
            states_reset([endpoint.id], enabled=endpoint.enabled, now=endpoint.updated_at)
        return live_endpoints().get(id=endpoint_id)


def endpoint_change(*, endpoint: Endpoint, values: EndpointValues, usage: Callable[[], QuotaUsage]) -> set[str]:
    """Set what differs, unsaved; returns the fields that did, `version` among them where the spec is another.

    Raises `ValidationFailed` for a key that is taken, a mask without a secret and secrets that would go elsewhere, and
    `QuotaExceeded`; then nothing of the endpoint is another.
    """
    values = endpoint_values(endpoint, values)
    changed = {field for field, value in values.items() if getattr(endpoint, field) != value}
    if "key" in changed:
        refuse_taken_key(values["key"], usage().keys)
    if changed & {"kind", "url", "interval", "enabled"}:
        after = use_of(
            values.get("kind", endpoint.kind),
            values.get("url", endpoint.url),
            values.get("interval", endpoint.interval),
            enabled=values.get("enabled", endpoint.enabled),
        )
        usage().take_rate(after, use_of_endpoint(endpoint))
    if "key" in changed:
        usage().keys.add(values["key"])
    for field, value in values.items():
        if field in changed:
            setattr(endpoint, field, value)
    if changed & {*SPEC_FIELDS, "secrets"}:
        endpoint.version += 1
        changed.add("version")
    return changed


def endpoint_values(endpoint: Endpoint, values: EndpointValues) -> EndpointValues:
    """What is stored of validated values: secrets apart, a name for an empty one; raises `ValidationFailed`."""
    values = values.copy()
    stored = stored_secrets(endpoint)
    after = values.get("kind", endpoint.kind), values.get("url", endpoint.url)
    refuse_other_origin(values, stored, (endpoint.kind, endpoint.url), after)
    secret_headers, auth = stored.get("headers") or {}, stored.get("auth")
    if "headers" in values:
        values["headers"], secret_headers = split_headers(values["headers"], stored)
    if "options" in values:
        values["options"], auth = split_options(values["options"], stored)
    values["secrets"] = join_secrets(secret_headers, auth)
    if values.get("name") == "":
        values["name"] = name_of(values.get("kind", endpoint.kind), values.get("url", endpoint.url))
    return values


def use_of_endpoint(endpoint: Endpoint) -> Use:
    """What it uses as it is."""
    return use_of(endpoint.kind, endpoint.url, endpoint.interval, enabled=endpoint.enabled)


def endpoint_switch(*, user_id: int, endpoint_id: int, enabled: bool) -> None:
    """Pause or resume it; raises `NotFound`, `QuotaExceeded`."""
    endpoint_update(user_id=user_id, endpoint_id=endpoint_id, validate=lambda _endpoint: {"enabled": enabled})


def states_reset(endpoint_ids: Iterable[int], *, enabled: bool, now: datetime) -> None:
    """What the states of endpoints are before the checker says more: `pending` after a pause, or `paused`."""
    state = "pending" if enabled else "paused"
    rows = EndpointState.objects.filter(endpoint_id__in=endpoint_ids)
    list(rows.order_by("endpoint_id").select_for_update())  # in the order in which `states_apply` locks them
    rows.update(state=state, changed_at=now)


def endpoint_delete(*, user_id: int, endpoint_id: int) -> None:
    """Delete it; one that is gone already is no error."""
    with owner_locked(user_id):
        endpoints_delete(endpoints=Endpoint.objects.filter(id=endpoint_id, user_id=user_id))


def endpoints_delete(*, endpoints: QuerySet[Endpoint]) -> int:
    """Leave tombstones without anything of the user's for the followers; returns how many were deleted."""
    now, nothing = timezone.now(), Endpoint(headers={}, assertions=[], options={}, tags=[])
    emptied = ("key", "name", "url", "headers", "body", "assertions", "options", "secrets", "tags")
    values = {field: getattr(nothing, field) for field in emptied}
    return endpoints.filter(LIVE).order_by().update(**values, deleted_at=now, updated_at=now)


def endpoints_search(*, user_id: int, filters: EndpointFilters) -> QuerySet[Endpoint]:
    """A user's endpoints by the filters of `EndpointQuery`, in a stable order."""
    found = live_endpoints().filter(user_id=user_id)
    if states := filters.get("state"):
        found = found.filter(current__state__in=states)
    if kinds := filters.get("kind"):
        found = found.filter(kind__in=kinds)
    if tags := filters.get("tag"):
        found = found.filter(tags__contains=tags)
    if (enabled := filters.get("enabled")) is not None:
        found = found.filter(enabled=enabled)
    if text := filters.get("search"):
        found = found.filter(Q(name__icontains=text) | Q(url__icontains=text) | Q(key__icontains=text))
    sort = filters.get("sort", "id")
    field = _SORT_FIELDS.get(sort.lstrip("-"), sort.lstrip("-"))
    order = F(field).desc(nulls_last=True) if sort.startswith("-") else F(field).asc(nulls_last=True)
    return found.order_by(order, "id")
