"""The check kinds, by name, in the order in which they are offered. A new one is a module in `kinds` and a word here."""

from collections.abc import Iterable

from common.contracts.invalid import Invalid
from common.contracts.kinds import dns, http, ping, tcp, tls, websocket
from common.contracts.kinds.base import Kind
from common.contracts.targets import MAX_URL, Origin, refuse_unspeakable
from common.contracts.texts import N_

KINDS: dict[str, Kind] = {module.KIND.name: module.KIND for module in (http, websocket, tcp, tls, dns, ping)}
DEFAULT_KIND = "http"


def kinds_with(trait: str) -> Iterable[str]:
    """The names of those that have it."""
    return (name for name, kind in KINDS.items() if kind.has(trait))


def kind_of(text: str) -> str:
    """The kind of an address where nobody says it: what its scheme tells."""
    scheme, separator, _rest = text.strip().partition("://")
    told = (name for name, kind in KINDS.items() if separator and scheme.lower() in kind.target.schemes)
    return next(told, DEFAULT_KIND)


def clean_target(kind: str, text: str) -> str:
    """The normal form of an address for this kind; raises `Invalid`."""
    cleaned = KINDS[kind].target.clean(refuse_unspeakable(text))
    if len(cleaned) > MAX_URL:
        raise Invalid(N_("An address has at most %(most)d characters."), most=MAX_URL)
    return cleaned


def host_of(kind: str, target: str) -> str:
    """The host of a clean target, without brackets and port."""
    return KINDS[kind].target.host(target)


def origin_of(kind: str, target: str) -> Origin:
    """What a clean target's secrets are for."""
    return KINDS[kind].target.origin(target)


def name_of(kind: str, target: str) -> str:
    """What a clean target is called where its owner says nothing."""
    return KINDS[kind].target.name(target)
