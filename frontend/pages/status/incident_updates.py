"""What an owner tells the readers of a status page of an incident: write, change, take back."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from msgspec.structs import asdict

from common.contracts.answers.report_service import IncidentDetail
from common.contracts.answers.status_pages import IncidentUpdate
from frontend.forms.incident import UpdateForm
from frontend.forms.page_groups import page_names
from frontend.gateway.answers import Page
from frontend.gateway.queries import INCIDENTS, list_incidents
from frontend.pages.editing import Section
from frontend.pages.status.status_pages import STATUS_PAGES
from frontend.presenters import incidents as incident_texts
from frontend.presenters import public_status
from frontend.views import logged_in, posted
from frontend.web.visitor import WebRequest

PER_PAGE = 100
"""As many updates as an incident can have, and incidents as are looked through."""


def section_of(page_id: int, incident_id: str) -> Section[IncidentUpdate]:
    """The updates of one incident on one page."""
    return Section(
        path=f"{STATUS_PAGES.path}/{page_id}/incidents/{incident_id}/updates",
        thing=IncidentUpdate,
        back=reverse("updates", args=[page_id, incident_id]),
        label=_("Updates"),
    )


@logged_in
def incidents(request: WebRequest, page_id: int) -> HttpResponse:
    """The latest incidents of what is on the page."""
    shown = STATUS_PAGES.get(request, page_id)
    names = page_names(shown)
    latest = list_incidents(request.gateway, per_page=PER_PAGE).items
    lines = incident_texts.incident_lines(
        incidents=[incident for incident in latest if incident.endpoint_id in names], names=names
    )
    return render(request, "frontend/pages/page_incidents.html", {"shown": shown, "incidents": lines})


@logged_in
def index(request: WebRequest, page_id: int, incident_id: str) -> HttpResponse:
    """What was told so far, and the form for more."""
    section = section_of(page_id, incident_id)
    shown = STATUS_PAGES.get(request, page_id)
    incident = request.gateway.get(f"{INCIDENTS}/{incident_id}", IncidentDetail)
    found = request.gateway.get(section.path, Page[IncidentUpdate], per_page=PER_PAGE).items
    context = {
        "shown": shown,
        "incident": incident_texts.incident_lines(incidents=[incident], names=page_names(shown))[0],
        "updates": public_status.describe_updates(updates=found),
    }
    form = UpdateForm(posted(request))
    return section.create(
        request,
        form,
        title=_("Updates"),
        button=_("Publish"),
        done=_("Readers see it within half a minute."),
        template="frontend/pages/updates.html",
        context=context,
    )


@logged_in
def edit(request: WebRequest, page_id: int, incident_id: str, update_id: int) -> HttpResponse:
    """The same form with what is."""
    section = section_of(page_id, incident_id)
    form = UpdateForm(posted(request), initial=asdict(_found(request, section, update_id)))
    return section.change(request, form, number=update_id, title=_("Change update"))


@logged_in
def delete(request: WebRequest, page_id: int, incident_id: str, update_id: int) -> HttpResponse:
    """Asks once."""
    section = section_of(page_id, incident_id)
    text = _found(request, section, update_id).text
    return section.remove(request, number=update_id, name=_("Update"), text=text)


def _found(request: WebRequest, section: Section[IncidentUpdate], update_id: int) -> IncidentUpdate:
    """One of the list, which is all that the API has."""
    for item in request.gateway.get(section.path, Page[IncidentUpdate], per_page=PER_PAGE).items:
        if item.id == update_id:
            return item
    raise Http404
