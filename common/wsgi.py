"""The WSGI entry of every service; DJANGO_SETTINGS_MODULE says which."""

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from common import collectors, database

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

_django = get_wsgi_application()
if settings.FLEET_SERVICE.database:  # Django itself fills in an empty DATABASES
    database.limit_requests()
    collectors.register()


def application(environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
    """Django takes a body without a length (`Transfer-Encoding: chunked`) for an empty one, so it is given its length.

    One that is too large is cut off where Django will see that it is.
    """
    if "CONTENT_LENGTH" not in environ and "HTTP_TRANSFER_ENCODING" in environ:
        body = environ["wsgi.input"].read(settings.MAX_BODY_BYTES + 1)
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
    return _django(environ, start_response)
