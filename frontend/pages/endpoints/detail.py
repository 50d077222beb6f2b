"""Looking at one endpoint: its state, uptime, response times, results, incidents, certificate and badges."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import cast
from urllib.parse import urlsplit

from csp.decorators import csp_update
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common.contracts.answers.endpoint_service import Endpoint
from common.contracts.answers.report_service import Badges, Report, ReportDetail, Series, Summary
from frontend.forms.period import PERIODS, PeriodForm
from frontend.gateway.answers import Page
from frontend.gateway.client import Gateway, Together
from frontend.gateway.queries import MEASURED, REPORTS, get_endpoint, list_incidents, list_reports
from frontend.pictures import chart
from frontend.presenters import badges as badge_texts
from frontend.presenters import check_results, uptime, verdict
from frontend.presenters import incidents as incident_texts
from frontend.views import logged_in
from frontend.web.visitor import WebRequest

PER_PAGE = 15
STATUSES = ("up", "degraded", "down", "maintenance", "unknown")
MOST_INCIDENTS = 100
"""As many as a page of the API has; so many are shaded."""
SHOWN_INCIDENTS = 5


@logged_in
def detail(request: WebRequest, endpoint_id: int) -> HttpResponse:
    """State, uptime, response times, the latest results, incidents, certificate: independent calls, made together."""
    period, gateway = PeriodForm(request.GET), request.gateway
    with Together() as calls:
        asked = calls.start(get_endpoint, gateway, endpoint_id)
        results = calls.start(_reports, request, endpoint_id)
        newest = calls.start(list_incidents, gateway, endpoint_id=endpoint_id, per_page=MOST_INCIDENTS)
        summaries = {name: calls.start(_summary, gateway, endpoint_id, {"period": name}) for name in uptime.PERIODS}
        if period.chosen not in summaries:
            summaries[period.chosen] = calls.start(_summary, gateway, endpoint_id, period.to_api())
        daily = drawn = calls.start(_series, gateway, endpoint_id, {"period": "90d"})
        if period.chosen != "90d" or period.with_phases:
            drawn = calls.start(_series, gateway, endpoint_id, _series_query(period))
    endpoint, reports, incidents = asked.result(), results.result(), newest.result().items
    context = _head(request, endpoint, reports.items) | {
        "reports": reports.items,
        "since": reports.items[0].checked_at.isoformat() if reports.items else "",
        "page": reports.page,
        "status": _status(request),
        "statuses": STATUSES,
        "incidents": incident_texts.incident_lines(
            incidents=incidents[:SHOWN_INCIDENTS], names={endpoint_id: endpoint.name}
        ),
        "tiles": uptime.uptime_tiles(summaries={name: summaries[name].result() for name in uptime.PERIODS}),
        "percentiles": uptime.response_percentiles(summary=summaries[period.chosen].result()),
        "days": uptime.uptime_by_day(series=daily.result()),
        "days_down_ms": uptime.downtime_by_day(series=daily.result()),
        "chart": chart.draw_chart(series=drawn.result(), incidents=incidents, with_phases=period.with_phases),
        "certificate": check_results.latest_certificate(reports=reports.items, get_report=partial(_report, gateway)),
        "period": period,
        "periods": PERIODS,
    }
    return _with_badges(request, "frontend/pages/endpoint.html", context)


@logged_in
def live(request: WebRequest, endpoint_id: int) -> HttpResponse:
    """State and title, and how many results are newer than `since`; the list itself moves only when it is asked to.

    `since` is empty before the first result; with the first one the page comes anew.
    """
    with Together() as calls:
        asked = calls.start(get_endpoint, request.gateway, endpoint_id)
        results = calls.start(_reports, request, endpoint_id)
    since, reports = _moment(request.GET.get("since", "")), results.result().items
    if reports and since is None:
        return HttpResponse(headers={"HX-Refresh": "true"})
    context = _head(request, asked.result(), reports) | {
        "fresh": sum(1 for report in reports if since and report.checked_at > since),
        "most": PER_PAGE,
        "status": _status(request),
        "live": True,
    }
    return render(request, "frontend/parts/endpoint_live.html", context)


def _moment(text: str) -> datetime | None:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _head(request: WebRequest, endpoint: Endpoint, reports: list[Report]) -> dict[str, object]:
    """`checked_at` is the latest result's, where the list begins with it."""
    latest = reports and not _status(request) and not request.GET.get("page")
    return {
        "checked_at": reports[0].checked_at if latest else None,
        "endpoint": endpoint,
        "icon": verdict.icon_of(endpoint.state),
        "sentence": verdict.endpoint_sentence(endpoint=endpoint),
        "fault": next((one.error_code for one in reports if one.status == endpoint.state == "unknown"), None),
    }


