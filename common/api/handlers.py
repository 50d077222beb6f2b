"""Every error of a service leaves through here, DRF's and Django's own alike, in the one envelope."""

import logging
import sys
from collections.abc import Mapping
from typing import NotRequired, TypedDict

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.cache import patch_vary_headers
from rest_framework import exceptions as drf
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import set_rollback

from common.api import errors
from common.api.errors import ApiError

logger = logging.getLogger(__name__)

_BY_STATUS = {
    400: errors.BadRequest,
    401: errors.NotLoggedIn,
    403: errors.Forbidden,
    404: errors.NotFound,
    405: errors.MethodNotAllowed,
    406: errors.NotAcceptable,
    413: errors.TooLarge,
    415: errors.UnsupportedMediaType,
    429: errors.TooManyRequests,
}


class Envelope(TypedDict):
    """How an error is told."""

    message: str
    code: str
    errors: NotRequired[dict[str, list[str]]]


def body(error: ApiError) -> Envelope:
    """The envelope: `{"message", "code"}` and, for fields, `"errors": {"field": ["..."]}`."""
    envelope: Envelope = {"message": str(error.message), "code": error.code}
    if error.errors is not None:
        envelope["errors"] = {field: [str(text) for text in texts] for field, texts in error.errors.items()}
    return envelope


def headers(error: ApiError) -> dict[str, str]:
    """Retry-After (whole seconds, rounded up) where the error knows it."""
    return {} if error.retry_after is None else {"Retry-After": str(max(1, -int(-error.retry_after // 1)))}


def to_api_error(exception: BaseException) -> ApiError:  # noqa: C901, PLR0911  one line a kind
    """The error of our tree that stands for any exception; what is not foreseen is a logged 500."""
    match exception:
        case ApiError():
            return exception
        case drf.ValidationError():
            return errors.ValidationFailed(errors=_flatten(exception.detail))
        case drf.Throttled():
            return errors.TooManyRequests(retry_after=getattr(exception, "wait", None))
        case drf.ParseError():
            return errors.BadRequest(str(exception.detail))
        case drf.APIException() if exception.status_code in _BY_STATUS:
            return _BY_STATUS[exception.status_code]()
        case Http404():
            return errors.NotFound()
        case PermissionDenied():
            return errors.Forbidden()
        case RequestDataTooBig():
            return errors.TooLarge()
        case SuspiciousOperation():
            return errors.BadRequest()
        case errors.PeerError() | OperationalError() | InterfaceError():
            logger.error("A part is not available: %s", exception)
            return errors.Unavailable()
        case _:
            logger.error("Unhandled %s", type(exception).__name__, exc_info=exception)
            return ApiError()


def exception_handler(exception: Exception, context: Mapping[str, object]) -> Response:
    """DRF's hook (EXCEPTION_HANDLER). The envelope is JSON, or a page of the browsable API, whatever file was asked for."""
    error = to_api_error(exception)
    set_rollback()
    request = context.get("request")
    if isinstance(request, Request) and getattr(getattr(request, "accepted_renderer", None), "format", "api") != "api":
        request.accepted_renderer, request.accepted_media_type = JSONRenderer(), JSONRenderer.media_type
    return Response(body(error), status=error.status, headers=headers(error))


def error_response(error: ApiError) -> JsonResponse:
    """The same envelope for code that stands outside of DRF: middleware and Django's own handlers."""
    response = JsonResponse(
        body(error), status=error.status, headers=headers(error), json_dumps_params={"ensure_ascii": False}
    )
    patch_vary_headers(response, ["Accept-Language"])
    return response


def handler400(request: HttpRequest, exception: Exception) -> JsonResponse:  # noqa: ARG001
    """Django's bad requests: a refused Host, a body that is too large, a broken form."""
    return error_response(to_api_error(exception) if isinstance(exception, RequestDataTooBig) else errors.BadRequest())


def handler403(request: HttpRequest, exception: Exception) -> JsonResponse:  # noqa: ARG001
    """Django's own PermissionDenied."""
    return error_response(errors.Forbidden())


def handler404(request: HttpRequest, exception: Exception) -> JsonResponse:  # noqa: ARG001
    """No route matched."""
    return error_response(errors.NotFound())


def handler500(request: HttpRequest) -> JsonResponse:  # noqa: ARG001
    """What escaped every view; Django has logged nothing yet, since `django.request` is silenced."""
    exception = sys.exc_info()[1]
    return error_response(to_api_error(exception) if exception is not None else ApiError())


def _flatten(detail: object, prefix: str = "") -> dict[str, list[str]]:
    """DRF's nested details as `{"field": ["..."], "field.0.inner": ["..."]}`; `message` holds what has no field."""
    if isinstance(detail, dict):
        flat: dict[str, list[str]] = {}
        for key, value in detail.items():
            name = prefix if key == "non_field_errors" and prefix else f"{prefix}.{key}" if prefix else str(key)
            for field, texts in _flatten(value, name).items():
                flat.setdefault(field, []).extend(texts)
        return flat
    if isinstance(detail, list):
        flat = {}
        for index, item in enumerate(detail):
            if isinstance(item, dict):
                for field, texts in _flatten(item, f"{prefix}.{index}" if prefix else str(index)).items():
                    flat.setdefault(field, []).extend(texts)
            elif item:
                flat.setdefault(prefix or "non_field_errors", []).append(str(item))
        return flat
    return {prefix or "non_field_errors": [str(detail)]}
