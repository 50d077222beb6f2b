"""Bodies without a length, as gunicorn hands them on."""

import io
import json

import pytest

from common.wsgi import application

pytestmark = pytest.mark.django_db  # at its end a request looks at the connection, where there is one


def post(body, **environ):
    """The status of a POST to a public path that needs no login."""
    answered = []

    def start_response(status, _headers, _error=None):
        answered.append(status)
        return answered.append

    found = application(
        {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/api/login",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "CONTENT_TYPE": "application/json",
            **environ,
        },
        start_response,
    )
    return answered[0], json.loads(b"".join(found))


def test_a_chunked_body_is_read():
    status, answer = post(b"{", HTTP_TRANSFER_ENCODING="chunked")
    assert (status, answer["code"]) == ("400 Bad Request", "BAD_REQUEST")


def test_a_chunked_body_that_is_too_large_is_413(settings):
    settings.MAX_BODY_BYTES = settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1024
    status, answer = post(b"x" * 5000, HTTP_TRANSFER_ENCODING="chunked")
    assert (status[:4], answer["code"]) == ("413 ", "TOO_LARGE"), "the words behind the number are Python's"
