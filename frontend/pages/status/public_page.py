"""The page that everybody sees, and its owner's preview of it."""

from functools import partial
from typing import cast

from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.gzip import gzip_page

from common.clocks.time_zones import time_zones
from common.contracts.answers.status_pages import PublicPage, StatusPage
from frontend.pages.status.status_pages import STATUS_PAGES
from frontend.presenters import public_status, verdict
from frontend.views import logged_in
from frontend.web.public_style import ICONS, STYLE, STYLE_HASH
from frontend.web.visitor import WebRequest

LANGUAGES = ("ko", "en")
CACHED = "public, max-age=30"
POLICY = {"style-src": [STYLE_HASH]}


@gzip_page
def public(request: WebRequest, slug: str) -> HttpResponse:
    """Whole without its script, no cookie, cacheable for half a minute; holds no secret that compression could tell."""
    language, zone = request.GET.get("lang"), request.GET.get("tz")
    asked = {"lang": language if language in LANGUAGES else None, "tz": zone if zone in time_zones() else None}
    response = _page(request, request.gateway.get(f"/report-service/status/{slug}", PublicPage, **asked))
    response.headers["Cache-Control"] = CACHED
    return response


@logged_in
def preview(request: WebRequest, page_id: int) -> HttpResponse:
    """The same for its owner, published or not."""
    page = STATUS_PAGES.get(request, page_id)
    return _page(request, request.gateway.get(f"{STATUS_PAGES.path}/{page_id}/preview", PublicPage), preview=page)


def _page(request: WebRequest, shown: PublicPage, preview: StatusPage | None = None) -> HttpResponse:
    """In the owner's language and zone, or what the address asked for: the page is cached for everybody."""
    language = shown.language or translation.get_language()
    with translation.override(language), timezone.override(shown.time_zone or timezone.get_current_timezone()):
        response = _drawn(request, shown, preview)
    response.headers["Content-Language"] = language
    return response


def _drawn(request: WebRequest, shown: PublicPage, preview: StatusPage | None) -> HttpResponse:
    now = timezone.now()
    told = public_status.describe_announcements(announcements=shown.announcements, now=now)
    page = {
        "shown": shown,
        "preview": preview,
        "verdict": public_status.verdict_of(state=shown.state, fault=public_status.has_fault(groups=shown.groups)),
        "announcements": told,
        "days": public_status.incidents_by_day(incidents=shown.incidents),
        "feed": f"{settings.API_URL}/report-service/status/{shown.slug}/feed",
        "style": STYLE,
        "icon": ICONS[verdict.ICONS.get(shown.state, "quiet")],
        "now": now,
    }
    draw = csp_replace(POLICY)(partial(render, template_name="frontend/pages/status.html", context=page))
    return cast("HttpResponse", draw(request))
