"""How a window repeats, in words and as cron: daily, on weekdays, on a day of the month, or cron as it was written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.contracts.answers.endpoint_service import MaintenanceWindow, Occurrence

ONCE, DAILY, WEEKLY, MONTHLY, CRON = "once", "daily", "weekly", "monthly", "cron"
WEEKDAYS = {
    1: gettext_lazy("Monday"),
    2: gettext_lazy("Tuesday"),
    3: gettext_lazy("Wednesday"),
    4: gettext_lazy("Thursday"),
    5: gettext_lazy("Friday"),
    6: gettext_lazy("Saturday"),
    0: gettext_lazy("Sunday"),
}
"""By cron's number."""


@dataclass(frozen=True)
class Recurrence:
    """`at` is `HH:MM`; `weekdays` are cron's numbers, `day` is of the month; `cron` where it is none of the three."""

    repeats: str
    at: str = ""
    weekdays: tuple[int, ...] = ()
    day: int | None = None
    cron: str = ""


def recurrence_to_cron(recurrence: Recurrence) -> str:
    """Cron's five fields; empty for once."""
    if recurrence.repeats in {ONCE, CRON}:
        return recurrence.cron if recurrence.repeats == CRON else ""
    hour, minute = (int(part) for part in recurrence.at.split(":"))
    day = str(recurrence.day) if recurrence.repeats == MONTHLY else "*"
    weekdays = ",".join(str(number) for number in recurrence.weekdays) if recurrence.repeats == WEEKLY else "*"
    return f"{minute} {hour} {day} * {weekdays}"


def recurrence_from_cron(cron: str) -> Recurrence:
    """The simplest reading of a cron expression."""
    if not cron:
        return Recurrence(ONCE)
    written = Recurrence(CRON, cron=cron)
    fields = cron.split()
    if len(fields) != 5 or fields[3] != "*" or not _number(fields[0], 0, 59) or not _number(fields[1], 0, 23):
        return written
    minute, hour, day, _month, weekday = fields
    at = f"{int(hour):02}:{int(minute):02}"
    if (day, weekday) == ("*", "*"):
        return Recurrence(DAILY, at)
    if day == "*" and all(_number(part, 0, 7) for part in weekday.split(",")):
        return Recurrence(WEEKLY, at, weekdays_in_order([int(part) % 7 for part in weekday.split(",")]))
    if weekday == "*" and _number(day, 1, 31):
        return Recurrence(MONTHLY, at, day=int(day))
    return written


def weekdays_in_order(numbers: Sequence[int]) -> tuple[int, ...]:
    """Each once, from Monday."""
    return tuple(number for number in WEEKDAYS if number in numbers)


def describe_recurrence(cron: str) -> str:
    """`Every Saturday and Sunday at 03:00`; what has no simple reading is shown as it is."""
    found = recurrence_from_cron(cron)
    match found.repeats:
        case "daily":
            return _("Every day at %(at)s") % {"at": found.at}
        case "weekly":
            names = ", ".join(str(WEEKDAYS[number]) for number in found.weekdays)
            return _("Every %(weekdays)s at %(at)s") % {"weekdays": names, "at": found.at}
        case "monthly":
            return _("On day %(day)d of each month at %(at)s") % {"day": found.day, "at": found.at}
        case _:
            return found.cron


def _number(text: str, least: int, most: int) -> bool:
    return text.isascii() and text.isdigit() and least <= int(text) <= most


@dataclass(frozen=True, kw_only=True)
class WindowLine:
    """What a list says of a window. `state` is `open`, `planned`, `over` or `broken`; `times` are those to come."""

    window: MaintenanceWindow
    state: str
    when: str
    times: list[Occurrence]

    @property
    def duration_ms(self) -> int:
        return self.window.duration * 1000


def describe_window(*, window: MaintenanceWindow, now: datetime) -> WindowLine:
    """Whether it is open, and when it opens, in words."""
    times = window.occurrences
    state = "over" if not times else "open" if times[0].starts_at <= now else "planned"
    return WindowLine(
        window=window,
        state="broken" if window.problem else state,
        when=describe_recurrence(window.cron),
        times=[time for time in times if time.starts_at > now],
    )
