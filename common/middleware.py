"""What every request passes before it reaches a view. The order is set in `common.settings`."""

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import get_resolver

from common.api import errors
from common.api.handlers import error_response
from common.security.internal import has_internal_token, is_open
from common.serving.bodies import TOO_LARGE
from common.serving.static import static_root
from common.telemetry.logs import new_request_id, request_id

GetResponse = Callable[[HttpRequest], HttpResponse]
logger = logging.getLogger("common.request")
DOCUMENTS = frozenset({"/schema", "/docs"})


class RequestIdMiddleware:
    """Takes the gateway's X-Request-ID or makes one; logs, tasks and calls to other services carry it on."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the id too, so that a user can name the request that failed."""
        token = request_id.set(new_request_id(request.headers.get("X-Request-ID")))
        try:
            response = self.get_response(request)
            response.headers["X-Request-ID"] = request_id.get()
        finally:
            request_id.reset(token)
        return response


class RequestLogMiddleware:
    """One log line a request: method, path (never the query, which may hold a key), status and duration."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Operational paths are logged only when they fail: probes come every few seconds."""
        started = time.perf_counter()
        response = self.get_response(request)
        if response.status_code >= 500 or not is_open(request.path_info):
            consumer = getattr(request, "consumer", None)
            logger.info(
                "%s %s %s",
                request.method,
                request.path_info,
                response.status_code,
                extra={
                    "method": request.method,
                    "path": request.path_info,
                    "status": response.status_code,
                    "duration_ms": round((time.perf_counter() - started) * 1000, 1),
                    "user_id": consumer.id if consumer else None,
                },
            )
        return response


class PrivateMiddleware:
    """An answer is its asker's own (ASVS 5.0, 14.3.2) unless its view says how it may be cached; the OpenAPI documents
    are everybody's.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Errors too: they tell what exists."""
        response = self.get_response(request)
        if request.path_info.removeprefix(settings.PUBLIC_PREFIX) not in DOCUMENTS:
            response.headers.setdefault("Cache-Control", "no-store")
        return response


class PathGuardMiddleware:
    """Refuses decoded paths with dot segments, empty segments, backslashes or control characters.

    The gateways normalise most of them; Kong lets an encoded slash through, and a path must mean one thing everywhere.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """404, as for any address that does not exist."""
        path = request.path_info
        segments = path.split("/")
        odd = "//" in path or "\\" in path or ".." in segments or "." in segments or any(ord(c) < 32 for c in path)
        return error_response(errors.NotFound()) if odd else self.get_response(request)


class InsideMiddleware:
    """Health, metrics and the internal documents are asked for directly: what a proxy forwards finds none of them.

    The gateways lead nowhere near, but the web app stands behind an Ingress, and those differ in what a path is.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """404, as for any address that does not exist."""
        if is_open(request.path_info) and "X-Forwarded-For" in request.headers:
            raise Http404
        return self.get_response(request)


class BodyLimitMiddleware:
    """Says that a body is too large where `common.wsgi` left it unread."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """As the service says Django's own error; raised, each would be logged with a traceback."""
        if TOO_LARGE in request.META:
            say: Callable[..., HttpResponse] = get_resolver().resolve_error_handler(400)  # stubs know one argument
            return say(request, exception=RequestDataTooBig())
        return self.get_response(request)


class InternalTokenMiddleware:
    """Paths outside of PUBLIC_PREFIX are internal: without the fleet's token they do not exist (404)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Also notes how deep the page stands, for the relative links to its static files."""
        path = request.path_info
        public = path == settings.PUBLIC_PREFIX or path.startswith(f"{settings.PUBLIC_PREFIX}/")
        if not (public or is_open(path) or has_internal_token(request)):
            return error_response(errors.NotFound())
        depth = path.count("/") - (2 if public else 1)
        with static_root("../" * depth + ("" if public else settings.PUBLIC_PREFIX.strip("/") + "/")):
            return self.get_response(request)
