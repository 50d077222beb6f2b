"""When a maintenance window opens, and what is wrong with one that cannot be understood."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.utils.translation import gettext as _

from common.clocks.cron import NeverOpens
from common.clocks.windows import SEARCHED, Span, Window
from endpoint_service.models import MaintenanceWindow


@dataclass(frozen=True)
class Outlook:
    """When a window opens: the time that it is open now, and those to come. `problem` is a sentence where nobody can say."""

    occurrences: Sequence[Span] = ()
    next_starts_at: datetime | None = None
    problem: str | None = None


def window_outlook(window: MaintenanceWindow, now: datetime, *, most: int) -> Outlook:
    """At most so many times; a window that was saved when more was allowed than can be understood ends no list."""
    times = Window(window.duration, window.starts_at, window.ends_at, window.cron, window.time_zone)
    try:
        times.check(now)
        found = list(islice(times.spans(now, max(now, window.starts_at or now) + SEARCHED), most + 1))
    except NeverOpens:
        return Outlook(problem=_("No day of any year is one that this expression names, so the window never opens."))
    except Exception:  # noqa: BLE001  whatever is wrong with it is this window's alone
        return Outlook(problem=_("Nobody can say when this window opens. Write its times anew."))
    return Outlook(found[:most], next((span.starts_at for span in found if span.starts_at > now), None))
