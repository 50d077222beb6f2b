"""Incidents: the list, one of them, acknowledging it and noting what happened."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from common.contracts.answers.report_service import IncidentDetail, IncidentNote
from common.contracts.answers.status_pages import StatusPage
from frontend.errors import Refused
from frontend.forms.incident import NoteForm
from frontend.forms.page_groups import page_names
from frontend.gateway.answers import Page
from frontend.gateway.client import Together
from frontend.gateway.queries import INCIDENTS, get_endpoint, get_overview, list_incidents
from frontend.pages.status.status_pages import STATUS_PAGES
from frontend.presenters import incidents as incident_texts
from frontend.presenters.incidents import describe_timeline
from frontend.views import act, form_page, logged_in, posted
from frontend.web.visitor import WebRequest

PER_PAGE = 25


@logged_in
def index(request: WebRequest) -> HttpResponse:
    """Newest first; `?status=open` or `resolved`, `?endpoint=7`."""
    status, endpoint = request.GET.get("status", ""), request.GET.get("endpoint", "")
    chosen = int(endpoint) if endpoint.isascii() and endpoint.isdigit() else None
    with Together() as calls:
        asked = calls.start(
            list_incidents,
            request.gateway,
            status=status,
            endpoint_id=chosen,
            page=request.GET.get("page"),
            per_page=PER_PAGE,
        )
        overview = calls.start(get_overview, request.gateway)
    found = asked.result()
    names = {item.endpoint_id: item.name for item in overview.result() if item.name}
    count = found.page.total_count
    context = {
        "incidents": incident_texts.incident_lines(incidents=found.items, names=names),
        "page": found.page,
        "status": status,
        "chosen": chosen,
        "endpoints": sorted(names.items(), key=lambda item: item[1].casefold()),
        "sentence": ngettext("%(n)d incident", "%(n)d incidents", count) % {"n": count},
    }
    return render(request, "frontend/pages/incidents.html", context)


@logged_in
def detail(request: WebRequest, incident_id: str) -> HttpResponse:
    """One incident, and the status pages on which it can be told; a posted note is added."""
    form = NoteForm(posted(request))
    with Together() as calls:
        asked = calls.start(request.gateway.get, f"{INCIDENTS}/{incident_id}", IncidentDetail)
        pages = calls.start(request.gateway.get, STATUS_PAGES.path, Page[StatusPage], per_page=50)
    incident = asked.result()

    def save() -> HttpResponse:
        request.gateway.post(f"{INCIDENTS}/{incident_id}/notes", IncidentNote, {"text": form.cleaned_data["text"]})
        return redirect("incident", incident_id)

    names = {incident.endpoint_id: _name(request, incident.endpoint_id)}
    line = incident_texts.incident_lines(incidents=[incident], names=names)[0]
    template = "frontend/pages/incident.html"
    context = {
        "incident": line,
        "timeline": describe_timeline(events=incident.timeline),
        "older_notes": incident.notes_count - len(incident.notes),
        "status_pages": [page for page in pages.result().items if incident.endpoint_id in page_names(page)],
    }
    return form_page(request, template=template, form=form, save=save, context=context)


def _name(request: WebRequest, endpoint_id: int) -> str:
    try:
        return get_endpoint(request.gateway, endpoint_id).name
    except Refused:
        return f"#{endpoint_id}"


@require_POST
@logged_in
def acknowledge(request: WebRequest, incident_id: str) -> HttpResponse:
    back = reverse("incident", args=[incident_id])
    return act(request, path=f"{INCIDENTS}/{incident_id}/acknowledge", done=_("You are on it."), back=back)
