"""Spans of time that clients ask for, and how much of each the raw results, the hours and the days answer."""

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from common.api.errors import ValidationFailed

PERIODS = {
    name: timedelta(days=days) for name, days in (("24h", 1), ("7d", 7), ("30d", 30), ("90d", 90), ("365d", 365))
}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_BLANK_BEFORE_ZONE = re.compile(r" (?=\d\d:?\d\d\Z)")


class Span(NamedTuple):
    """From `start` to before `end`."""

    start: datetime
    end: datetime

    def __bool__(self) -> bool:
        """Whether there is any time in it."""
        return self.start < self.end

    @property
    def milliseconds(self) -> float:
        """Its length."""
        return (self.end - self.start) / timedelta(milliseconds=1)


class Parts(NamedTuple):
    """A span in pieces that do not overlap: daily rollups, hourly ones around them, raw results at the edges."""

    days: Span
    hours: tuple[Span, Span]
    raw: tuple[Span, Span]


def moment_parse(text: str, *, field: str) -> datetime:
    """An ISO 8601 date and time with its zone; raises `ValidationFailed` for anything else.

    A `+` that came as a blank, as in an address that was not encoded, is understood.
    """
    try:
        moment = parse_datetime(_BLANK_BEFORE_ZONE.sub("+", text))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not 1970 < moment.year < 9999:
        example = "2026-01-31T09:00:00+09:00"
        raise ValidationFailed(
            errors={field: [_("An ISO 8601 time with its zone, please, such as %(example)s.") % {"example": example}]}
        )
    return moment.astimezone(UTC)


def bounds_parse(start: str | None, end: str | None) -> tuple[datetime | None, datetime | None]:
    """`from` and `to` of a query; raises `ValidationFailed` where `to` is before `from`."""
    first = moment_parse(start, field="from") if start else None
    last = moment_parse(end, field="to") if end else None
    if first and last and last < first:
        raise ValidationFailed(errors={"to": [_("This is before from.")]})
    return first, last


def period_parse(period: str | None, start: str | None, end: str | None) -> Span:
    """The span of `period`, or of `from` (and `to`, by default now); the last 24 hours where nothing is said."""
    now = timezone.now()
    first, last = bounds_parse(start, end)
    if first is None and last is not None:
        raise ValidationFailed(errors={"from": [_("Say from along with to.")]})
    if first is not None:
        if first > now:
            raise ValidationFailed(errors={"from": [_("This lies in the future.")]})
        return Span(first, min(last or now, now))
    if (period or "24h") not in PERIODS:
        choices = ", ".join(PERIODS)
        raise ValidationFailed(errors={"period": [_("One of %(choices)s, please.") % {"choices": choices}]})
    return Span(now - PERIODS[period or "24h"], now)


def floor(value: datetime, step: timedelta) -> datetime:
    """The last multiple of `step` since 1970 that is not after `value`."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return value - (value - epoch) % step


def ceiling(value: datetime, step: timedelta) -> datetime:
    """The first multiple of `step` that is not before `value`."""
    down = floor(value, step)
    return down if down == value else down + step


def parts_of(span: Span) -> Parts:
    """Cut a span into what is cheapest to read.

    Where raw results (or hourly rollups) are gone already, an edge grows outwards to its whole hour (or day); so does
    the current hour, since nothing lies behind now.
    """
    now = timezone.now()
    raw_since, hours_since = (
        ceiling(now - timedelta(days=days), DAY)
        for days in (settings.RAW_RETENTION_DAYS, settings.HOURLY_RETENTION_DAYS)
    )
    start = span.start if span.start >= raw_since else floor(span.start, HOUR)
    end = span.end if raw_since <= span.end < floor(now, HOUR) else ceiling(span.end, HOUR)
    if start < hours_since:
        start = floor(start, DAY)
    if end < hours_since:
        end = ceiling(end, DAY)
    return cut(Span(start, end))


def cut(span: Span) -> Parts:
    """The whole days, the whole hours around them, and what is left at the edges."""
    start, end = span
    hour_start, hour_end = ceiling(start, HOUR), floor(end, HOUR)
    if hour_start > hour_end:
        return Parts(Span(end, end), (Span(end, end), Span(end, end)), (Span(start, end), Span(end, end)))
    raw = (Span(start, hour_start), Span(hour_end, end))
    day_start, day_end = ceiling(hour_start, DAY), floor(hour_end, DAY)
    if day_start >= day_end:
        return Parts(Span(hour_end, hour_end), (Span(hour_start, hour_end), Span(hour_end, hour_end)), raw)
    return Parts(Span(day_start, day_end), (Span(hour_start, day_start), Span(day_end, hour_end)), raw)


def moment(value: datetime) -> str:
    """A moment as the API writes it: ISO 8601 in UTC with microseconds."""
    return f"{value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
