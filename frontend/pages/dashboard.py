"""The dashboard: is anything wrong, and the list of endpoints."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from frontend import measurements, services
from frontend.views import logged_in
from frontend.visitor import WebRequest

PER_PAGE = 100


@logged_in
def dashboard(request: WebRequest) -> HttpResponse:
    """The whole page."""
    return render(request, "frontend/pages/dashboard.html", board(request))


@logged_in
def live(request: WebRequest) -> HttpResponse:
    """What htmx swaps in."""
    return render(request, "frontend/parts/board.html", board(request) | {"live": True})


def board(request: WebRequest) -> dict[str, Any]:
    """Two calls: the page of endpoints, and their measurements."""
    endpoints = request.gateway.get(
        "/endpoint-service/endpoints", per_page=PER_PAGE, page=request.GET.get("page"), sort="name"
    )
    overview = request.gateway.get("/report-service/overview", per_page=5000)
    rows = measurements.rows_make(endpoints=endpoints["items"], overview=overview["items"])
    total = endpoints["page"]["total_count"]
    return {
        "rows": rows,
        "page": services.page_numbers(endpoints["page"]),
        "verdict": services.verdict_make(rows=rows, total=total),
    }
