"""How much the visitor uses of what one owner may use, by every service that counts something."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.utils import formats
from django.utils.translation import gettext as _

from common.contracts.answers.base import Usage
from common.fleet import host_name
from common.quotas import quotas
from frontend.errors import GatewayDown
from frontend.gateway.answers import Page
from frontend.gateway.client import Gateway, Together
from frontend.presenters import labels
from frontend.views import logged_in
from frontend.web.visitor import WebRequest


@logged_in
def index(request: WebRequest) -> HttpResponse:
    """The fullest first; a service that does not answer is named in its place."""
    services = sorted({quota.service for quota in quotas().values()})
    with Together() as calls:
        asked = {service: calls.start(_asked, request.gateway, service) for service in services}
    found = {service: call.result() for service, call in asked.items()}
    rows = [_row(item) for items in found.values() for item in items or ()]
    context = {
        "rows": sorted(rows, key=lambda row: -row.share),
        "away": [host_name(service) for service, items in found.items() if items is None],
        "tab": "usage",
    }
    return render(request, "frontend/pages/usage.html", context)


def _asked(gateway: Gateway, service: str) -> list[Usage] | None:
    """What the service tells; None where it does not answer."""
    try:
        return gateway.get(f"/{host_name(service)}/usage", Page[Usage]).items
    except GatewayDown:
        return None


@dataclass(frozen=True, kw_only=True)
class UsageRow:
    """`share` is 1 where all is used."""

    label: str
    used: str
    most: str
    within: str
    share: float

    @property
    def percent(self) -> int:
        return min(100, round(self.share * 100))


def _row(item: Usage) -> UsageRow:
    return UsageRow(
        label=item.label,
        used=_amount(item.used, item.unit),
        most=_amount(item.most, item.unit),
        within=_("within %(period)s") % {"period": labels.duration(item.period)} if item.period else "",
        share=item.used / item.most if item.most else 1.0,
    )


def _amount(number: int, unit: str) -> str:
    return str(filesizeformat(number)) if unit == "bytes" else str(formats.number_format(number, force_grouping=True))
