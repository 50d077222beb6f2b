"""Notification channels: list, add, change, test, confirm addresses, what went out, delete."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from common.contracts.channels import CHANNELS
from frontend.errors import Refused
from frontend.forms.channel import ChannelForm, rules_told
from frontend.pages.choices import endpoints_of
from frontend.pages.editing import Section
from frontend.presenters import labels, paging
from frontend.presenters.deliveries import describe_deliveries
from frontend.views import act, bound, logged_in, safe_next
from frontend.web.visitor import WebRequest

SECTION = Section(path="/notification-service/notifications", back="notifications", label=gettext_lazy("Notifications"))
FORM = "frontend/pages/channel_form.html"
DELIVERY_TIMEOUT = 40.0
"""Seconds for a test, which delivers for real."""


@logged_in
def index(request: WebRequest) -> HttpResponse:
    """Every channel with where it leads and by which rules."""
    found = request.gateway.get(SECTION.path, page=request.GET.get("page"), per_page=50)
    channels = [
        channel | {"target": target_of(channel), "rules": rules_told(channel=channel)} for channel in found["items"]
    ]
    context = {"kinds": list(CHANNELS), "channels": channels, "page": paging.page_numbers(found["page"])}
    return render(request, "frontend/pages/notifications.html", context)


def target_of(channel: dict[str, Any]) -> str:
    """Where a channel leads, in short; secrets are masked by the API."""
    kind = CHANNELS.get(channel["kind"])
    return kind.target(channel["settings"], _) if kind else ""


@logged_in
def new(request: WebRequest, kind: str) -> HttpResponse:
    """The form of one kind; afterwards the channel's own page, where the test button is."""
    if kind not in CHANNELS:
        raise Http404
    form = bound(request, ChannelForm, kind=kind, endpoints=endpoints_of(request), initial={"name": labels.kind(kind)})
    return SECTION.create(
        request,
        form,
        title=_("Add channel: %(kind)s") % {"kind": labels.kind(kind)},
        button=_("Add channel"),
        done=_("Added. Send a test to see that it arrives."),
        template=FORM,
        to=lambda made: reverse("channel", args=[made["id"]]),
    )


@logged_in
def edit(request: WebRequest, channel_id: int) -> HttpResponse:
    """The same form with what is."""
    channel = SECTION.get(request, channel_id)
    if channel["kind"] not in CHANNELS:
        raise Http404  # of a newer version
    form = bound(request, ChannelForm, kind=channel["kind"], endpoints=endpoints_of(request), channel=channel)
    return SECTION.change(
        request, form, number=channel_id, title=channel["name"], template=FORM, context={"channel": channel}
    )


@require_POST
@logged_in
def test(request: WebRequest, channel_id: int) -> HttpResponse:
    """A real delivery, and how it went."""
    channel_test(request, channel_id)
    return redirect(safe_next(request, "notifications"))


def channel_test(request: WebRequest, channel_id: int) -> None:
    """Deliver a test for real and tell how it went, in the receiver's own words; raises `Refused` with 401 and 404."""
    try:
        answer = request.gateway.post(f"{SECTION.path}/{channel_id}/test", timeout=DELIVERY_TIMEOUT)
    except Refused as error:
        if error.status in {401, 404}:
            raise
        messages.error(request, error.message)
        return
    if answer["status"] == "ok":
        messages.success(request, _("The test was delivered."))
    else:
        messages.error(request, _("The test was not delivered: %(why)s") % {"why": answer.get("message", "")})


@require_POST
@logged_in
def confirm(request: WebRequest, channel_id: int) -> HttpResponse:
    """The code from the mail to an address, or another code."""
    address = request.POST.get("address")
    code = request.POST.get("code", "").strip()
    return act(
        request,
        path=f"{SECTION.path}/{channel_id}/confirm",
        body={"address": address} if address else {"code": code},
        done=_("A code is on its way to %(address)s.") % {"address": address} if address else _("Confirmed."),
        back=reverse("channel", args=[channel_id]),
    )


@logged_in
def deliveries(request: WebRequest, channel_id: int) -> HttpResponse:
    """What went to this channel, newest first, with every attempt and the receiver's answer."""
    channel = SECTION.get(request, channel_id)
    path = f"{SECTION.path}/{channel_id}/deliveries"
    found = request.gateway.get(path, page=request.GET.get("page"), per_page=25)
    context = {
        "channel": channel,
        "deliveries": describe_deliveries(deliveries=found["items"]),
        "page": paging.page_numbers(found["page"]),
    }
    return render(request, "frontend/pages/deliveries.html", context)


@logged_in
def delete(request: WebRequest, channel_id: int) -> HttpResponse:
    """Asks once; a channel is quickly made again."""
    name = SECTION.get(request, channel_id)["name"]
    return SECTION.remove(
        request, number=channel_id, name=name, text=_("Nobody is told through it any more."), button=_("Delete channel")
    )
