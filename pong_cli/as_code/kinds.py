"""What a file can hold: for each kind of thing its section, its place in the API, and the way from one to the other.

An entry names endpoints by their keys, the API by their ids; what does not differ passes through.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pong_cli.as_code import schema

Entry = dict[str, Any]
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
        return tuple(schema.load()["$defs"][self.definition]["properties"])

    def wanted(self, entry: Entry) -> Entry:
        """The entry with its defaults; the API's own timeout fits into the interval."""
        whole = self.defaults | entry
        if "timeout" in whole and "timeout" not in entry:
            whole["timeout"] = min(whole["timeout"], whole["interval"])
        if self.scoped and states_scope(entry):
            whole["covers_all"] = entry.get("covers_all", False)
        elif self.scoped:
            whole = {name: value for name, value in whole.items() if name not in SCOPE}
        return {name: whole[name] for name in self.fields if name in whole}

    def stored(self, item: Entry, keys: Keys) -> Entry:
        """The API's object as an entry with every field."""
        whole = self.read(item, keys)
        return {name: whole[name] for name in self.fields if name in whole}


def _names(ids: list[int], keys: Keys) -> list[str]:
    """Keys of endpoints; one that is gone is left out, since a file could not name it."""
    return [keys[number] for number in ids if number in keys]


def states_scope(entry: Entry) -> bool:
    """Whether an entry says what it is for."""
    return any(name in entry for name in SCOPE)


def _with_keys(item: Entry, keys: Keys) -> Entry:
    """A server of before the field says "all" by naming nothing; what named something that is gone is for none."""
    covers_all = item.get("covers_all", not item["endpoint_ids"] and not item["tags"])
    return item | {"endpoints": _names(item["endpoint_ids"], keys), "covers_all": covers_all}


def _with_ids(entry: Entry, ids: Ids) -> Entry:
    body = {name: value for name, value in entry.items() if name != "endpoints"}
    return body | ({"endpoint_ids": [ids[key] for key in entry["endpoints"]]} if "endpoints" in entry else {})


def _window_read(item: Entry, keys: Keys) -> Entry:
    """The end of a window that comes once is made of its start and duration."""
    return _with_keys(item, keys) | ({} if item["cron"] else {"ends_at": None})


def _window_write(entry: Entry, ids: Ids) -> Entry:
    body = _with_ids(entry, ids)
    return body if entry["cron"] else {name: value for name, value in body.items() if name != "ends_at"}


def _page_read(item: Entry, keys: Keys) -> Entry:
    return item | {
        "groups": [
            {
                "name": group["name"],
                "endpoints": [
                    {"key": keys[one["endpoint_id"]], "name": one["name"]}
                    for one in group["endpoints"] if one["endpoint_id"] in keys
                ],
            }
            for group in item["groups"]
        ]
    }  # fmt: skip


def _page_write(entry: Entry, ids: Ids) -> Entry:
    groups = [
        {
            "name": group.get("name", ""),
            "endpoints": [
                {"endpoint_id": ids[one["key"]], **({"name": one["name"]} if one.get("name") else {})}
                for one in group["endpoints"]
            ],
        }
        for group in entry["groups"]
    ]  # fmt: skip
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


def endpoints_named(kind: Kind, entry: Entry) -> list[str]:
    """The keys of endpoints that an entry names."""
    if kind.section == "status_pages":
        return [one["key"] for group in entry.get("groups", []) for one in group["endpoints"]]
    return list(entry.get("endpoints", []))
