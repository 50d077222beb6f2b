"""The groups of a status page, above all while they are edited: a button sends the whole form, and one thing is moved.

A group is `{"name", "endpoints": [{"endpoint_id", "name"}]}`, as in the API.
"""

from collections.abc import Sequence
from typing import Any

from django.http import QueryDict

Group = dict[str, Any]
NAME, ENDPOINT, ADDED, SHOWN = "group-{}-name", "group-{}-endpoint", "group-{}-add", "shown-{}"


def page_names(page: dict[str, Any]) -> dict[int, str]:
    """The names that a page's readers see, by endpoint."""
    entries = [entry for group in page["groups"] for entry in group["endpoints"]]
    return {entry["endpoint_id"]: entry["name"] for entry in entries}


def posted_groups(data: QueryDict) -> list[Group]:
    """What the form holds; ticked endpoints join the end of their group. An endpoint is on a page once."""
    groups: list[Group] = []
    seen: set[int] = set()
    for key in data.getlist("group"):
        group: Group = {"name": data.get(NAME.format(key), "").strip(), "endpoints": []}
        for text in [*data.getlist(ENDPOINT.format(key)), *data.getlist(ADDED.format(key))]:
            if not text.isascii() or not text.isdigit() or int(text) in seen:
                continue
            seen.add(int(text))
            entry = {"endpoint_id": int(text), "name": data.get(SHOWN.format(text), "").strip()}
            group["endpoints"].append(entry if entry["name"] else {"endpoint_id": int(text)})
        groups.append(group)
    return groups


def changed_groups(groups: Sequence[Group], action: str) -> list[Group]:
    """After a button: `add`, or `up`, `down`, `remove` with a group's index, and an entry's after it.

    What cannot be done (a stale page) changes nothing.
    """
    changed = [{"name": group["name"], "endpoints": list(group["endpoints"])} for group in groups]
    name, *numbers = action.split(":")
    if name == "add":
        return [*changed, {"name": "", "endpoints": []}]
    if not all(text.isascii() and text.isdigit() for text in numbers):
        return changed
    places = [int(text) for text in numbers]
    if len(places) == 1:
        _move(changed, places[0], name)
    elif len(places) == 2 and places[0] < len(changed):
        _move(changed[places[0]]["endpoints"], places[1], name)
    return changed


def _move(items: list[Any], index: int, name: str) -> None:
    if index >= len(items):
        return
    if name == "remove":
        del items[index]
    elif name == "up" and index > 0:
        items[index - 1], items[index] = items[index], items[index - 1]
    elif name == "down" and index + 1 < len(items):
        items[index + 1], items[index] = items[index], items[index + 1]
