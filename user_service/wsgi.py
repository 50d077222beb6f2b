"""user_service's WSGI entry: the gateway's key check first, then Django as in every service."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from common.wsgi import application as django_application
from user_service.keys import key_check

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Without the fleet's token Django answers, which knows no such address (404)."""
    if environ.get("PATH_INFO") == "/auth":
        answer = key_check.application(environ, start_response)
        if answer is not None:
            return answer
    return django_application(environ, start_response)
