"""Maintenance windows: while one is open, nobody is alerted and no uptime is lost."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from frontend import services
from frontend.forms.maintenance import MaintenanceForm
from frontend.views import bound, form_page, logged_in
from frontend.visitor import WebRequest

WINDOWS = "/endpoint-service/maintenance-windows"


@logged_in
def index(request: WebRequest) -> HttpResponse:
    """Every window."""
    found = request.gateway.get(WINDOWS, page=request.GET.get("page"), per_page=50)
    windows = [window | {"minutes_ms": window["duration"] * 1000} for window in found["items"]]
    context = {"windows": windows, "page": services.page_numbers(found["page"])}
    return render(request, "frontend/pages/maintenance.html", context)


@logged_in
def new(request: WebRequest) -> HttpResponse:
    """Plan one."""
    form = bound(request, MaintenanceForm, endpoints=endpoints_of(request))

    def save(_data: dict[str, Any]) -> HttpResponse:
        request.gateway.post(WINDOWS, form.to_api())
        messages.success(request, _("Planned."))
        return redirect("maintenance")

    context = _back(_("Plan maintenance"), _("Plan it"))
    return form_page(request, template="frontend/pages/form.html", form=form, save=save, context=context)


@logged_in
def edit(request: WebRequest, window_id: int) -> HttpResponse:
    """The same form with what is."""
    window = request.gateway.get(f"{WINDOWS}/{window_id}")
    form = bound(request, MaintenanceForm, endpoints=endpoints_of(request), window=window)

    def save(_data: dict[str, Any]) -> HttpResponse:
        request.gateway.patch(f"{WINDOWS}/{window_id}", form.to_api())
        messages.success(request, _("Saved."))
        return redirect("maintenance")

    context = _back(window["name"], _("Save"))
    return form_page(request, template="frontend/pages/form.html", form=form, save=save, context=context)


@logged_in
def delete(request: WebRequest, window_id: int) -> HttpResponse:
    """Asks once."""
    window = request.gateway.get(f"{WINDOWS}/{window_id}")
    if request.method == "POST":
        request.gateway.delete(f"{WINDOWS}/{window_id}")
        messages.success(request, _("%(name)s is deleted.") % {"name": window["name"]})
        return redirect("maintenance")
    context = _back(_("Delete %(name)s") % {"name": window["name"]}, _("Delete"))
    context["text"] = _("From then on outages in this time are alerted and counted.")
    return render(request, "frontend/pages/confirm_delete.html", context)


def endpoints_of(request: WebRequest) -> list[dict[str, Any]]:
    """The first hundred endpoints by name, for choosing; more are reached by tags."""
    found: list[dict[str, Any]] = request.gateway.get("/endpoint-service/endpoints", per_page=100, sort="name")["items"]
    return found


def _back(title: str, button: str) -> dict[str, str]:
    return {"title": title, "button": button, "back": reverse("maintenance"), "back_label": _("Maintenance")}
