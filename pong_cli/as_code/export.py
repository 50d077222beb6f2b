"""The account as a file: only what differs from the defaults; secrets are masks that an apply leaves as they are."""

from typing import TYPE_CHECKING

from common.contracts.answers.endpoint_service import Endpoint
from pong_cli.answers import known
from pong_cli.as_code.document import Entry
from pong_cli.as_code.kinds import ENDPOINT, EVERY, Kind, as_set

if TYPE_CHECKING:
    from pong_cli.api import Api


def document(api: "Api") -> Entry:
    """All sections that hold anything."""
    stored = {kind.section: list(api.objects(kind.path)) for kind in EVERY}
    keys = {known(one, Endpoint).id: known(one, Endpoint).key for one in stored[ENDPOINT.section]}
    found: Entry = {"version": 1}
    for kind in EVERY:
        if entries := [_short(kind, kind.stored(item, keys)) for item in stored[kind.section]]:
            found[kind.section] = entries
    return found


def _short(kind: Kind, entry: Entry) -> Entry:
    """Without what the defaults say anyway."""
    defaults = kind.defaults
    short = {name: value for name, value in entry.items() if not _is_default(kind, name, value, defaults)}
    if kind.scoped and (entry["endpoints"] or entry["tags"]):
        del short["covers_all"]  # they say it
    if kind.section == "maintenance" and not short.get("cron"):
        short.pop("ends_at", None)
    return short


def _is_default(kind: Kind, name: str, value: object, defaults: Entry) -> bool:
    if name not in defaults:
        return False
    if name in kind.as_sets:
        return as_set(value) == as_set(defaults[name])
    return value == defaults[name]
