"""Notification channels: list, add, change, test, confirm addresses, what went out, delete."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from common.contracts.answers.base import Status
from common.contracts.answers.notification_service import Delivery, Notification
from common.contracts.channels import CHANNELS
from frontend.errors import Refused
from frontend.forms.channel import ChannelForm, describe_rules
from frontend.gateway.answers import Page
from frontend.gateway.queries import list_endpoints
from frontend.pages.editing import Section
from frontend.presenters import labels
from frontend.presenters.deliveries import describe_deliveries
from frontend.views import act, logged_in, posted, safe_next
from frontend.web.visitor import WebRequest

SECTION = Section(
    path="/notification-service/notifications",
    thing=Notification,
    back="notifications",
    label=gettext_lazy("Notifications"),
)
FORM = "frontend/pages/channel_form.html"
DELIVERY_TIMEOUT = 40.0
"""Seconds for a test, which delivers for real."""


@logged_in
def index(request: WebRequest) -> HttpResponse:
    """Every channel with where it leads and by which rules."""
    found = request.gateway.get(SECTION.path, Page[Notification], page=request.GET.get("page"), per_page=50)
    context = {"kinds": list(CHANNELS), "channels": [line_of(channel) for channel in found.items], "page": found.page}
    return render(request, "frontend/pages/notifications.html", context)


@dataclass(frozen=True, kw_only=True)
class ChannelLine:
    """A channel in a list: `target` is where it leads, in short; secrets are masked by the API."""

    id: int
    name: str
    kind: str
    target: str
    rules: list[str]
    enabled: bool
    disabled_reason: str
    unconfirmed_addresses: list[str]


def line_of(channel: Notification) -> ChannelLine:
    """With where it leads and its rules in words."""
    kind = CHANNELS.get(channel.kind)
    return ChannelLine(
        id=channel.id,
        name=channel.name,
        kind=channel.kind,
        target=kind.target(channel.settings, _) if kind else "",
        rules=describe_rules(channel=channel),
        enabled=channel.enabled,
        disabled_reason=channel.disabled_reason,
        unconfirmed_addresses=channel.unconfirmed_addresses,
    )


@logged_in
def new(request: WebRequest, kind: str) -> HttpResponse:
    """The form of one kind; afterwards the channel's own page, where the test button is."""
    if kind not in CHANNELS:
        raise Http404
    form = ChannelForm(
        posted(request), kind=kind, endpoints=list_endpoints(request.gateway), initial={"name": labels.kind(kind)}
    )
    return SECTION.create(
        request,
        form,
        title=_("Add channel: %(kind)s") % {"kind": labels.kind(kind)},
        button=_("Add channel"),
        done=_("Added. Send a test to see that it arrives."),
        template=FORM,
        to=lambda made: reverse("channel", args=[made.id]),
    )


@logged_in
def edit(request: WebRequest, channel_id: int) -> HttpResponse:
    """The same form with what is."""
    channel = SECTION.get(request, channel_id)
    if channel.kind not in CHANNELS:
        raise Http404  # of a newer version
    form = ChannelForm(posted(request), kind=channel.kind, endpoints=list_endpoints(request.gateway), channel=channel)
    return SECTION.change(
        request, form, number=channel_id, title=channel.name, template=FORM, context={"channel": channel}
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
        answer = request.gateway.post(f"{SECTION.path}/{channel_id}/test", Status, timeout=DELIVERY_TIMEOUT)
    except Refused as error:
        if error.status in {401, 404}:
            raise
        messages.error(request, error.message)
        return
    if answer.is_ok:
        messages.success(request, _("The test was delivered."))
    else:
        messages.error(request, _("The test was not delivered: %(why)s") % {"why": answer.message})


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
    found = request.gateway.get(path, Page[Delivery], page=request.GET.get("page"), per_page=25)
    context = {
        "channel": channel,
        "deliveries": describe_deliveries(deliveries=found.items),
        "page": found.page,
    }
    return render(request, "frontend/pages/deliveries.html", context)


@logged_in
def delete(request: WebRequest, channel_id: int) -> HttpResponse:
    """Asks once; a channel is quickly made again."""
    name = SECTION.get(request, channel_id).name
    return SECTION.remove(
        request, number=channel_id, name=name, text=_("Nobody is told through it any more."), button=_("Delete channel")
    )
