"""The dashboard: is anything wrong, and the list of endpoints."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from frontend import measurements, services
from frontend.forms.dashboard import FilterForm
from frontend.views import logged_in
from frontend.visitor import WebRequest

PER_PAGE = 100
ENDPOINTS = "/endpoint-service/endpoints"
ACTIONS = ("pause", "resume")


@logged_in
def dashboard(request: WebRequest) -> HttpResponse:
    """The whole page; `?select=1` lets one choose several, and does not move meanwhile."""
    return render(request, "frontend/pages/dashboard.html", board(request))


@logged_in
def live(request: WebRequest) -> HttpResponse:
    """What htmx swaps in."""
    return render(request, "frontend/parts/board.html", board(request) | {"live": True})


def board(request: WebRequest) -> dict[str, Any]:
    """Two calls: the page of endpoints, and everybody's measurements."""
    form = FilterForm(request.GET)
    query = form.to_api()
    found = request.gateway.get(ENDPOINTS, per_page=PER_PAGE, page=request.GET.get("page"), **query)
    overview = request.gateway.get("/report-service/overview", per_page=5000)["items"]
    rows = measurements.rows_make(endpoints=found["items"], overview=overview)
    page = services.page_numbers(found["page"])
    whole = not form.filters and page["total_count"] <= PER_PAGE
    everything = rows if whole else measurements.glances(overview=overview)
    return {
        "rows": rows,
        "page": page,
        "filter": form,
        "filtered": bool(form.filters),
        "select": bool(request.GET.get("select")),
        "verdict": services.verdict_make(rows=everything, total=len(everything)),
    }


@require_POST
@logged_in
def bulk(request: WebRequest) -> HttpResponse:
    """Pause or resume the ticked ones in one call."""
    ids = [int(text) for text in request.POST.getlist("id") if text.isascii() and text.isdigit()][:1000]
    action = request.POST.get("action")
    if action in ACTIONS and ids:
        answer = request.gateway.post(f"{ENDPOINTS}/bulk", {"action": action, "ids": ids})
        done = answer["succeeded"]
        if action == "pause":
            messages.success(request, ngettext("%(n)d is paused.", "%(n)d are paused.", done) % {"n": done})
        else:
            text = ngettext("%(n)d is watched again.", "%(n)d are watched again.", done)
            messages.success(request, text % {"n": done})
        if answer["failed"]:
            messages.error(request, _("%(n)d could not be changed.") % {"n": answer["failed"]})
    return redirect("dashboard")
