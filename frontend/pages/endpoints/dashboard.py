"""The dashboard: is anything wrong, the list of endpoints, and changing several of them at once."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from frontend.errors import Refused
from frontend.forms.dashboard import MEASURED, BulkForm, CountForm, FilterForm
from frontend.gateway.client import together
from frontend.presenters import dashboard_rows, paging, verdict
from frontend.views import logged_in, safe_next
from frontend.web.visitor import WebRequest

PER_PAGE = 100
MOST_OVERVIEW = 5000
ENDPOINTS = "/endpoint-service/endpoints"
OVERVIEW = "/report-service/overview"


@logged_in
def dashboard(request: WebRequest) -> HttpResponse:
    """The list; `?select=1` lets one choose several (`select=all`: all are ticked), and does not move meanwhile."""
    form = FilterForm(request.GET)
    found, overview = _measured(request, form) if form.sorted_by in MEASURED else _found(request, form)
    form.offer_tags(dashboard_rows.tags_of(overview=overview))
    context = {
        "rows": dashboard_rows.build_rows(endpoints=found["items"], overview=overview, span=form.span),
        "ids": ".".join(str(endpoint["id"]) for endpoint in found["items"]),
        "page": paging.page_numbers(found["page"]),
        "filter": form,
        "filtered": bool(form.filters),
        "live": False,
        "select": request.GET.get("select"),
        "spans": dashboard_rows.SPANS,
    }
    everything = dashboard_rows.glances(overview=overview, fresh=found["items"])
    return render(request, "frontend/pages/dashboard.html", context | _head(everything, form.span))


def _found(request: WebRequest, form: FilterForm) -> tuple[dict[str, Any], list[dashboard_rows.Glance]]:
    """Two calls at the same time: the page of endpoints, and everybody's measurements."""
    gateway = request.gateway
    answers = together(
        found=partial(gateway.get, ENDPOINTS, per_page=PER_PAGE, page=request.GET.get("page"), **form.to_api()),
        overview=partial(gateway.get, OVERVIEW, per_page=MOST_OVERVIEW),
    )
    return answers["found"], answers["overview"]["items"]


def _measured(request: WebRequest, form: FilterForm) -> tuple[dict[str, Any], list[dashboard_rows.Glance]]:
    """One call: the measurements alone put the page of endpoints together."""
    overview = request.gateway.get(OVERVIEW, per_page=MOST_OVERVIEW)["items"]
    fitting = dashboard_rows.filter_and_sort(
        overview=overview, filters=form.filters, sort=form.sorted_by, span=form.span
    )
    page = Paginator(fitting, PER_PAGE).get_page(request.GET.get("page"))
    numbers = {"current_page": page.number, "total_count": len(fitting), "per_page": PER_PAGE}
    return {"items": list(page), "page": numbers}, overview


@logged_in
def live(request: WebRequest) -> HttpResponse:
    """What changed by itself, for the rows that are shown (`ids`, separated by dots); no row comes, goes or moves."""
    span = FilterForm(request.GET).span
    ids = {int(text) for text in request.GET.get("ids", "").split(".")[:PER_PAGE] if text.isascii() and text.isdigit()}
    overview = request.gateway.get(OVERVIEW, per_page=MOST_OVERVIEW)["items"]
    shown = [item | {"id": item["endpoint_id"]} for item in overview if item["endpoint_id"] in ids]
    context = {"rows": dashboard_rows.build_rows(endpoints=shown, overview=shown, span=span), "live": True}
    return render(request, "frontend/parts/live.html", context | _head(dashboard_rows.glances(overview=overview), span))


def _head(everything: list[dict[str, Any]], span: dashboard_rows.Span) -> dict[str, Any]:
    return {
        "span": span,
        "labels": {"uptime": _("Uptime"), "response": _("Response")},
        "verdict": verdict.overall_verdict(rows=everything, total=len(everything)),
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
        answer = request.gateway.post(f"{ENDPOINTS}/bulk", form.to_api())
    except Refused as error:
        if error.status in {401, 404}:
            raise
        messages.error(request, error.message)
        return redirect(back)
    if answer["succeeded"]:
        messages.success(request, _done(form.cleaned_data["action"], answer["succeeded"]))
    if answer["failed"]:
        reason = next(result["message"] for result in answer["results"] if result["status"] == "fail")
        text = _("%(n)d could not be changed: %(reason)s")
        messages.error(request, text % {"n": answer["failed"], "reason": reason})
    return redirect(back)


def _ask(request: WebRequest, ids: list[int], back: str) -> HttpResponse | None:
    """The page that asks for the number of endpoints; None where it was answered rightly."""
    form = CountForm(request.POST if "count" in request.POST else None, expected=len(ids))
    if form.is_valid():
        return None
    overview = request.gateway.get(OVERVIEW, per_page=MOST_OVERVIEW)["items"]
    names = {item["endpoint_id"]: item["name"] for item in overview}
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
