"""The groups of a status page while they are edited: a button sends the whole form, and one thing is moved."""

from collections.abc import MutableSequence, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from django.http import QueryDict

from common.contracts.answers.status_pages import StatusPage

T = TypeVar("T")
NAME, ENDPOINT, ADDED, SHOWN = "group-{}-name", "group-{}-endpoint", "group-{}-add", "shown-{}"


@dataclass(frozen=True)
class Entry:
    """An endpoint on the page; without a name of its own here it has the endpoint's."""

    endpoint_id: int
    name: str = ""

    def to_api(self) -> dict[str, object]:
        return {"endpoint_id": self.endpoint_id} | ({"name": self.name} if self.name else {})


@dataclass(frozen=True)
class Group:
    """Entries under a heading, which may be empty."""

    name: str = ""
    endpoints: list[Entry] = field(default_factory=list)

    def to_api(self) -> dict[str, object]:
        return {"name": self.name, "endpoints": [entry.to_api() for entry in self.endpoints]}


def page_names(page: StatusPage) -> dict[int, str]:
    """The names that a page's readers see, by endpoint."""
    return {entry.endpoint_id: entry.name for group in page.groups for entry in group.endpoints}


def stored_groups(page: StatusPage) -> list[Group]:
    """Those of a page that is kept."""
    return [Group(group.name, [Entry(one.endpoint_id, one.name) for one in group.endpoints]) for group in page.groups]


def posted_groups(data: QueryDict) -> list[Group]:
    """What the form holds; ticked endpoints join the end of their group. An endpoint is on a page once."""
    groups: list[Group] = []
    seen: set[int] = set()
    for key in data.getlist("group"):
        group = Group(_text(data, NAME.format(key)))
        for text in [*data.getlist(ENDPOINT.format(key)), *data.getlist(ADDED.format(key))]:
            if not text.isascii() or not text.isdigit() or int(text) in seen:
                continue
            seen.add(int(text))
            group.endpoints.append(Entry(int(text), _text(data, SHOWN.format(text))))
        groups.append(group)
    return groups


def _text(data: QueryDict, name: str) -> str:
    return str(data.get(name, "")).strip()


def changed_groups(groups: Sequence[Group], action: str) -> list[Group]:
    """After a button: `add`, or `up`, `down`, `remove` with a group's index, and an entry's after it.

    What cannot be done (a stale page) changes nothing.
    """
    changed = [Group(group.name, list(group.endpoints)) for group in groups]
    name, *numbers = action.split(":")
    if name == "add":
        return [*changed, Group()]
    if not all(text.isascii() and text.isdigit() for text in numbers):
        return changed
    places = [int(text) for text in numbers]
    if len(places) == 1:
        _move(changed, places[0], name)
    elif len(places) == 2 and places[0] < len(changed):
        _move(changed[places[0]].endpoints, places[1], name)
    return changed


def _move(items: MutableSequence[T], index: int, name: str) -> None:
    if index >= len(items):
        return
    if name == "remove":
        del items[index]
    elif name == "up" and index > 0:
        items[index - 1], items[index] = items[index], items[index - 1]
    elif name == "down" and index + 1 < len(items):
        items[index + 1], items[index] = items[index], items[index + 1]
