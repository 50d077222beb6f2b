"""Errors as pages for people: what happened, and what to do now."""

import logging
import sys
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from common.telemetry.logs import request_id
from frontend.errors import Refused

logger = logging.getLogger(__name__)


SECRET = ("password", "csrfmiddlewaretoken", "token", "secret", "code")
"""Parts of the names of fields whose content is never put into a page."""


def _page(request: HttpRequest, status: int, title: str, text: str, **more: Any) -> HttpResponse:
    context = {"status": status, "title": title, "text": text, "request_id": request_id.get(), **more}
    return render(request, "frontend/pages/error.html", context, status=status)


def handler400(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A malformed request: a refused host, a form that is too large."""
    if isinstance(exception, RequestDataTooBig):
        return _page(request, 413, _("This is too large"), _("What you sent is too large. Shorten it, please."))
    return _page(request, 400, _("This request makes no sense"), _("Go back and try again, please."))


def handler403(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Django's own PermissionDenied."""
    return _page(request, 403, _("This belongs to somebody else"), _("You may be logged in with another account."))


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """No page at this address."""
    text = _("The address may be mistyped, or what stood here was deleted.")
    return _page(request, 404, _("There is nothing at this address"), text)


def handler500(request: HttpRequest) -> HttpResponse:
    """What escaped every view; `django.request` is silenced, so it is logged here."""
    logger.error("Unhandled error", exc_info=sys.exc_info()[1])
    text = _("We have logged it. Your endpoints are checked all the same.")
    return _page(request, 500, _("This page failed on our side"), text, reload=request.method == "GET")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """A form without its token: cookies are off, or the page is from before a login."""
    text = _("The form was open for too long, or cookies are off. Go back, reload the page and send it again.")
    return _page(request, 403, _("This form has expired"), text)


def gateway_down(request: HttpRequest) -> HttpResponse:
    """The API does not answer; the checks go on without this page. What was posted can be sent again from here."""
    posted = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if not any(part in name for part in SECRET)
    ]
    if request.method == "POST":
        text = _("The API does not answer at the moment, so nothing was saved. What you entered is kept: try again.")
    else:
        text = _("The API does not answer at the moment. Your endpoints are checked all the same. Reload in a moment.")
    title = _("pongpong cannot be reached right now")
    response = _page(request, 503, title, text, reload=request.method == "GET", posted=posted)
    response.headers["Retry-After"] = "10"
    return response


def refused(request: HttpRequest, error: Refused) -> HttpResponse:
    """What the API answered with 4xx, in its own words."""
    if error.status == 404:
        return handler404(request, error)
    if error.status == 403:
        return handler403(request, error)
    return _page(request, error.status, _("That did not work"), error.message)
