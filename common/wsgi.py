"""The WSGI entry of every service; DJANGO_SETTINGS_MODULE says which."""

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from common.processes import database
from common.serving.bodies import TOO_LARGE, limit_of
from common.telemetry import collectors

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_django = get_wsgi_application()
if settings.FLEET_SERVICE.database:  # Django itself fills in an empty DATABASES
    database.limit_requests()
    collectors.register()


def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Read no more of a body than its path takes, and give Django one that came in chunks with its length.

    Django would take one without a length for an empty one. One that is too large is left unread and said to be
    (`common.middleware.BodyLimitMiddleware`).
    """
    limit = limit_of(environ)
    if "CONTENT_LENGTH" not in environ and "HTTP_TRANSFER_ENCODING" in environ:
        body = environ["wsgi.input"].read(limit + 1)
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
    if int(environ.get("CONTENT_LENGTH") or 0) > limit:
        environ |= {"CONTENT_LENGTH": "0", "wsgi.input": io.BytesIO(), TOO_LARGE: True}
    return _django(environ, start_response)
