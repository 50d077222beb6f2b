"""The report: uptime of every endpoint over a period, worst first; as a page that prints well, and as CSV."""

import csv
from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from frontend.gateway.queries import get_overview
from frontend.presenters import uptime
from frontend.views import logged_in
from frontend.web.visitor import WebRequest

DEFAULT_PERIOD = "30d"
DAYS = {"24h": timedelta(days=1), "7d": timedelta(days=7), "30d": timedelta(days=30), "90d": timedelta(days=90)}
COLUMNS = ("name", "url", "state", "uptime_percent", "last_response_ms")


@logged_in
def index(request: WebRequest) -> HttpResponse:
    """One call, whatever the number of endpoints."""
    period = _period(request)
    rows = _rows(request, period)
    measured = [row.uptime for row in rows if row.uptime is not None]
    context = {
        "rows": rows,
        "period": period,
        "periods": uptime.PERIODS,
        "mean": sum(measured) / len(measured) if measured else None,
        "flawless": sum(1 for share in measured if share >= 100),
        "measured": len(measured),
        "first": timezone.now() - DAYS[period],
        "last": timezone.now(),
    }
    return render(request, "frontend/pages/reports.html", context)


@logged_in
def export(request: WebRequest) -> HttpResponse:
    """The same rows as CSV; a cell that a spreadsheet would run as a formula is quoted with an apostrophe."""
    period = _period(request)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="pongpong-{period}.csv"'
    response.write("\ufeff")
    writer = csv.writer(response)
    writer.writerow(COLUMNS)
    for row in _rows(request, period):
        cells = (row.name, row.url, row.state, row.uptime, row.total_ms)
        writer.writerow([_harmless(cell) for cell in cells])
    return response


def _harmless(cell: str | float | None) -> str | float | None:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _period(request: WebRequest) -> str:
    chosen = request.GET.get("period", "")
    return chosen if chosen in uptime.PERIODS else DEFAULT_PERIOD


def _rows(request: WebRequest, period: str) -> list[uptime.ReportRow]:
    return uptime.report_rows(overview=get_overview(request.gateway), period=period)
