"""What every page knows."""

from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.http import HttpRequest

if TYPE_CHECKING:
    from frontend.web.visitor import WebRequest

THEMES = ("light", "dark")


def site(plain: HttpRequest) -> dict[str, Any]:
    """The visitor, the chosen theme (empty: the system's), where the API is, whether all of it is made up."""
    request = cast("WebRequest", plain)
    theme = request.COOKIES.get("theme", "")
    return {
        "visitor": getattr(request, "user_data", None),
        "theme": theme if theme in THEMES else "",
        "api_url": settings.API_URL,
        "demo": settings.DEMO,
        "section": getattr(request.resolver_match, "route", "").partition("/")[0],
    }
