"""Many changes in one call, each with its own outcome: a few statements, however many they are."""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cache
from typing import TypedDict, TypeVar

from django.db.models.query import QuerySet
from django.utils import timezone
from rest_framework.exceptions import ValidationError

from common.api import handlers
from common.api.errors import ApiError, Forbidden, NotFound
from common.formats.ids import MAX_ID
from endpoint_service.endpoints.owner_lock import in_parts, owner_locked
from endpoint_service.endpoints.parsing import Parser
from endpoint_service.endpoints.quota_usage import QuotaUsage
from endpoint_service.endpoints.services import (
    endpoint_build,
    endpoint_change,
    endpoints_delete,
    endpoints_save_new,
    states_reset,
    use_of_endpoint,
)
from endpoint_service.endpoints.values import EndpointValues
from endpoint_service.models import LIVE, Endpoint

MAX_ITEMS = 1000


class Done(TypedDict):
    """An item that was done, by its index in the call, and its endpoint."""

    index: int
    status: str
    id: int


class Failed(handlers.Envelope):
    """An item that was not, with why in the words of the error envelope."""

    index: int
    status: str


Result = Done | Failed
T = TypeVar("T")
S = TypeVar("S")


def endpoints_bulk_create(*, user_id: int, items: list[object]) -> list[Result]:
    """Create what is valid; one result an item, in order: `{"index", "status": "ok", "id"}` or the error."""
    parser, outcomes = Parser(strict=True), Outcomes(len(items))
    built = outcomes.each(enumerate(items), lambda item: endpoint_build(user_id=user_id, values=parser.parse(item)))
    with owner_locked(user_id):
        usage = QuotaUsage(user_id)

        def admit(endpoint: Endpoint) -> Endpoint:
            endpoint.key = usage.admit(use_of_endpoint(endpoint), key=endpoint.key or None)
            return endpoint

        made = outcomes.each(built, admit)
        endpoints_save_new([endpoint for _, endpoint in made])
    return outcomes.results((index, endpoint.id) for index, endpoint in made)


def endpoints_bulk_update(*, user_id: int, items: list[object]) -> list[Result]:
    """Change what is valid of `[{"id": 1, ...}]`; results as for a creation."""
    parser, outcomes = Parser(strict=True), Outcomes(len(items))
    owned = outcomes.owned(user_id, [item.get("id") if isinstance(item, dict) else None for item in items])
    read = outcomes.each(
        [(index, (endpoint_id, items[index])) for index, endpoint_id in owned],
        lambda one: (one[0], parser.fields(one[1], partial=True)),
    )
    with owner_locked(user_id):
        changes = Changes(user_id, endpoints_locked(user_id, [endpoint_id for _, endpoint_id in owned]))

        def change(one: tuple[int, EndpointValues]) -> int:
            endpoint_id, values = one
            changes.apply(endpoint_id, parser.validate(values, changes.endpoint(endpoint_id)))
            return endpoint_id

        done = outcomes.each(read, change)
        changes.save()
    return outcomes.results(done)


def endpoints_bulk_switch(*, user_id: int, endpoint_ids: list[int], action: str) -> list[Result]:
    """`pause`, `resume` or `delete` those that are the user's; results as for a creation."""
    outcomes = Outcomes(len(endpoint_ids))
    owned = outcomes.owned(user_id, endpoint_ids)
    with owner_locked(user_id):
        changes = Changes(user_id, endpoints_locked(user_id, [endpoint_id for _, endpoint_id in owned]))
        if action == "delete":
            endpoints_delete(endpoints=Endpoint.objects.filter(id__in=list(changes.endpoints)))
            done = outcomes.each(owned, lambda endpoint_id: changes.endpoint(endpoint_id).id)
        else:

            def switch(endpoint_id: int) -> int:
                changes.apply(endpoint_id, {"enabled": action == "resume"})
                return endpoint_id

            done = outcomes.each(owned, switch)
            changes.save()
    return outcomes.results(done)


def endpoints_bulk_tag(*, user_id: int, endpoint_ids: list[int], tags: list[str], action: str) -> list[Result]:
    """`tag` (add these tags) or `untag` (take them off); results as for a creation."""
    parser, outcomes = Parser(strict=True), Outcomes(len(endpoint_ids))
    owned = outcomes.owned(user_id, endpoint_ids)
    with owner_locked(user_id):
        changes = Changes(user_id, endpoints_locked(user_id, [endpoint_id for _, endpoint_id in owned]))

        def change(endpoint_id: int) -> int:
            have = changes.endpoint(endpoint_id).tags
            added = list(dict.fromkeys([*have, *tags])) if action == "tag" else [tag for tag in have if tag not in tags]
            changes.apply(endpoint_id, parser.fields({"tags": added}, partial=True))
            return endpoint_id

        done = outcomes.each(owned, change)
        changes.save()
    return outcomes.results(done)


