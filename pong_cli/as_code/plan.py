"""What differs between a file and the account: a list of changes, each with the line that wants it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import msgspec

from common.contracts.answers.endpoint_service import Endpoint
from pong_cli.answers import known
from pong_cli.as_code import dry_run, schema
from pong_cli.as_code.document import Document, Entry
from pong_cli.as_code.kinds import ENDPOINT, EVERY, Group, Kind, Shown, as_set, endpoints_named, groups_of, states_scope
from pong_cli.as_code.normal import has_mask, same
from pong_cli.errors import WrongUsage
from pong_cli.labels import _

if TYPE_CHECKING:
    from pong_cli.api import Api

Action = Literal["create", "update", "delete"]
SECRETS = "secrets"
"""Stands for values that differ but are never shown."""


class _Stored(msgspec.Struct):
    """What everything that is kept has."""

    id: int


@dataclass(frozen=True)
class Change:
    """One thing to make, change or remove; `fields` has what changes as `(before, after)`."""

    kind: Kind
    action: Action
    name: str
    entry: Entry = field(default_factory=dict)
    fields: Mapping[str, tuple[object, object]] = field(default_factory=dict)
    id: int | None = None
    line: int = 0


@dataclass
class Plan:
    """All changes, in the order in which they are to be made, and how much stays as it is."""

    changes: list[Change]
    unchanged: int
    ids: dict[str, int]
    """The endpoints that exist, by key."""


def make(api: "Api", document: Document, *, prune: bool, secrets: bool) -> Plan:
    """Compare; raises `WrongUsage` with lines for a file that cannot be applied.

    `prune` removes what a section of the file does not name; `secrets` sends channels' secrets again, since the API
    shows no difference in them (for endpoints the API itself compares).
    """
    schema.check(document)
    document.refuse()
    stored = {
        kind.section: list(api.objects(kind.path))
        for kind in EVERY
        if kind is ENDPOINT or kind.section in document.sections
    }
    keys = {one.id: one.key for one in (known(item, Endpoint) for item in stored["endpoints"])}
    ids = {key: number for number, key in keys.items()}
    _check_names(document, ids)
    document.refuse()
    changes, unchanged, gone = list[Change](), 0, list[Change]()
    for kind in EVERY:
        if kind.section not in document.sections:
            continue
        have = _by_name(kind, stored[kind.section], document)
        wants = _compared(kind, document, have, keys, secrets=secrets and kind is not ENDPOINT)
        if kind is ENDPOINT:
            wants = dry_run.settled(api, document, wants)
        changes += [change for change in wants if change.action == "create" or change.fields]
        unchanged += sum(change.action == "update" and not change.fields for change in wants)
        if prune:
            named = {change.name for change in wants}
            gone += [
                Change(kind, "delete", name, id=known(item, _Stored).id)
                for name, item in have.items()
                if name not in named
            ]
    return Plan(changes + gone[::-1], unchanged, ids)


def _check_names(document: Document, ids: Mapping[str, int]) -> None:
    """Each name once, and no endpoint that is neither in the file nor in the account."""
    known = {str(entry["key"]) for entry in document.sections.get("endpoints", [])} | ids.keys()
    for kind in EVERY:
        seen: set[str] = set()
        for index, entry in enumerate(document.sections.get(kind.section, [])):
            place = (kind.section, index, kind.ident)
            name = str(entry[kind.ident])
            if name in seen:
                document.wrong(place, _("%(name)s stands here twice.") % {"name": name})
            seen.add(name)
            if kind.scoped and states_scope(entry):
                _check_scope(document, (kind.section, index), entry)
            for key in endpoints_named(kind, entry):
                if key not in known:
                    document.wrong((kind.section, index), _("There is no endpoint %(key)s.") % {"key": key})


def _check_scope(document: Document, place: tuple[str, int], entry: Entry) -> None:
    """Nothing becomes for all, or for none, because a list is empty."""
    named = entry.get("endpoints") or entry.get("tags")
    if entry.get("covers_all") and named:
        document.wrong(place, _("It is for all endpoints or for those that it names, not both."))
    if "covers_all" not in entry and not named:
        document.wrong(place, _("It names no endpoints and no tags: say covers_all: true or false."))


def _by_name(kind: Kind, items: list[Entry], document: Document) -> dict[str, Entry]:
    """The account's things by name; names that the file uses must be unambiguous there too."""
    found: dict[str, Entry] = {}
    used = {str(entry[kind.ident]) for entry in document.sections[kind.section]}
    for item in items:
        name = str(item[kind.ident])
        if name in found and name in used:
            raise WrongUsage(
                _("Your account has several %(section)s that are called %(name)s.")
                % {"section": kind.section, "name": name},
                _("Rename or remove one of them first."),
            )
        found[name] = item
    return found


def _compared(
    kind: Kind, document: Document, have: Mapping[str, Entry], keys: Mapping[int, str], *, secrets: bool
) -> list[Change]:
    """One change for each entry; an update without fields is none."""
    changes = []
    for index, given in enumerate(document.sections[kind.section]):
        entry, line, name = kind.wanted(given), document.line((kind.section, index)), str(given[kind.ident])
        item = have.get(name)
        if item is None:
            changes.append(Change(kind, "create", name, entry, {}, None, line))
            continue
        stored = kind.stored(item, keys)
        fields = {
            field: (stored.get(field), value)
            for field, value in entry.items()
            if not _agree(kind, field, value, stored)
        }
        if secrets and has_mask(stored):
            fields[SECRETS] = (None, None)
        changes.append(Change(kind, "update", name, entry, fields, known(item, _Stored).id, line))
    return changes


def _agree(kind: Kind, field: str, value: object, stored: Entry) -> bool:
    have = stored.get(field)
    if field in kind.as_sets:
        return as_set(value) == as_set(have)
    if field == "settings" and isinstance(value, dict) and isinstance(have, dict):
        # The API may keep more than a file has to say.
        return all(same(value[name], have.get(name)) for name in value)
    if field == "groups":
        return _named(groups_of(value), groups_of(have)) == groups_of(have)
    return same(value, have)


def _named(groups: list[Group], stored: list[Group]) -> list[Group]:
    """The groups with every name; one that the file leaves to the API is whatever the API has."""
    names = {one.key: one.name for group in stored for one in group.endpoints}
    return [
        Group([Shown(one.key, one.name or names.get(one.key, "")) for one in group.endpoints], group.name)
        for group in groups
    ]
