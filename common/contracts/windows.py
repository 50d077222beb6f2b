"""When a maintenance window recurs: a cron expression of five fields in an IANA time zone."""

import re

from common.contracts.invalid import Invalid
from common.contracts.texts import N_
from common.cron import MalformedCron, NeverOpens, recurrence_of
from common.time_zones import time_zones

MIN_DURATION, MAX_DURATION = 60, 30 * 86_400
_LAST_WEEKDAY = re.compile(r"\bl[0-7]\b", re.ASCII | re.IGNORECASE)


def clean_cron(text: str) -> str:
    """Five fields (minute, hour, day, month, weekday) that name some day, one space between them; raises `Invalid`."""
    cron = " ".join(text.split())
    if _LAST_WEEKDAY.search(cron):
        # Windows that were saved so before are still understood.
        raise Invalid(N_("Write the last Friday of a month as 5L."))
    require_opening(cron)
    return cron


def require_opening(cron: str) -> None:
    """Raises `Invalid` for what is no cron expression or names a day of no year.

    Any other has opened before and opens again: the calendar repeats itself.
    """
    try:
        never = recurrence_of(cron, "UTC").never
    except MalformedCron as error:
        raise Invalid(N_("Write five cron fields such as 0 3 * * sun: minute, hour, day, month, weekday.")) from error
    except NeverOpens:
        never = True
    if never:
        raise Invalid(N_("No day of any year is one that this expression names, so the window would never open."))


def clean_time_zone(text: str) -> str:
    """A name of the IANA database such as Asia/Seoul; raises `Invalid`."""
    if text not in time_zones():
        raise Invalid(N_("Name a time zone such as Asia/Seoul or UTC."))
    return text
