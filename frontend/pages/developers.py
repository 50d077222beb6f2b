"""The developer page: the API and `pong` in examples, and where the documents are."""

from django.http import HttpResponse
from django.shortcuts import render

from common.fleet import fleet, host_name
from frontend.web.visitor import WebRequest

TOOLS = ("curl", "pong")


def index(request: WebRequest) -> HttpResponse:
    """For everybody; the examples need a key of one's own. `?with=` chooses the tool."""
    chosen = request.GET.get("with", "")
    context = {
        "apis": [host_name(name) for name in fleet().public],
        "tools": TOOLS,
        "tool": chosen if chosen in TOOLS else TOOLS[0],
    }
    return render(request, "frontend/pages/developers.html", context)
