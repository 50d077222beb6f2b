"""Badges: small SVG pictures of an endpoint's state, uptime or response time, for whoever knows the token."""

import secrets
from xml.sax.saxutils import escape

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from common.api.errors import NotFound
from report_service.models import BadgeToken, EndpointCopy
from report_service.rollups.percentiles import percentile
from report_service.rollups.time_spans import PERIODS, Span
from report_service.rollups.totals import totals
from report_service.uptime.formulas import uptime
from report_service.uptime.overview import latest_results, state_of

KINDS = ("state", "uptime", "latency")
_GREEN, _YELLOW, _RED, _BLUE, _GREY = "#2da44e", "#bf8700", "#cf222e", "#0969da", "#6e7781"
_COLOURS = {"up": _GREEN, "degraded": _YELLOW, "down": _RED, "maintenance": _BLUE}


def badges_get(*, endpoint: EndpointCopy) -> dict[str, str]:
    """The endpoint's token, made at the first call, and the addresses of its badges."""
    BadgeToken.objects.bulk_create(
        [BadgeToken(token=secrets.token_urlsafe(24), endpoint_id=endpoint.id)], ignore_conflicts=True
    )
    token = BadgeToken.objects.get(endpoint_id=endpoint.id).token
    address = f"{settings.API_URL}/report-service/badges/{token}.svg"
    return {"token": token, **{f"{kind}_url": f"{address}?kind={kind}" for kind in KINDS}}


def badges_revoke(*, endpoint: EndpointCopy) -> None:
    """Forget the token; its addresses are dead, and the next call makes a new one."""
    BadgeToken.objects.filter(endpoint_id=endpoint.id).delete()


def badge_endpoint(*, token: str) -> EndpointCopy:
    """What a token's badges show; raises `NotFound` for an unknown one."""
    known = BadgeToken.objects.filter(token=token).first()
    endpoint = EndpointCopy.objects.filter(id=known.endpoint_id, deleted=False).first() if known else None
    if endpoint is None:
        raise NotFound
    return endpoint


def badge_svg(*, endpoint: EndpointCopy, kind: str, period: str) -> str:
    """The picture, in the language of the moment."""
    if kind == "state":
        return _state(endpoint)
    now = timezone.now()
    sums = totals(endpoint_id=endpoint.id, span=Span(now - PERIODS[period], now))
    if kind == "uptime":
        share = uptime(sums.counters.covers_ms, sums.counters.down_ms)
        colour = _GREY if share is None else _GREEN if share >= 99.9 else _YELLOW if share >= 99 else _RED
        return svg(_("uptime") + f" {period}", "–" if share is None else f"{_two_digits(share)}%", colour)
    median = percentile(sums.histogram, 0.5)
    return svg(_("response time") + f" {period}", "–" if median is None else f"{median:.0f} ms", _BLUE)


def _two_digits(share: float) -> str:
    """Cut, not rounded: 99.999 is not 100."""
    return f"{int(share * 100) / 100:g}"


def _state(endpoint: EndpointCopy) -> str:
    state = state_of(endpoint, latest_results([endpoint.id])[endpoint.id])
    texts = {
        "up": _("up"),
        "degraded": _("degraded"),
        "down": _("down"),
        "confirming": _("confirming"),
        "maintenance": _("maintenance"),
        "unknown": _("could not be checked"),
        "paused": _("paused"),
    }
    return svg(_("state"), texts.get(state, _("pending")), _COLOURS.get(state, _GREY))


def svg(label: str, value: str, colour: str) -> str:
    """Two boxes side by side; the widths are estimates, to which `textLength` makes every font fit."""
    left, right = _width(label), _width(value)
    parts = []
    for text, start, width in ((label, 0, left), (value, left, right)):
        parts.append(
            f'<text x="{start + width / 2:g}" y="14" textLength="{width - 12}" text-anchor="middle">{escape(text)}</text>'
        )
    title = escape(f"{label}: {value}", {'"': "&quot;"})
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" aria-label="{title}">'
        f'<title>{title}</title><rect width="{left}" height="20" fill="#444c56"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{colour}"/>'
        f'<g fill="#fff" font-family="Verdana,Geneva,sans-serif" font-size="11">{"".join(parts)}</g></svg>'
    )


def _width(text: str) -> int:
    """Pixels at 11 px: about 7 for a Latin letter, 11 for a Korean one, and 6 of air on each side."""
    return 12 + sum(7 if ord(letter) < 0x1100 else 11 for letter in text)
