"""What a file can hold: for each kind of thing its section, its place in the API, and the way from one to the other.

An entry names endpoints by their keys, the API by their ids; what does not differ passes through.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import msgspec

from common.contracts.answers.status_pages import StatusPage
from pong_cli.answers import known
from pong_cli.as_code import schema
from pong_cli.as_code.document import Entry

Keys = Mapping[int, str]
Ids = Mapping[str, int]
SCOPE = ("covers_all", "endpoints", "tags")
"""The fields that say which endpoints something is for."""


@dataclass(frozen=True)
class Kind:
    """`ident` is the field by which an entry is known; `as_sets` are lists whose order means nothing.

    What is `scoped` is for all endpoints or for some; an entry that says nothing of that leaves it as it is.
    """

    section: str
    definition: str
    path: str
    ident: str
    read: Callable[[Entry, Keys], Entry]
    write: Callable[[Entry, Ids], Entry]
    as_sets: tuple[str, ...] = ()
    scoped: bool = False

    @cached_property
    def defaults(self) -> Entry:
        """What an entry is where the file does not say."""
        return schema.defaults(self.definition)

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """All fields, in the file's order."""
        return tuple(schema.properties(self.definition))

    def wanted(self, entry: Entry) -> Entry:
        """The entry with its defaults; the API's own timeout fits into the interval."""
        whole = self.defaults | entry
        interval, timeout = whole.get("interval"), whole.get("timeout")
        if "timeout" not in entry and isinstance(interval, int) and isinstance(timeout, int):
            whole["timeout"] = min(timeout, interval)
        if self.scoped and states_scope(entry):
            whole["covers_all"] = entry.get("covers_all", False)
        elif self.scoped:
            whole = {name: value for name, value in whole.items() if name not in SCOPE}
        return {name: whole[name] for name in self.fields if name in whole}

    def stored(self, item: Entry, keys: Keys) -> Entry:
        """The API's object as an entry with every field."""
        whole = self.read(item, keys)
        return {name: whole[name] for name in self.fields if name in whole}


class _Scope(msgspec.Struct):
    """Which endpoints something is for; a server of before says "all" by naming nothing."""

    endpoint_ids: list[int]
    tags: list[str]
    covers_all: bool | msgspec.UnsetType | None = msgspec.UNSET


class Shown(msgspec.Struct):
    """An endpoint on a status page; without a name it has its own."""

    key: str
    name: str = ""


class Group(msgspec.Struct):
    """What a file says of a status page's group."""

    endpoints: list[Shown]
    name: str = ""


def groups_of(value: object) -> list[Group]:
    """The groups of an entry, which the schema has seen."""
    return msgspec.convert(value or [], list[Group])


def states_scope(entry: Entry) -> bool:
    """Whether an entry says what it is for."""
    return any(name in entry for name in SCOPE)


def _with_keys(item: Entry, keys: Keys) -> Entry:
    """An endpoint that is gone is left out, since a file could not name it; what named it alone is for none."""
    scope = known(item, _Scope)
    covers_all = scope.covers_all
    if covers_all is msgspec.UNSET:
        covers_all = not scope.endpoint_ids and not scope.tags
    names = [keys[number] for number in scope.endpoint_ids if number in keys]
    return item | {"endpoints": names, "covers_all": covers_all}


def _with_ids(entry: Entry, ids: Ids) -> Entry:
    body = {name: value for name, value in entry.items() if name != "endpoints"}
    return body | ({"endpoint_ids": [ids[key] for key in endpoint_keys(entry)]} if "endpoints" in entry else {})


def endpoint_keys(entry: Entry) -> list[str]:
    """The endpoints that a scoped entry names."""
    return msgspec.convert(entry.get("endpoints", []), list[str])


def _window_read(item: Entry, keys: Keys) -> Entry:
    """The end of a window that comes once is made of its start and duration."""
    return _with_keys(item, keys) | ({} if item["cron"] else {"ends_at": None})


def _window_write(entry: Entry, ids: Ids) -> Entry:
    body = _with_ids(entry, ids)
    return body if entry["cron"] else {name: value for name, value in body.items() if name != "ends_at"}


def _page_read(item: Entry, keys: Keys) -> Entry:
    groups = [
        {
            "name": group.name,
            "endpoints": [
                {"key": keys[one.endpoint_id], "name": one.name} for one in group.endpoints if one.endpoint_id in keys
            ],
        }
        for group in known(item, StatusPage).groups
    ]
    return item | {"groups": groups}


def _page_write(entry: Entry, ids: Ids) -> Entry:
    groups = [
        {
            "name": group.name,
            "endpoints": [
                {"endpoint_id": ids[one.key], **({"name": one.name} if one.name else {})} for one in group.endpoints
            ],
        }
        for group in groups_of(entry["groups"])
    ]
    return entry | {"groups": groups}


ENDPOINT = Kind(
    "endpoints", "endpoint", "/endpoint-service/endpoints", "key",
    read=lambda item, _keys: item, write=lambda entry, _ids: entry, as_sets=("tags",),
)  # fmt: skip
OTHERS = (
    Kind(
        "channels", "channel", "/notification-service/notifications", "name",
        read=_with_keys, write=_with_ids, as_sets=("events", "tags", "endpoints"), scoped=True,
    ),
    Kind(
        "maintenance", "window", "/endpoint-service/maintenance-windows", "name",
        read=_window_read, write=_window_write, as_sets=("tags", "endpoints"), scoped=True,
    ),
    Kind("status_pages", "page", "/report-service/status-pages", "slug", read=_page_read, write=_page_write),
)  # fmt: skip
"""In the order in which they are made; endpoints come before all, since the others name them."""
EVERY = (ENDPOINT, *OTHERS)


def as_set(value: object) -> list[str]:
    """The texts of a list whose order means nothing."""
    return sorted(msgspec.convert(value or [], list[str]))


def endpoints_named(kind: Kind, entry: Entry) -> list[str]:
    """The keys of endpoints that an entry names."""
    if kind.section == "status_pages":
        return [one.key for group in groups_of(entry.get("groups")) for one in group.endpoints]
    return endpoint_keys(entry)
