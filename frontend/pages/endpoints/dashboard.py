"""The dashboard: is anything wrong, the list of endpoints, and changing several of them at once."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from common.contracts.answers.endpoint_service import BulkAnswer, Endpoint
from common.contracts.answers.report_service import Glance
from frontend.errors import Refused
from frontend.forms.dashboard import MEASURED, BulkForm, CountForm, FilterForm
from frontend.gateway.answers import Page, PageNumbers
from frontend.gateway.client import Together
from frontend.gateway.queries import ENDPOINTS, get_overview
from frontend.presenters import dashboard_rows, verdict
from frontend.presenters.verdict import Watched
from frontend.views import logged_in, safe_next
from frontend.web.visitor import WebRequest

PER_PAGE = 100


@logged_in
def dashboard(request: WebRequest) -> HttpResponse:
    """The list; `?select=1` lets one choose several (`select=all`: all are ticked), and does not move meanwhile."""
    form = FilterForm(request.GET)
    listed = _measured(request, form) if form.sorted_by in MEASURED else _found(request, form)
    form.offer_tags(dashboard_rows.tags_of(overview=listed.overview))
    context = {
        "rows": listed.rows,
        "ids": ".".join(str(row.id) for row in listed.rows),
        "page": listed.page,
        "filter": form,
        "filtered": bool(form.filters),
        "live": False,
        "select": request.GET.get("select"),
        "spans": dashboard_rows.SPANS,
    }
    return render(request, "frontend/pages/dashboard.html", context | _head(listed.everything, form.span))


@dataclass(frozen=True)
class _Listed:
    """The page of the list, and what is known of all the endpoints."""

    rows: list[dashboard_rows.Row]
    page: PageNumbers
    overview: list[Glance]
    everything: list[Watched]


def _found(request: WebRequest, form: FilterForm) -> _Listed:
    """Two calls at the same time: the page of endpoints, and everybody's measurements."""
    with Together() as calls:
        asked = calls.start(_page_of, request, form)
        measured = calls.start(get_overview, request.gateway)
    found, overview = asked.result(), measured.result()
    return _Listed(
        rows=dashboard_rows.build_rows(endpoints=found.items, overview=overview, span=form.span),
        page=found.page,
        overview=overview,
        everything=dashboard_rows.all_watched(overview=overview, fresh=found.items),
    )


def _page_of(request: WebRequest, form: FilterForm) -> Page[Endpoint]:
    page = request.GET.get("page")
    return request.gateway.get(ENDPOINTS, Page[Endpoint], per_page=PER_PAGE, page=page, **form.to_api())


def _measured(request: WebRequest, form: FilterForm) -> _Listed:
    """One call: the measurements alone put the page of endpoints together."""
    overview, span = get_overview(request.gateway), form.span
    fitting = dashboard_rows.filter_and_sort(overview=overview, filters=form.filters, sort=form.sorted_by, span=span)
    page = Paginator(fitting, PER_PAGE).get_page(request.GET.get("page"))
    return _Listed(
        rows=[dashboard_rows.measured_row(measured=item, span=span) for item in page],
        page=PageNumbers(current_page=page.number, total_count=len(fitting), per_page=PER_PAGE),
        overview=overview,
        everything=dashboard_rows.all_watched(overview=overview),
    )


@logged_in
def live(request: WebRequest) -> HttpResponse:
    """What changed by itself, for the rows that are shown (`ids`, separated by dots); no row comes, goes or moves."""
    span = FilterForm(request.GET).span
    ids = {int(text) for text in request.GET.get("ids", "").split(".")[:PER_PAGE] if text.isascii() and text.isdigit()}
    overview = get_overview(request.gateway)
    rows = [dashboard_rows.measured_row(measured=item, span=span) for item in overview if item.endpoint_id in ids]
    everything = dashboard_rows.all_watched(overview=overview)
    return render(request, "frontend/parts/live.html", {"rows": rows, "live": True} | _head(everything, span))


def _head(everything: list[Watched], span: dashboard_rows.Span) -> dict[str, object]:
    return {
        "span": span,
        "labels": {"uptime": _("Uptime"), "response": _("Response")},
        "verdict": verdict.overall_verdict(rows=everything),
        "counts": dashboard_rows.count_states(everything=everything),
        "total": len(everything),
    }


@require_POST
@logged_in
def bulk(request: WebRequest) -> HttpResponse:
    """Pause, resume, tag, untag or delete the ticked ones in one call; deleting asks for their number first."""
    form = BulkForm(request.POST, ids=request.POST.getlist("id"))
    back = safe_next(request, "dashboard")
    if not form.is_valid():
        messages.error(request, str(next(iter(form.errors.values()))[0]))
        return redirect(back)
    if form.cleaned_data["action"] == "delete" and (asked := _ask(request, form.ids, back)):
        return asked
    try:
        answer = request.gateway.post(f"{ENDPOINTS}/bulk", BulkAnswer, form.to_api())
    except Refused as error:
        if error.status in {401, 404}:
            raise
        messages.error(request, error.message)
        return redirect(back)
    if answer.succeeded:
        messages.success(request, _done(form.cleaned_data["action"], answer.succeeded))
    if answer.failed:
        reason = next((result.message for result in answer.results if not result.is_ok), "")
        messages.error(request, _("%(n)d could not be changed: %(reason)s") % {"n": answer.failed, "reason": reason})
    return redirect(back)


def _ask(request: WebRequest, ids: list[int], back: str) -> HttpResponse | None:
    """The page that asks for the number of endpoints; None where it was answered rightly."""
    form = CountForm(request.POST if "count" in request.POST else None, expected=len(ids))
    if form.is_valid():
        return None
    names = {item.endpoint_id: item.name for item in get_overview(request.gateway)}
    context = {
        "form": form,
        "chosen": [{"id": number, "name": names.get(number, f"#{number}")} for number in ids],
        "back": back,
    }
    return render(request, "frontend/pages/bulk_delete.html", context, status=400 if form.is_bound else 200)


def _done(action: str, n: int) -> str:
    texts = {
        "pause": ngettext("%(n)d is paused.", "%(n)d are paused.", n),
        "resume": ngettext("%(n)d is watched again.", "%(n)d are watched again.", n),
        "tag": ngettext("%(n)d is tagged.", "%(n)d are tagged.", n),
        "untag": ngettext("The tag is off %(n)d endpoint.", "The tag is off %(n)d endpoints.", n),
        "delete": ngettext("%(n)d is deleted.", "%(n)d are deleted.", n),
    }
    return texts[action] % {"n": n}
