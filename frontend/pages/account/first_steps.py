"""The first steps after sign-up: an endpoint, whose first result comes in live, and who is told. Shown once."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from frontend.errors import Refused
from frontend.forms.welcome import FirstEndpointForm, FirstSlackForm
from frontend.pages.notifications import SECTION, channel_test, target_of
from frontend.views import bound, form_page, logged_in
from frontend.web.visitor import WELCOME, WebRequest

ENDPOINTS = "/endpoint-service/endpoints"
REPORTS = "/report-service/reports"


def newcomer(view: Callable[[WebRequest], HttpResponse]) -> Callable[[WebRequest], HttpResponse]:
    """Sends everybody else to the dashboard."""

    @logged_in
    @wraps(view)
    def guarded(request: WebRequest) -> HttpResponse:
        return view(request) if WELCOME in request.session else redirect("dashboard")

    return guarded


@newcomer
def endpoint(request: WebRequest) -> HttpResponse:
    """Step 1: a URL alone."""
    form = bound(request, FirstEndpointForm, initial={"url": request.session.get("first_url", "")})

    def save(_data: dict[str, Any]) -> HttpResponse:
        made = request.gateway.post(ENDPOINTS, form.to_api())
        request.session.pop("first_url", None)
        request.session[WELCOME] = {"id": made["id"], "name": made["name"]}
        return redirect("welcome_alerts")

    return form_page(request, template="frontend/pages/welcome.html", form=form, save=save)


@newcomer
def alerts(request: WebRequest) -> HttpResponse:
    """Step 2: the first result, and the channels with their tests; Slack can be added by its webhook."""
    form = bound(request, FirstSlackForm)

    def save(_data: dict[str, Any]) -> HttpResponse:
        made = request.gateway.post(SECTION.path, form.to_api())
        channel_test(request, made["id"])
        return redirect("welcome_alerts")

    channels = request.gateway.get(SECTION.path, per_page=50)["items"]
    context = {
        "channels": [channel | {"target": target_of(channel)} for channel in channels],
        **_first_result(request),
    }
    return form_page(request, template="frontend/pages/welcome_alerts.html", form=form, save=save, context=context)


@newcomer
def result(request: WebRequest) -> HttpResponse:
    """What htmx asks for until the first result is there."""
    return render(request, "frontend/parts/first_result.html", _first_result(request))


def _first_result(request: WebRequest) -> dict[str, Any]:
    made = request.session[WELCOME]
    if not isinstance(made, dict):
        return {"endpoint": None, "report": None}
    try:
        found = request.gateway.get(REPORTS, endpoint_id=made["id"], per_page=1)["items"]
    except Refused as error:
        if error.status != 404:
            raise
        found = []  # report_service learns of a new endpoint a few seconds later
    return {"endpoint": made, "report": found[0] if found else None}


@require_POST
@logged_in
def done(request: WebRequest) -> HttpResponse:
    """Finished or skipped: never shown again."""
    made = request.session.pop(WELCOME, None)
    request.session.pop("first_url", None)
    if isinstance(made, dict):
        messages.success(request, _("All set. You hear from us when something changes."))
    return redirect(resolve_url("dashboard"))
