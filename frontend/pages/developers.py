"""The developer page: the API in examples, and where its documents are."""

from django.http import HttpResponse
from django.shortcuts import render

from common.fleet import fleet, host_name
from frontend.visitor import WebRequest


def index(request: WebRequest) -> HttpResponse:
    """For everybody; the examples need a key of one's own."""
    return render(request, "frontend/pages/developers.html", {"apis": [host_name(name) for name in fleet().public]})
