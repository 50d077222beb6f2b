"""Maintenance windows: while one is open, nobody is alerted and no uptime is lost."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from common.contracts.answers.endpoint_service import MaintenanceWindow, WindowPreview
from frontend.errors import Refused
from frontend.forms.maintenance import MaintenanceForm
from frontend.gateway.answers import Page
from frontend.gateway.queries import list_endpoints
from frontend.pages.editing import Section
from frontend.presenters.recurrence import describe_window
from frontend.views import logged_in, posted
from frontend.web.visitor import WebRequest

WINDOWS = Section(
    path="/endpoint-service/maintenance-windows",
    thing=MaintenanceWindow,
    back="maintenance",
    label=gettext_lazy("Maintenance"),
)
FORM = "frontend/pages/maintenance_form.html"


@logged_in
def index(request: WebRequest) -> HttpResponse:
    """Every window with when it opens, in words."""
    found = request.gateway.get(WINDOWS.path, Page[MaintenanceWindow], page=request.GET.get("page"), per_page=50)
    now = timezone.now()
    windows = [describe_window(window=window, now=now) for window in found.items]
    context = {"windows": windows, "page": found.page}
    return render(request, "frontend/pages/maintenance.html", context)


@logged_in
def new(request: WebRequest) -> HttpResponse:
    """Plan one."""
    form = MaintenanceForm(posted(request), endpoints=list_endpoints(request.gateway))
    return WINDOWS.create(
        request, form, title=_("Plan maintenance"), button=_("Plan it"), done=_("Planned."), template=FORM
    )


@logged_in
def edit(request: WebRequest, window_id: int) -> HttpResponse:
    """The same form with what is."""
    window = WINDOWS.get(request, window_id)
    form = MaintenanceForm(posted(request), endpoints=list_endpoints(request.gateway), window=window)
    return WINDOWS.change(request, form, number=window_id, title=window.name, template=FORM)


@require_POST
@logged_in
def preview(request: WebRequest) -> HttpResponse:
    """When the window of the form as it stands would open; `?window=` is the one that is being edited."""
    stored = request.GET.get("window", "")
    window = WINDOWS.get(request, int(stored)) if stored.isascii() and stored.isdigit() else None
    form = MaintenanceForm(request.POST, endpoints=[], window=window)
    context: dict[str, object] = {}
    if form.times_valid:
        try:
            found = request.gateway.post(f"{WINDOWS.path}/preview", WindowPreview, form.times_to_api())
            context = {"times": found.occurrences, "known": True}
        except Refused as error:
            if error.status in {401, 404}:
                raise
            context = {"refused": next((texts[0] for texts in error.errors.values()), error.message)}
    return render(request, "frontend/parts/occurrences.html", context)


@logged_in
def delete(request: WebRequest, window_id: int) -> HttpResponse:
    """Asks once."""
    name = WINDOWS.get(request, window_id).name
    text = _("From then on outages in this time are alerted and counted.")
    return WINDOWS.remove(request, number=window_id, name=name, text=text)
