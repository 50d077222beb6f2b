"""Adding, looking at, changing and deleting an endpoint; checking it now."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from frontend import chart, measurements, services
from frontend.errors import GatewayDown, Refused
from frontend.forms.account import ByNameForm
from frontend.forms.endpoint import EndpointForm
from frontend.gateway import CHECK_TIMEOUT
from frontend.views import act, bound, form_page, logged_in, put_errors
from frontend.visitor import WebRequest

ENDPOINTS = "/endpoint-service/endpoints"
REPORTS = "/report-service"
FORM = "frontend/pages/endpoint_form.html"


@logged_in
def new(request: WebRequest) -> HttpResponse:
    """A URL alone is enough."""
    initial = {"url": request.GET.get("url") or request.session.pop("first_url", "")}
    form = bound(request, EndpointForm, initial=initial)
    context: dict[str, Any] = {"title": _("Add endpoint")}
    if tested := _test(request, form, context):
        return tested

    def save(_data: dict[str, Any]) -> HttpResponse:
        endpoint = request.gateway.post(ENDPOINTS, form.to_api())
        messages.success(request, _("Watching it now. The first result arrives within seconds."))
        return redirect("endpoint", endpoint["id"])

    return form_page(request, template=FORM, form=form, save=save, context=context)


@logged_in
def edit(request: WebRequest, endpoint_id: int) -> HttpResponse:
    """The same form with what is."""
    endpoint = request.gateway.get(f"{ENDPOINTS}/{endpoint_id}")
    form = bound(request, EndpointForm, endpoint=endpoint)
    context: dict[str, Any] = {"title": _("Edit endpoint"), "endpoint": endpoint}
    if tested := _test(request, form, context):
        return tested

    def save(_data: dict[str, Any]) -> HttpResponse:
        request.gateway.patch(f"{ENDPOINTS}/{endpoint_id}", form.to_api())
        messages.success(request, _("Saved. The next check uses it."))
        return redirect("endpoint", endpoint_id)

    return form_page(request, template=FORM, form=form, save=save, context=context)


def _test(request: WebRequest, form: EndpointForm, context: dict[str, Any]) -> HttpResponse | None:
    """“Test first”: run the form's check and show the form again with what was found; None for the other button."""
    if request.POST.get("action") != "test":
        return None
    if form.is_valid():
        spec = form.to_spec()
        try:
            answer = request.gateway.post("/endpoint-service/checks", spec, timeout=CHECK_TIMEOUT)
            context |= {"result": answer.get("result"), "failure": answer.get("message")}
        except Refused as error:
            put_errors(form, error)
        except GatewayDown:
            form.add_error(None, _("The API does not answer at the moment. Try again in a moment."))
    return render(request, FORM, {"form": form, **context}, status=400 if form.errors else 200)


@logged_in
def detail(request: WebRequest, endpoint_id: int) -> HttpResponse:
    """State, uptime, the latest results, incidents."""
    return render(request, "frontend/pages/endpoint.html", _detail(request, endpoint_id))


@logged_in
def live(request: WebRequest, endpoint_id: int) -> HttpResponse:
    """The same page, of which htmx takes the middle."""
    return render(request, "frontend/pages/endpoint.html", _detail(request, endpoint_id))


def _detail(request: WebRequest, endpoint_id: int) -> dict[str, Any]:
    gateway = request.gateway
    endpoint = gateway.get(f"{ENDPOINTS}/{endpoint_id}")
    measured = f"{REPORTS}/endpoints/{endpoint_id}"
    reports = gateway.get(f"{REPORTS}/reports", endpoint_id=endpoint_id, per_page=15, page=request.GET.get("page"))
    incidents = gateway.get(f"{REPORTS}/incidents", endpoint_id=endpoint_id, per_page=50)["items"]
    summaries = {period: gateway.get(f"{measured}/summary", period=period) for period in measurements.PERIODS}
    period = _period(request)
    series = {name: gateway.get(f"{measured}/series", period=name) for name in {period, "90d"}}
    return {
        "endpoint": endpoint,
        "icon": services.icon_of(endpoint["state"]),
        "sentence": services.endpoint_sentence(endpoint=endpoint),
        "reports": reports["items"],
        "page": services.page_numbers(reports["page"]),
        "incidents": services.incident_lines(incidents=incidents[:5], names={endpoint_id: endpoint["name"]}),
        "tiles": measurements.tiles_make(summaries=summaries),
        "days": measurements.days_make(series=series["90d"]),
        "chart": chart.chart_make(series=series[period], incidents=incidents),
        "period": period,
        "periods": measurements.CHART_PERIODS,
    }


