"""The first steps after sign-up: an endpoint, whose first result comes in live, and who is told. Shown once."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common.contracts.answers.endpoint_service import Endpoint
from common.contracts.answers.notification_service import Notification
from frontend.errors import Refused
from frontend.forms.welcome import FirstEndpointForm, FirstSlackForm
from frontend.gateway.answers import Page
from frontend.gateway.queries import ENDPOINTS, list_reports
from frontend.pages.notifications import SECTION, channel_test, line_of
from frontend.views import form_page, logged_in, posted
from frontend.web.visitor import WELCOME, WebRequest


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
    form = FirstEndpointForm(posted(request), initial={"url": request.session.get("first_url", "")})

    def save() -> HttpResponse:
        made = request.gateway.post(ENDPOINTS, Endpoint, form.to_api())
        request.session.pop("first_url", None)
        request.session[WELCOME] = {"id": made.id, "name": made.name}
        return redirect("welcome_alerts")

    return form_page(request, template="frontend/pages/welcome.html", form=form, save=save)


@newcomer
def alerts(request: WebRequest) -> HttpResponse:
    """Step 2: the first result, and the channels with their tests; Slack can be added by its webhook."""
    form = FirstSlackForm(posted(request))

    def save() -> HttpResponse:
        made = request.gateway.post(SECTION.path, Notification, form.to_api())
        channel_test(request, made.id)
        return redirect("welcome_alerts")

    channels = request.gateway.get(SECTION.path, Page[Notification], per_page=50).items
    context = {"channels": [line_of(channel) for channel in channels], **_first_result(request)}
    return form_page(request, template="frontend/pages/welcome_alerts.html", form=form, save=save, context=context)


@newcomer
def result(request: WebRequest) -> HttpResponse:
    """What htmx asks for until the first result is there."""
    return render(request, "frontend/parts/first_result.html", _first_result(request))


@dataclass(frozen=True)
class _Made:
    """The endpoint of the first step, as the session keeps it."""

    id: int
    name: str


def _first_result(request: WebRequest) -> dict[str, object]:
    kept = request.session[WELCOME]
    if not isinstance(kept, dict):
        return {"endpoint": None, "report": None}
    made = _Made(**kept)
    try:
        found = list_reports(request.gateway, made.id, per_page=1).items
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
