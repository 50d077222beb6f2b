"""In which language and by which clocks what everybody may read is told: its owner's, or what the address asks for."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from common.api.errors import ValidationFailed
from common.clocks.time_zones import time_zones
from report_service.models import UserCopy
from report_service.results.query_parameters import choice_of

LANGUAGES = ("ko", "en")
NO_KEY: list[Any] = [{}]
"""OpenAPI's way to say that a call needs no key."""
PARAMETERS = [
    OpenApiParameter("lang", enum=LANGUAGES, description="By default the owner's."),
    OpenApiParameter("tz", description="A time zone such as Asia/Seoul; by default the owner's."),
]


@dataclass(frozen=True)
class Localization:
    """A language and a time zone, by their names."""

    language: str
    time_zone: str


@contextmanager
def localized(request: Request, *, user_id: int) -> Iterator[Localization]:
    """Say everything within as `lang` and `tz` ask for, else as the owner does; raises `ValidationFailed` for odd ones.

    The reader's own headers count only where nobody knows the owner: answers are cached for everybody.
    """
    owner = UserCopy.objects.filter(id=user_id).first()
    asked = choice_of(request, "lang", LANGUAGES)
    language = asked or (owner.language if owner else "") or translation.get_language() or LANGUAGES[0]
    zone = request.query_params.get("tz") or (owner.time_zone if owner else "UTC")
    if zone not in time_zones():
        if request.query_params.get("tz"):
            raise ValidationFailed(errors={"tz": [_("Name a time zone such as Asia/Seoul or UTC.")]})
        zone = "UTC"
    with translation.override(language), timezone.override(zone):
        yield Localization(language.partition("-")[0], zone)
