"""Whatever goes wrong, the envelope is the same."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404
from rest_framework import exceptions as drf

from common.api import errors
from common.api.handlers import body, error_response, exception_handler, to_api_error


@pytest.mark.parametrize(
    ("exception", "status", "code"),
    [
        (errors.NotLoggedIn(), 401, "NOT_LOGGED_IN"),
        (drf.NotAuthenticated(), 401, "NOT_LOGGED_IN"),
        (drf.PermissionDenied(), 403, "FORBIDDEN"),
        (PermissionDenied(), 403, "FORBIDDEN"),
        (drf.NotFound(), 404, "NOT_FOUND"),
        (Http404(), 404, "NOT_FOUND"),
        (drf.MethodNotAllowed("PUT"), 405, "METHOD_NOT_ALLOWED"),
        (drf.NotAcceptable(), 406, "NOT_ACCEPTABLE"),
        (drf.UnsupportedMediaType("x/y"), 415, "UNSUPPORTED_MEDIA_TYPE"),
        (drf.Throttled(wait=3), 429, "TOO_MANY_REQUESTS"),
        (drf.ParseError(), 400, "BAD_REQUEST"),
        (drf.ValidationError({"a": ["b"]}), 400, "VALIDATION_FAILED"),
        (SuspiciousOperation(), 400, "BAD_REQUEST"),
        (OperationalError(), 503, "UNAVAILABLE"),
        (errors.PeerError("user_service", "GET /users: ConnectTimeout"), 503, "UNAVAILABLE"),
        (RuntimeError("secret detail"), 500, "ERROR"),
    ],
)
def test_every_exception_has_its_status_and_code(exception: Exception, status: int, code: str) -> None:
    response = exception_handler(exception, {})
    assert (response.status_code, response.data["code"]) == (status, code)
    assert "secret detail" not in str(response.data)


def test_nested_field_errors_are_flat_and_name_their_place() -> None:
    detail: Any = {"url": ["bad"], "items": [{}, {"name": ["long", "odd"]}], "inner": {"non_field_errors": ["both"]}}
    error = to_api_error(drf.ValidationError(detail))
    assert body(error)["errors"] == {"url": ["bad"], "items.1.name": ["long", "odd"], "inner": ["both"]}


def test_a_list_of_errors_belongs_to_no_field() -> None:
    assert body(to_api_error(drf.ValidationError(["bad"])))["errors"] == {"non_field_errors": ["bad"]}


def test_retry_after_is_whole_seconds_rounded_up() -> None:
    assert error_response(errors.TooManyRequests(retry_after=1.2)).headers["Retry-After"] == "2"
    assert error_response(errors.TooManyRequests(retry_after=0)).headers["Retry-After"] == "1"


@pytest.mark.parametrize(
    ("status", "permanent"), [(400, True), (404, True), (429, False), (408, False), (503, False), (None, False)]
)
def test_a_peers_refusal_is_permanent_and_its_absence_is_not(status: int | None, permanent: bool) -> None:
    assert errors.PeerError("report_service", "POST /reports", status=status).permanent == permanent
