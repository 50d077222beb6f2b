"""Incidents: the list, one of them, acknowledging it and noting what happened."""

from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from frontend.errors import Refused
from frontend.forms.incident import NoteForm
from frontend.gateway.client import together
from frontend.pages.status.groups import page_names
from frontend.pages.status.status_pages import STATUS_PAGES
from frontend.presenters import incidents as incident_texts
from frontend.presenters import paging
from frontend.presenters.incidents import describe_timeline
from frontend.views import act, bound, form_page, logged_in
from frontend.web.visitor import WebRequest

INCIDENTS = "/report-service/incidents"
PER_PAGE = 25


@logged_in
def index(request: WebRequest) -> HttpResponse:
    """Newest first; `?status=open` or `resolved`, `?endpoint=7`."""
    status, endpoint = request.GET.get("status", ""), request.GET.get("endpoint", "")
    chosen = int(endpoint) if endpoint.isascii() and endpoint.isdigit() else None
    answers = together(
        found=partial(
            request.gateway.get,
            INCIDENTS,
            status=status,
            endpoint_id=chosen,
            page=request.GET.get("page"),
            per_page=PER_PAGE,
        ),
        names=partial(_names, request),
    )
    found: dict[str, Any] = answers["found"]
    names: dict[int, str] = answers["names"]
    count = found["page"]["total_count"]
    context = {
        "incidents": incident_texts.incident_lines(incidents=found["items"], names=names),
        "page": paging.page_numbers(found["page"]),
        "status": status,
        "chosen": chosen,
        "endpoints": sorted(names.items(), key=lambda item: item[1].casefold()),
        "sentence": ngettext("%(n)d incident", "%(n)d incidents", count) % {"n": count},
    }
    return render(request, "frontend/pages/incidents.html", context)


def _names(request: WebRequest) -> dict[int, str]:
    overview = request.gateway.get("/report-service/overview", per_page=5000)
    return {item["endpoint_id"]: item["name"] for item in overview["items"] if item.get("name")}


@logged_in
def detail(request: WebRequest, incident_id: str) -> HttpResponse:
    """One incident, and the status pages on which it can be told; a posted note is added."""
    found = together(
        incident=lambda: request.gateway.get(f"{INCIDENTS}/{incident_id}"),
        pages=lambda: request.gateway.get(STATUS_PAGES.path, per_page=50)["items"],
    )
    incident = found["incident"]

    def save(data: dict[str, Any]) -> HttpResponse:
        request.gateway.post(f"{INCIDENTS}/{incident_id}/notes", {"text": data["text"]})
        return redirect("incident", incident_id)

    names = {incident["endpoint_id"]: _name(request, incident["endpoint_id"])}
    line = incident_texts.incident_lines(incidents=[incident], names=names)[0]
    form = bound(request, NoteForm)
    template = "frontend/pages/incident.html"
    context = {
        "incident": line,
        "timeline": describe_timeline(events=incident["timeline"]),
        "older_notes": incident.get("notes_count", 0) - len(incident.get("notes", ())),
        "status_pages": [page for page in found["pages"] if incident["endpoint_id"] in page_names(page)],
    }
    return form_page(request, template=template, form=form, save=save, context=context)


def _name(request: WebRequest, endpoint_id: int) -> str:
    try:
        return str(request.gateway.get(f"/endpoint-service/endpoints/{endpoint_id}")["name"])
    except Refused:
        return f"#{endpoint_id}"


@require_POST
@logged_in
def acknowledge(request: WebRequest, incident_id: str) -> HttpResponse:
    back = reverse("incident", args=[incident_id])
    return act(request, path=f"{INCIDENTS}/{incident_id}/acknowledge", done=_("You are on it."), back=back)
