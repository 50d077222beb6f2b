"""What an owner tells the readers of a status page of an incident: write, change, take back."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from frontend.forms.incident import UpdateForm
from frontend.pages.editing import Section
from frontend.pages.incidents import INCIDENTS
from frontend.pages.status.groups import page_names
from frontend.pages.status.status_pages import STATUS_PAGES
from frontend.presenters import incidents as incident_texts
from frontend.presenters import public_status
from frontend.views import bound, logged_in
from frontend.web.visitor import WebRequest

PER_PAGE = 100
"""As many updates as an incident can have, and incidents as are looked through."""


def section_of(page_id: int, incident_id: str) -> Section:
    """The updates of one incident on one page."""
    return Section(
        path=f"{STATUS_PAGES.path}/{page_id}/incidents/{incident_id}/updates",
        back=reverse("updates", args=[page_id, incident_id]),
        label=_("Updates"),
    )


@logged_in
def incidents(request: WebRequest, page_id: int) -> HttpResponse:
    """The latest incidents of what is on the page."""
    shown = STATUS_PAGES.get(request, page_id)
    names = page_names(shown)
    latest = request.gateway.get(INCIDENTS, per_page=PER_PAGE)["items"]
    lines = incident_texts.incident_lines(
        incidents=[incident for incident in latest if incident["endpoint_id"] in names], names=names
    )
    return render(request, "frontend/pages/page_incidents.html", {"shown": shown, "incidents": lines})


@logged_in
def index(request: WebRequest, page_id: int, incident_id: str) -> HttpResponse:
    """What was told so far, and the form for more."""
    section = section_of(page_id, incident_id)
    shown = STATUS_PAGES.get(request, page_id)
    incident = request.gateway.get(f"{INCIDENTS}/{incident_id}")
    found = request.gateway.get(section.path, per_page=PER_PAGE)["items"]
    context = {
        "shown": shown,
        "incident": incident_texts.incident_lines(incidents=[incident], names=page_names(shown))[0],
        "updates": public_status.describe_updates(updates=found),
    }
    form = bound(request, UpdateForm)
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
    form = bound(request, UpdateForm, initial=_found(request, section, update_id))
    return section.change(request, form, number=update_id, title=_("Change update"))


@logged_in
def delete(request: WebRequest, page_id: int, incident_id: str, update_id: int) -> HttpResponse:
    """Asks once."""
    section = section_of(page_id, incident_id)
    text = _found(request, section, update_id)["text"]
    return section.remove(request, number=update_id, name=_("Update"), text=text)


def _found(request: WebRequest, section: Section, update_id: int) -> dict[str, Any]:
    """One of the list, which is all that the API has."""
    items: list[dict[str, Any]] = request.gateway.get(section.path, per_page=PER_PAGE)["items"]
    for item in items:
        if item["id"] == update_id:
            return item
    raise Http404
