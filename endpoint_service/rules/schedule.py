"""When a maintenance window recurs: a cron expression of five fields in an IANA time zone."""

import re

from croniter import croniter
from django.utils.translation import gettext as _

from common.time_zones import time_zones
from endpoint_service.rules.invalid import Invalid

MIN_DURATION, MAX_DURATION = 60, 30 * 86_400
_FIELD = re.compile(r"(?:[0-9*,/#-]|(?:[a-z]{3}|l)(?![a-z]))+", re.ASCII | re.IGNORECASE)
"""Numbers, names of three letters, and L for the last."""


def clean_cron(text: str) -> str:
    """Five fields (minute, hour, day, month, weekday), one space between them; raises `Invalid`.

    croniter also knows seconds, years, `@daily` and random fields, which a window has no use for.
    """
    fields = text.split()
    cron = " ".join(fields)
    known = len(fields) == 5 and all(_FIELD.fullmatch(field) for field in fields)
    if not (known and croniter.is_valid(cron, strict=True)):
        raise Invalid(_("Write five cron fields such as 0 3 * * sun: minute, hour, day, month, weekday."))
    return cron


def clean_time_zone(text: str) -> str:
    """A name of the IANA database such as Asia/Seoul; raises `Invalid`."""
    if text not in time_zones():
        raise Invalid(_("Name a time zone such as Asia/Seoul or UTC."))
    return text