def _period(request: WebRequest) -> str:
    chosen = request.GET.get("period", "")
    return chosen if chosen in measurements.CHART_PERIODS else "24h"


@logged_in
def data(request: WebRequest, endpoint_id: int) -> HttpResponse:
    """The chart's numbers as a table, newest first."""
    period = _period(request)
    series = request.gateway.get(f"{REPORTS}/endpoints/{endpoint_id}/series", period=period)
    context = {
        "endpoint": request.gateway.get(f"{ENDPOINTS}/{endpoint_id}"),
        "points": series["points"][::-1],
        "period": period,
        "periods": measurements.CHART_PERIODS,
    }
    return render(request, "frontend/pages/endpoint_data.html", context)


@logged_in
def result(request: WebRequest, report_id: str) -> HttpResponse:
    """One check with its waterfall."""
    report = request.gateway.get(f"{REPORTS}/reports/{report_id}")
    endpoint = request.gateway.get(f"{ENDPOINTS}/{report['endpoint_id']}")
    return render(request, "frontend/pages/result.html", {"report": report, "endpoint": endpoint})


@require_POST
@logged_in
def check(request: WebRequest, endpoint_id: int) -> HttpResponse:
    """Check now; the result is told at once and stands in the list a moment later."""
    try:
        answer = request.gateway.post(f"{ENDPOINTS}/{endpoint_id}/check", timeout=CHECK_TIMEOUT)
    except Refused as error:
        if error.status in {401, 404}:
            raise
        messages.error(request, error.message)
    else:
        _tell(request, answer)
    return redirect("endpoint", endpoint_id)


def _tell(request: WebRequest, answer: dict[str, Any]) -> None:
    if answer["status"] == "ok":
        level, text = services.check_told(result=answer["result"])
        messages.add_message(request, level, text)
    else:
        messages.error(request, answer.get("message") or _("The check could not run."))


@require_POST
@logged_in
def pause(request: WebRequest, endpoint_id: int) -> HttpResponse:
    back = reverse("endpoint", args=[endpoint_id])
    return act(request, path=f"{ENDPOINTS}/{endpoint_id}/pause", done=_("Paused: nothing is checked."), back=back)


@require_POST
@logged_in
def resume(request: WebRequest, endpoint_id: int) -> HttpResponse:
    back = reverse("endpoint", args=[endpoint_id])
    return act(request, path=f"{ENDPOINTS}/{endpoint_id}/resume", done=_("Watching it again."), back=back)


@logged_in
def delete(request: WebRequest, endpoint_id: int) -> HttpResponse:
    """Asks for the name."""
    endpoint = request.gateway.get(f"{ENDPOINTS}/{endpoint_id}")

    def save(_data: dict[str, Any]) -> HttpResponse:
        request.gateway.delete(f"{ENDPOINTS}/{endpoint_id}")
        messages.success(request, _("%(name)s is deleted.") % {"name": endpoint["name"]})
        return redirect("dashboard")

    context = {
        "title": _("Delete %(name)s") % {"name": endpoint["name"]},
        "text": _("Its results, incidents and reports go with it. This cannot be undone."),
        "button": _("Delete endpoint"),
        "back": reverse("endpoint", args=[endpoint_id]),
        "back_label": endpoint["name"],
    }
    form = bound(request, ByNameForm, expected=endpoint["name"])
    return form_page(request, template="frontend/pages/confirm_delete.html", form=form, save=save, context=context)
