"""Looking at one endpoint: its state, uptime, response times, results, incidents, certificate and badges."""

from datetime import UTC, datetime
from functools import partial
from typing import Any, cast
from urllib.parse import urlsplit

from csp.decorators import csp_update
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from frontend.forms.period import PERIODS, PeriodForm
from frontend.gateway.client import together
from frontend.pictures import chart
from frontend.presenters import badges as badge_texts
from frontend.presenters import check_results, paging, uptime, verdict
from frontend.presenters import incidents as incident_texts
from frontend.views import logged_in
from frontend.web.visitor import WebRequest

ENDPOINTS = "/endpoint-service/endpoints"
REPORTS = "/report-service"
PER_PAGE = 15
STATUSES = ("up", "degraded", "down", "maintenance", "unknown")
MOST_INCIDENTS = 100
"""As many as a page of the API has; so many are shaded."""
SHOWN_INCIDENTS = 5


@logged_in
def detail(request: WebRequest, endpoint_id: int) -> HttpResponse:
    """State, uptime, response times, the latest results, incidents, certificate: independent calls, made together."""
    period = PeriodForm(request.GET)
    measured, get = f"{REPORTS}/endpoints/{endpoint_id}", request.gateway.get
    calls = {name: partial(get, f"{measured}/summary", period=name) for name in uptime.PERIODS}
    calls["days"] = partial(get, f"{measured}/series", period="90d")
    if period.chosen not in uptime.PERIODS:
        calls["span"] = partial(get, f"{measured}/summary", **period.to_api())
    if period.chosen != "90d" or period.with_phases:
        phases = "true" if period.with_phases else None
        calls["series"] = partial(get, f"{measured}/series", phases=phases, **period.to_api())
    found = together(
        endpoint=partial(get, f"{ENDPOINTS}/{endpoint_id}"),
        reports=_reports_call(request, endpoint_id),
        incidents=partial(get, f"{REPORTS}/incidents", endpoint_id=endpoint_id, per_page=MOST_INCIDENTS),
        **calls,
    )
    endpoint, reports = found["endpoint"], found["reports"]["items"]
    incidents = found["incidents"]["items"]
    span = found.get("span") or found[period.chosen]
    context = _head(request, endpoint, reports) | {
        "reports": reports,
        "page": paging.page_numbers(found["reports"]["page"]),
        "status": _status(request),
        "statuses": STATUSES,
        "incidents": incident_texts.incident_lines(
            incidents=incidents[:SHOWN_INCIDENTS], names={endpoint_id: endpoint["name"]}
        ),
        "tiles": uptime.uptime_tiles(summaries={name: found[name] for name in uptime.PERIODS}),
        "percentiles": uptime.response_percentiles(summary=span),
        "days": uptime.uptime_by_day(series=found["days"]),
        "days_down_ms": uptime.downtime_by_day(series=found["days"]),
        "chart": chart.draw_chart(series=found.get("series") or found["days"], incidents=incidents),
        "certificate": check_results.latest_certificate(reports=reports, get_report=partial(_report, request)),
        "period": period,
        "periods": PERIODS,
    }
    return _with_badges(request, "frontend/pages/endpoint.html", context)


@logged_in
def live(request: WebRequest, endpoint_id: int) -> HttpResponse:
    """State and title, and how many results are newer than `since`; the list itself moves only when it is asked to.

    `since` is empty before the first result; with the first one the page comes anew.
    """
    found = together(
        endpoint=partial(request.gateway.get, f"{ENDPOINTS}/{endpoint_id}"), reports=_reports_call(request, endpoint_id)
    )
    since, reports = request.GET.get("since", ""), found["reports"]["items"]
    if reports and not since:
        return HttpResponse(headers={"HX-Refresh": "true"})
    context = _head(request, found["endpoint"], reports) | {
        "fresh": sum(1 for report in reports if report["checked_at"] > since),
        "most": PER_PAGE,
        "status": _status(request),
        "live": True,
    }
    return render(request, "frontend/parts/endpoint_live.html", context)


def _head(request: WebRequest, endpoint: dict[str, Any], reports: list[dict[str, Any]]) -> dict[str, Any]:
    """`checked_at` is the latest result's, where the list begins with it."""
    latest = reports and not _status(request) and not request.GET.get("page")
    return {
        "checked_at": reports[0]["checked_at"] if latest else None,
        "endpoint": endpoint,
        "icon": verdict.icon_of(endpoint["state"]),
        "sentence": verdict.endpoint_sentence(endpoint=endpoint),
        "fault": next((one["error_code"] for one in reports if one["status"] == endpoint["state"] == "unknown"), None),
    }


def _reports_call(request: WebRequest, endpoint_id: int) -> Any:
    return partial(
        request.gateway.get,
        f"{REPORTS}/reports",
        endpoint_id=endpoint_id,
        per_page=PER_PAGE,
        page=request.GET.get("page"),
        status=_status(request),
    )


def _status(request: WebRequest) -> str:
    chosen = request.GET.get("status", "")
    return chosen if chosen in STATUSES else ""


def _report(request: WebRequest, report_id: str) -> dict[str, Any]:
    report: dict[str, Any] = request.gateway.get(f"{REPORTS}/reports/{report_id}")
    return report


@logged_in
def data(request: WebRequest, endpoint_id: int) -> HttpResponse:
    """The chart's numbers as a table, newest first."""
    period = PeriodForm(request.GET)
    phases = "true" if period.with_phases else None
    get = request.gateway.get
    found = together(
        endpoint=partial(get, f"{ENDPOINTS}/{endpoint_id}"),
        series=partial(get, f"{REPORTS}/endpoints/{endpoint_id}/series", phases=phases, **period.to_api()),
    )
    context = {
        "endpoint": found["endpoint"],
        "points": found["series"]["points"][::-1],
        "period": period,
        "periods": PERIODS,
    }
    return render(request, "frontend/pages/endpoint_data.html", context)


@logged_in
def result(request: WebRequest, report_id: str) -> HttpResponse:
    """One check with its waterfall, and what the site answered where it failed."""
    report = _report(request, report_id)
    endpoint = request.gateway.get(f"{ENDPOINTS}/{report['endpoint_id']}")
    certificate = check_results.read_certificate(report=report, now=datetime.now(UTC))
    context = {"report": report, "endpoint": endpoint, "certificate": certificate}
    return render(request, "frontend/pages/result.html", context)


@logged_in
def badges(request: WebRequest, endpoint_id: int) -> HttpResponse:
    """The endpoint's badges, with what one pastes: Markdown and HTML."""
    get = request.gateway.get
    found = together(
        endpoint=partial(get, f"{ENDPOINTS}/{endpoint_id}"),
        badges=partial(get, f"{REPORTS}/endpoints/{endpoint_id}/badges"),
    )
    context = {"endpoint": found["endpoint"], "badges": badge_texts.badge_snippets(**found)}
    return _with_badges(request, "frontend/pages/badges.html", context)


def _with_badges(request: WebRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """A page that may show badges, which come from where the public API is."""
    at = urlsplit(settings.API_URL)
    draw = csp_update({"img-src": [f"{at.scheme}://{at.netloc}"]})(
        partial(render, template_name=template, context=context)
    )
    return cast("HttpResponse", draw(request))


@require_POST
@logged_in
def badges_revoke(request: WebRequest, endpoint_id: int) -> HttpResponse:
    """New addresses; the old ones show nothing any more."""
    request.gateway.delete(f"{REPORTS}/endpoints/{endpoint_id}/badges")
    messages.success(request, _("The badges have new addresses; the old ones show nothing any more."))
    return redirect("badges", endpoint_id)
