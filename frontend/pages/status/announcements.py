"""What an owner tells the readers of a status page: write, change, end, delete."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common.contracts.answers.status_pages import Announcement
from frontend.forms.status_page import AnnouncementForm
from frontend.gateway.answers import Page
from frontend.pages.editing import Section
from frontend.pages.status.status_pages import STATUS_PAGES
from frontend.presenters import public_status
from frontend.views import logged_in, posted
from frontend.web.visitor import WebRequest


def section_of(page_id: int) -> Section[Announcement]:
    """The announcements of one page."""
    return Section(
        path=f"{STATUS_PAGES.path}/{page_id}/announcements",
        thing=Announcement,
        back=reverse("announcements", args=[page_id]),
        label=_("Announcements"),
    )


@logged_in
def index(request: WebRequest, page_id: int) -> HttpResponse:
    """Newest first."""
    shown = STATUS_PAGES.get(request, page_id)
    found = request.gateway.get(section_of(page_id).path, Page[Announcement], page=request.GET.get("page"), per_page=25)
    context = {
        "shown": shown,
        "announcements": public_status.describe_announcements(announcements=found.items, now=timezone.now()),
        "page": found.page,
    }
    return render(request, "frontend/pages/announcements.html", context)


@logged_in
def new(request: WebRequest, page_id: int) -> HttpResponse:
    """Write one."""
    form = AnnouncementForm(posted(request))
    return section_of(page_id).create(
        request, form, title=_("New announcement"), button=_("Announce"), done=_("Readers see it within half a minute.")
    )


@logged_in
def edit(request: WebRequest, page_id: int, announcement_id: int) -> HttpResponse:
    """The same form with what is."""
    section = section_of(page_id)
    found = section.get(request, announcement_id)
    form = AnnouncementForm(posted(request), announcement=found)
    return section.change(request, form, number=announcement_id, title=found.title)


@require_POST
@logged_in
def end(request: WebRequest, page_id: int, announcement_id: int) -> HttpResponse:
    """Readers no longer see it; it stays in the list."""
    section = section_of(page_id)
    request.gateway.patch(f"{section.path}/{announcement_id}", Announcement, {"ends_at": timezone.now().isoformat()})
    messages.success(request, _("The announcement has ended."))
    return redirect(section.back)


@logged_in
def delete(request: WebRequest, page_id: int, announcement_id: int) -> HttpResponse:
    """Asks once."""
    section = section_of(page_id)
    title = section.get(request, announcement_id).title
    return section.remove(request, number=announcement_id, name=title, text=_("It also leaves the page's feed."))
