"""Maintenance windows: while one is open, nobody is alerted and no uptime is lost."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from frontend.errors import Refused
from frontend.forms.maintenance import MaintenanceForm
from frontend.pages.choices import endpoints_of
from frontend.pages.editing import Section
from frontend.presenters import paging
from frontend.presenters.recurrence import describe_window, times_of
from frontend.views import bound, logged_in
from frontend.web.visitor import WebRequest

WINDOWS = Section(path="/endpoint-service/maintenance-windows", back="maintenance", label=gettext_lazy("Maintenance"))
FORM = "frontend/pages/maintenance_form.html"


@logged_in
def index(request: WebRequest) -> HttpResponse:
    """Every window with when it opens, in words."""
    found = request.gateway.get(WINDOWS.path, page=request.GET.get("page"), per_page=50)
    now = timezone.now()
    windows = [window | describe_window(window=window, now=now) for window in found["items"]]
    context = {"windows": windows, "page": paging.page_numbers(found["page"])}
    return render(request, "frontend/pages/maintenance.html", context)


@logged_in
def new(request: WebRequest) -> HttpResponse:
    """Plan one."""
    form = bound(request, MaintenanceForm, endpoints=endpoints_of(request))
    return WINDOWS.create(
        request, form, title=_("Plan maintenance"), button=_("Plan it"), done=_("Planned."), template=FORM
    )


@logged_in
def edit(request: WebRequest, window_id: int) -> HttpResponse:
    """The same form with what is."""
    window = WINDOWS.get(request, window_id)
    form = bound(request, MaintenanceForm, endpoints=endpoints_of(request), window=window)
    return WINDOWS.change(request, form, number=window_id, title=window["name"], template=FORM)


@require_POST
@logged_in
def preview(request: WebRequest) -> HttpResponse:
    """When the window of the form as it stands would open; `?window=` is the one that is being edited."""
    stored = request.GET.get("window", "")
    window = WINDOWS.get(request, int(stored)) if stored.isascii() and stored.isdigit() else None
    form = MaintenanceForm(request.POST, endpoints=[], window=window)
    context: dict[str, Any] = {}
    if form.times_valid:
        try:
            found = request.gateway.post(f"{WINDOWS.path}/preview", form.times_to_api())["occurrences"]
            context = {"times": times_of(occurrences=found), "known": True}
        except Refused as error:
            if error.status in {401, 404}:
                raise
            context = {"refused": next((texts[0] for texts in error.errors.values()), error.message)}
    return render(request, "frontend/parts/occurrences.html", context)


@logged_in
def delete(request: WebRequest, window_id: int) -> HttpResponse:
    """Asks once."""
    name = WINDOWS.get(request, window_id)["name"]
    text = _("From then on outages in this time are alerted and counted.")
    return WINDOWS.remove(request, number=window_id, name=name, text=text)
