"""Recognises the visitor, and turns what the gateway refuses into pages."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from frontend.errors import GatewayDown, Refused
from frontend.views import to_login
from frontend.web import error_pages, visitor

if TYPE_CHECKING:
    from frontend.web.visitor import WebRequest

logger = logging.getLogger(__name__)


class VisitorMiddleware:
    """Sets `request.user_data`, `request.gateway` and the time zone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, plain: HttpRequest) -> HttpResponse:
        """Pages of somebody are nobody else's: they are not cached."""
        request = cast("WebRequest", plain)
        visitor.recognise(request)
        with timezone.override(visitor.time_zone_of(request)):
            response = self.get_response(request)
        if request.user_data is not None:
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_exception(self, plain: HttpRequest, exception: Exception) -> HttpResponse | None:
        """What a view did not catch: no key any more, somebody else's object, nothing there, gateway down."""
        request = cast("WebRequest", plain)
        if isinstance(exception, GatewayDown):
            logger.error("The gateway does not answer: %s", exception)
            return error_pages.gateway_down(request)
        if not isinstance(exception, Refused):
            return None
        if exception.status == 401:
            request.session.flush()
            messages.info(request, _("Your session has ended. Log in again, please."))
            return to_login(request)
        return error_pages.refused(request, exception)
