"""From what people write to the one thing that they mean; an endpoint by its id, key, name, address or host."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from pong_cli.errors import CliError, WrongUsage
from pong_cli.labels import _

if TYPE_CHECKING:
    from common.contracts.answers.endpoint_service import Endpoint
    from pong_cli.answers import Answered
    from pong_cli.api import Api

T = TypeVar("T")
ENDPOINTS = "/endpoint-service/endpoints"


def endpoint(api: "Api", text: str) -> "Answered[Endpoint]":
    """The one endpoint that is meant; raises `CliError` where there is none and `WrongUsage` where there are several."""
    from common.contracts.answers.endpoint_service import Endpoint  # noqa: PLC0415

    if text.isascii() and text.isdigit():
        return api.get(f"{ENDPOINTS}/{text}", answer=Endpoint)
    candidates = list(api.every(ENDPOINTS, answer=Endpoint, search=text))
    for names in (_key, _name, _address, _host):
        matches = [one for one in candidates if text.casefold() in names(one.known)]
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise WrongUsage(
                _("%(text)s could be %(names)s.")
                % {"text": text, "names": ", ".join(one.known.key for one in matches)},
                _("Say which by its key or id."),
            )
    raise CliError(_("You have no endpoint %(text)s.") % {"text": text}, _("pong ls lists them."))


def only(matches: Sequence[T], missing: CliError, several: CliError) -> T:
    """The one that is meant; raises `missing` where there is none, `several` where there are more."""
    if len(matches) != 1:
        raise several if matches else missing
    return matches[0]


def names(api: "Api") -> dict[int, str]:
    """The keys of all endpoints, by id."""
    from common.contracts.answers.endpoint_service import Endpoint  # noqa: PLC0415

    return {one.known.id: one.known.key for one in api.every(ENDPOINTS, answer=Endpoint)}


def _key(one: "Endpoint") -> set[str]:
    return {one.key.casefold()}


def _name(one: "Endpoint") -> set[str]:
    return {one.name.casefold()}


def _address(one: "Endpoint") -> set[str]:
    url = one.url.casefold()
    return {url, url.rstrip("/")}


def _host(one: "Endpoint") -> set[str]:
    parts = urlsplit(one.url if "://" in one.url else f"//{one.url}")
    return {(parts.hostname or "").casefold(), parts.netloc.casefold()}
