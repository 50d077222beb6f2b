"""Notification channels: list, add, change, test, delete."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from frontend import services, words
from frontend.errors import Refused
from frontend.forms.channel import FORMS
from frontend.views import bound, form_page, logged_in
from frontend.visitor import WebRequest

CHANNELS = "/notification-service/notifications"
DELIVERY_TIMEOUT = 40.0
"""Seconds for a test, which delivers for real."""


@logged_in
def index(request: WebRequest) -> HttpResponse:
    """Every channel with where it leads."""
    found = request.gateway.get(CHANNELS, page=request.GET.get("page"), per_page=50)
    channels = [channel | {"target": target_of(channel)} for channel in found["items"]]
    context = {"channels": channels, "page": services.page_numbers(found["page"])}
    return render(request, "frontend/pages/notifications.html", context)


def target_of(channel: dict[str, Any]) -> str:
    """Where a channel leads, in short; secrets are masked by the API."""
    settings = channel.get("settings") or {}
    match channel["kind"]:
        case "email":
            return ", ".join(settings.get("addresses", []))
        case "slack":
            return settings.get("channel") or _("incoming webhook")
        case _:
            return str(settings.get("url", ""))


@logged_in
def new(request: WebRequest, kind: str) -> HttpResponse:
    """The form of one kind."""
    if kind not in FORMS:
        raise Http404
    form = bound(request, FORMS[kind], initial={"name": words.kind(kind)})

    def save(_data: dict[str, Any]) -> HttpResponse:
        request.gateway.post(CHANNELS, form.to_api())
        messages.success(request, _("Added. Send a test to see that it arrives."))
        return redirect("notifications")

    title = _("Add channel: %(kind)s") % {"kind": words.kind(kind)}
    return form_page(
        request, template="frontend/pages/form.html", form=form, save=save, context=_back(title, _("Add channel"))
    )


@logged_in
def edit(request: WebRequest, channel_id: int) -> HttpResponse:
    """The same form with what is."""
    channel = request.gateway.get(f"{CHANNELS}/{channel_id}")
    form = bound(request, FORMS[channel["kind"]], channel=channel)

    def save(_data: dict[str, Any]) -> HttpResponse:
        request.gateway.patch(f"{CHANNELS}/{channel_id}", form.to_api())
        messages.success(request, _("Saved."))
        return redirect("notifications")

    return form_page(
        request, template="frontend/pages/form.html", form=form, save=save, context=_back(channel["name"], _("Save"))
    )


def _back(title: str, button: str) -> dict[str, str]:
    return {"title": title, "button": button, "back": reverse("notifications"), "back_label": _("Notifications")}


@require_POST
@logged_in
def test(request: WebRequest, channel_id: int) -> HttpResponse:
    """Deliver a test for real and tell how it went."""
    try:
        answer = request.gateway.post(f"{CHANNELS}/{channel_id}/test", timeout=DELIVERY_TIMEOUT)
    except Refused as error:
        if error.status in {401, 404}:
            raise
        messages.error(request, error.message)
        return redirect("notifications")
    if answer["status"] == "ok":
        messages.success(request, _("The test was delivered."))
    else:
        messages.error(request, _("The test was not delivered: %(why)s") % {"why": answer.get("message", "")})
    return redirect("notifications")


@logged_in
def delete(request: WebRequest, channel_id: int) -> HttpResponse:
    """Asks once; a channel is quickly made again."""
    channel = request.gateway.get(f"{CHANNELS}/{channel_id}")
    if request.method == "POST":
        request.gateway.delete(f"{CHANNELS}/{channel_id}")
        messages.success(request, _("%(name)s is deleted.") % {"name": channel["name"]})
        return redirect("notifications")
    context = _back(_("Delete %(name)s") % {"name": channel["name"]}, _("Delete channel"))
    context["text"] = _("Nobody is told through it any more.")
    return render(request, "frontend/pages/confirm_delete.html", context)
