"""Status pages: the owner's list and editor, and the page that everybody sees."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from frontend import services
from frontend.forms.account import ByNameForm
from frontend.forms.status_page import StatusPageForm
from frontend.pages.maintenance import endpoints_of
from frontend.views import bound, form_page, logged_in
from frontend.visitor import WebRequest

STATUS_PAGES = "/report-service/status-pages"
CACHED = "public, max-age=30"


@logged_in
def index(request: WebRequest) -> HttpResponse:
    """Every page of the visitor."""
    found = request.gateway.get(STATUS_PAGES, page=request.GET.get("page"), per_page=50)
    context = {"status_pages": found["items"], "page": services.page_numbers(found["page"])}
    return render(request, "frontend/pages/status_pages.html", context)


@logged_in
def new(request: WebRequest) -> HttpResponse:
    """Make one."""
    form = bound(request, StatusPageForm, endpoints=endpoints_of(request), initial={"published": True})

    def save(_data: dict[str, Any]) -> HttpResponse:
        request.gateway.post(STATUS_PAGES, form.to_api())
        messages.success(request, _("The status page is made."))
        return redirect("status_pages")

    context = _back(_("New status page"), _("Make the page"))
    return form_page(request, template="frontend/pages/form.html", form=form, save=save, context=context)


@logged_in
def edit(request: WebRequest, page_id: int) -> HttpResponse:
    """The same form with what is."""
    page = request.gateway.get(f"{STATUS_PAGES}/{page_id}")
    form = bound(request, StatusPageForm, endpoints=endpoints_of(request), page=page)

    def save(_data: dict[str, Any]) -> HttpResponse:
        request.gateway.patch(f"{STATUS_PAGES}/{page_id}", form.to_api())
        messages.success(request, _("Saved. Readers see it within half a minute."))
        return redirect("status_pages")

    context = _back(page["title"], _("Save"))
    return form_page(request, template="frontend/pages/form.html", form=form, save=save, context=context)


@logged_in
def delete(request: WebRequest, page_id: int) -> HttpResponse:
    """Asks for the title: its address may be known to many."""
    page = request.gateway.get(f"{STATUS_PAGES}/{page_id}")

    def save(_data: dict[str, Any]) -> HttpResponse:
        request.gateway.delete(f"{STATUS_PAGES}/{page_id}")
        messages.success(request, _("%(name)s is deleted.") % {"name": page["title"]})
        return redirect("status_pages")

    context = _back(_("Delete %(name)s") % {"name": page["title"]}, _("Delete"))
    context["text"] = _("Whoever knows its address finds nothing there any more.")
    form = bound(request, ByNameForm, expected=page["title"])
    return form_page(request, template="frontend/pages/confirm_delete.html", form=form, save=save, context=context)


def public(request: WebRequest, slug: str) -> HttpResponse:
    """What everybody sees: one request, no script, cacheable for half a minute."""
    shown = request.gateway.get(f"/report-service/status/{slug}")
    context = {
        "shown": shown,
        "verdict": services.public_verdict(state=shown["state"]),
        "incidents": services.public_incidents(incidents=shown["incidents"]),
        "feed": f"{settings.API_URL}/report-service/status/{slug}/feed",
    }
    response = render(request, "frontend/pages/status.html", context)
    response.headers["Cache-Control"] = CACHED
    return response


def _back(title: str, button: str) -> dict[str, str]:
    return {"title": title, "button": button, "back": reverse("status_pages"), "back_label": _("Status pages")}
