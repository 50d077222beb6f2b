"""How many bytes a request may have, by its path and by who sends it: `body`, `bodies` and `inside` of the fleet data."""

from typing import TYPE_CHECKING

from django.conf import settings

from common.fleet import fleet
from common.security.internal import is_gateway_token, is_internal_token

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

TOO_LARGE = "pongpong.too_large"
"""Stands in the WSGI environment of a request whose body was not read since it is too large."""


def body_limit(path: str, *, user: bool, peer: bool) -> int:
    """Bytes; `path` as WSGI has it, `user` is somebody who is logged in, `peer` another service of ours."""
    most = fleet().body
    if path.startswith(f"{settings.PUBLIC_PREFIX}/"):
        if user:
            most = settings.FLEET_SERVICE.bodies.get(path.removeprefix(settings.PUBLIC_PREFIX), most)
    elif peer:
        most = fleet().inside
    return min(most, int(settings.MAX_BODY_BYTES))


def limit_of(environ: "WSGIEnvironment") -> int:
    """The same for a WSGI environment."""
    user = "HTTP_X_CONSUMER_CUSTOM_ID" in environ and is_gateway_token(environ.get("HTTP_X_GATEWAY_TOKEN", ""))
    peer = is_internal_token(environ.get("HTTP_X_INTERNAL_TOKEN", ""))
    return body_limit(environ.get("PATH_INFO", ""), user=user, peer=peer)