def _summary(gateway: Gateway, endpoint_id: int, query: Mapping[str, str]) -> Summary:
    return gateway.get(f"{MEASURED}/{endpoint_id}/summary", Summary, **query)


def _series(gateway: Gateway, endpoint_id: int, query: Mapping[str, str]) -> Series:
    return gateway.get(f"{MEASURED}/{endpoint_id}/series", Series, **query)


def _series_query(period: PeriodForm) -> dict[str, str]:
    return period.to_api() | ({"phases": "true"} if period.with_phases else {})


def _reports(request: WebRequest, endpoint_id: int) -> Page[Report]:
    page, status = request.GET.get("page"), _status(request)
    return list_reports(request.gateway, endpoint_id, per_page=PER_PAGE, page=page, status=status)


def _status(request: WebRequest) -> str:
    chosen = request.GET.get("status", "")
    return chosen if chosen in STATUSES else ""


def _report(gateway: Gateway, report_id: str) -> ReportDetail:
    return gateway.get(f"{REPORTS}/{report_id}", ReportDetail)


@logged_in
def data(request: WebRequest, endpoint_id: int) -> HttpResponse:
    """The chart's numbers as a table, newest first."""
    period = PeriodForm(request.GET)
    with Together() as calls:
        asked = calls.start(get_endpoint, request.gateway, endpoint_id)
        drawn = calls.start(_series, request.gateway, endpoint_id, _series_query(period))
    context = {
        "endpoint": asked.result(),
        "points": drawn.result().points[::-1],
        "period": period,
        "periods": PERIODS,
    }
    return render(request, "frontend/pages/endpoint_data.html", context)


@logged_in
def result(request: WebRequest, report_id: str) -> HttpResponse:
    """One check with its waterfall, and what the site answered where it failed."""
    report = _report(request.gateway, report_id)
    endpoint = get_endpoint(request.gateway, report.endpoint_id or 0)
    certificate = check_results.read_certificate(report=report, now=datetime.now(UTC))
    context = {"report": report, "endpoint": endpoint, "certificate": certificate}
    return render(request, "frontend/pages/result.html", context)


@logged_in
def badges(request: WebRequest, endpoint_id: int) -> HttpResponse:
    """The endpoint's badges, with what one pastes: Markdown and HTML."""
    with Together() as calls:
        asked = calls.start(get_endpoint, request.gateway, endpoint_id)
        addresses = calls.start(request.gateway.get, f"{MEASURED}/{endpoint_id}/badges", Badges)
    endpoint = asked.result()
    context = {
        "endpoint": endpoint,
        "badges": badge_texts.badge_snippets(name=endpoint.name, badges=addresses.result()),
    }
    return _with_badges(request, "frontend/pages/badges.html", context)


def _with_badges(request: WebRequest, template: str, context: Mapping[str, object]) -> HttpResponse:
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
    request.gateway.delete(f"{MEASURED}/{endpoint_id}/badges")
    messages.success(request, _("The badges have new addresses; the old ones show nothing any more."))
    return redirect("badges", endpoint_id)
