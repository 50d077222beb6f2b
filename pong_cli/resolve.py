"""From what people write to the endpoint that they mean: its id, key, name, address or host."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pong_cli.errors import CliError, WrongUsage
from pong_cli.labels import _

if TYPE_CHECKING:
    from pong_cli.api import Api, Object

ENDPOINTS = "/endpoint-service/endpoints"


def endpoint(api: "Api", text: str) -> "Object":
    """The one endpoint that is meant; raises `CliError` where there is none and `WrongUsage` where there are several."""
    if text.isascii() and text.isdigit():
        found: Object = api.get(f"{ENDPOINTS}/{text}")
        return found
    candidates = list(api.every(ENDPOINTS, search=text))
    for names in (_key, _name, _address, _host):
        matches = [one for one in candidates if text.casefold() in names(one)]
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise WrongUsage(
                _("%(text)s could be %(names)s.") % {"text": text, "names": ", ".join(one["key"] for one in matches)},
                _("Say which by its key or id."),
            )
    raise CliError(_("You have no endpoint %(text)s.") % {"text": text}, _("pong ls lists them."))


def _key(one: "Object") -> set[str]:
    return {str(one["key"]).casefold()}


def _name(one: "Object") -> set[str]:
    return {str(one["name"]).casefold()}


def _address(one: "Object") -> set[str]:
    url = str(one["url"]).casefold()
    return {url, url.rstrip("/")}


def _host(one: "Object") -> set[str]:
    url = str(one["url"])
    parts = urlsplit(url if "://" in url else f"//{url}")
    return {(parts.hostname or "").casefold(), parts.netloc.casefold()}