class Outcomes:
    """What became of each item of a call, by its index."""

    def __init__(self, count: int) -> None:
        self._errors: list[ApiError | None] = [None] * count

    def each(self, items: Iterable[tuple[int, S]], act: Callable[[S], T]) -> list[tuple[int, T]]:
        """`act` on each item; what it raises is that item's outcome, and the item is left out."""
        done = []
        for index, item in items:
            try:
                done.append((index, act(item)))
            except (ApiError, ValidationError) as error:
                self._errors[index] = handlers.to_api_error(error)
        return done

    def owned(self, user_id: int, endpoint_ids: Sequence[object]) -> list[tuple[int, int]]:
        """Those that are the user's; the others are `NotFound` or `Forbidden`. Nothing is locked."""
        wanted = [value for value in endpoint_ids if type(value) is int and 0 < value <= MAX_ID]
        owners = dict(Endpoint.objects.filter(LIVE, id__in=wanted).values_list("id", "user_id"))

        def own(endpoint_id: object) -> int:
            if type(endpoint_id) is not int or endpoint_id not in owners:
                raise NotFound
            if owners[endpoint_id] != user_id:
                raise Forbidden
            return endpoint_id

        return self.each(enumerate(endpoint_ids), own)

    def results(self, done: Iterable[tuple[int, int]]) -> list[Result]:
        """Every item's result: its endpoint's id, or what failed in the words of the error envelope."""
        ids = dict(done)
        return [
            {"index": index, "status": "ok", "id": ids[index]}
            if error is None
            else {"index": index, "status": "fail", **handlers.body(error)}
            for index, error in enumerate(self._errors)
        ]


class Changes:
    """Endpoints of one owner that are changed and saved together, under the owner's lock."""

    def __init__(self, user_id: int, endpoints: Iterable[Endpoint]) -> None:
        self.endpoints = {endpoint.id: endpoint for endpoint in endpoints}
        self.changed: dict[int, Endpoint] = {}
        self.usage = cache(lambda: QuotaUsage(user_id))
        """The owner's, read when they are needed."""
        self._user_id = user_id
        self._fields: set[str] = set()
        self._switched: set[int] = set()

    def endpoint(self, endpoint_id: int) -> Endpoint:
        """As it is with what was changed; raises `NotFound` for one that went since it was asked for."""
        if endpoint_id not in self.endpoints:
            raise NotFound
        return self.endpoints[endpoint_id]

    def apply(self, endpoint_id: int, values: EndpointValues) -> set[str]:
        """Change one to validated values; returns the fields that differ and raises what `endpoint_change` does."""
        endpoint = self.endpoint(endpoint_id)
        changed = endpoint_change(endpoint=endpoint, values=values, usage=self.usage)
        if changed:
            self._fields |= changed
            self.changed[endpoint_id] = endpoint
        if "enabled" in changed:
            self._switched.add(endpoint_id)
        return changed

    def write(self, endpoints: Collection[Endpoint]) -> None:
        """Save these of the changed ones, whose rows are locked."""
        if not endpoints:
            return
        # An upsert of rows that exist and are locked; Django's bulk_update takes ten times as long.
        Endpoint.objects.bulk_create(
            endpoints,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=sorted(self._fields | {"updated_at"}),
        )
        for enabled in (True, False):
            switched = [one.id for one in endpoints if one.enabled == enabled and one.id in self._switched]
            if switched:
                states_reset(switched, enabled=enabled, now=timezone.now())

    def save(self) -> None:
        """Write all that was changed."""
        self.write(self.changed.values())

    def save_in_parts(self) -> None:
        """The same for rows that are not locked; those that went meanwhile are left alone."""

        def save(part: Sequence[Endpoint]) -> None:
            there = {row.id for row in endpoints_locked(self._user_id, [one.id for one in part]).only("id")}
            self.write([one for one in part if one.id in there])

        in_parts(list(self.changed.values()), save)


def endpoints_locked(user_id: int, endpoint_ids: Collection[int]) -> QuerySet[Endpoint]:
    """The user's own of these, locked until the transaction ends: never a row of somebody else."""
    return Endpoint.objects.filter(LIVE, user_id=user_id, id__in=endpoint_ids).order_by("id").select_for_update()
