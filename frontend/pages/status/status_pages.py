"""Status pages: the owner's list, and the editor with groups and a preview."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from msgspec.structs import asdict

from common.contracts.answers.endpoint_service import Endpoint
from common.contracts.answers.status_pages import StatusPage
from frontend.forms.page_groups import Group, changed_groups, posted_groups, stored_groups
from frontend.forms.status_page import StatusPageForm
from frontend.gateway.answers import Page
from frontend.gateway.queries import list_endpoints
from frontend.pages.editing import Section
from frontend.views import logged_in
from frontend.web.visitor import WebRequest

STATUS_PAGES = Section(
    path="/report-service/status-pages", thing=StatusPage, back="status_pages", label=gettext_lazy("Status pages")
)
EDITOR = "frontend/pages/status_page_form.html"


@logged_in
def index(request: WebRequest) -> HttpResponse:
    """Every page of the visitor."""
    found = request.gateway.get(STATUS_PAGES.path, Page[StatusPage], page=request.GET.get("page"), per_page=50)
    context = {"status_pages": found.items, "page": found.page}
    return render(request, "frontend/pages/status_pages.html", context)


@logged_in
def new(request: WebRequest) -> HttpResponse:
    """Make one; then its own page, from where it is looked at."""
    form = _form(request)
    return STATUS_PAGES.create(
        request,
        form,
        title=_("New status page"),
        button=_("Make the page"),
        done=_("The status page is made."),
        template=EDITOR,
        to=lambda made: reverse("status_page_edit", args=[made.id]),
        context=_context(form, list_endpoints(request.gateway)),
    )


@logged_in
def edit(request: WebRequest, page_id: int) -> HttpResponse:
    """The same form with what is."""
    page = STATUS_PAGES.get(request, page_id)
    form = _form(request, page)
    return STATUS_PAGES.change(
        request,
        form,
        number=page_id,
        title=page.title,
        done=_("Saved. Readers see it within half a minute."),
        template=EDITOR,
        to=reverse("status_page_edit", args=[page_id]),
        context=_context(form, list_endpoints(request.gateway)) | {"shown": page},
    )


def _form(request: WebRequest, page: StatusPage | None = None) -> StatusPageForm:
    """Bound only where it is to be saved: while groups are edited it is drawn again as it was sent."""
    if request.method != "POST":
        stored = stored_groups(page) if page else []
        return StatusPageForm(groups=stored or [Group()], initial=asdict(page) if page else None)
    groups = posted_groups(request.POST)
    if "action" not in request.POST:
        return StatusPageForm(request.POST, groups=groups)
    ticked = {name: name in request.POST for name in ("published", "show_response_times")}
    return StatusPageForm(
        groups=changed_groups(groups, request.POST["action"]), initial={**request.POST.dict(), **ticked}
    )


def _context(form: StatusPageForm, endpoints: list[Endpoint]) -> dict[str, object]:
    """The groups, the endpoints' own names, and the endpoints that are not on the page yet."""
    names = {endpoint.id: endpoint.name for endpoint in endpoints}
    used = {entry.endpoint_id for group in form.groups for entry in group.endpoints}
    return {
        "groups": form.groups,
        "own_names": {number: f"#{number}" for number in used} | names,
        "unused": [(number, name) for number, name in names.items() if number not in used],
    }


@logged_in
def delete(request: WebRequest, page_id: int) -> HttpResponse:
    """Asks for the title: its address may be known to many."""
    title = STATUS_PAGES.get(request, page_id).title
    text = _("Whoever knows its address finds nothing there any more.")
    return STATUS_PAGES.remove(request, number=page_id, name=title, text=text, by_name=True)
