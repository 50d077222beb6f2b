"""Times and durations as people read and write them."""

import re
from datetime import UTC, datetime, timedelta

from pong_cli.errors import WrongUsage
from pong_cli.labels import _

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DURATION = re.compile(r"(?:[0-9]+[smhdw])+", re.ASCII)
_PART = re.compile(r"([0-9]+)([smhdw])", re.ASCII)


def seconds_of(text: str) -> int:
    """`90`, `90s`, `5m`, `1h30m`, `2d` in seconds; raises `WrongUsage`."""
    if text.isascii() and text.isdigit():
        return int(text)
    if not _DURATION.fullmatch(text):
        raise WrongUsage(_("%(text)s is no duration.") % {"text": text}, _("Write it as 90s, 5m, 1h30m or 2d."))
    return sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(text))


def moment_of(text: str) -> str:
    """`2h` (so long ago) or an ISO 8601 time, of this machine's zone where it names none, as ISO 8601 in UTC."""
    if _DURATION.fullmatch(text):
        return iso(now() - timedelta(seconds=seconds_of(text)))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise WrongUsage(
            _("%(text)s is no time.") % {"text": text}, _("Write it as 2h (ago) or 2026-01-31T09:00.")
        ) from error
    return iso(moment.astimezone(UTC))


def now() -> datetime:
    """This moment."""
    return datetime.now(UTC)


def iso(moment: datetime) -> str:
    """As the API takes it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def exact(moment: datetime | None) -> str:
    """To the second, in this machine's zone."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}" if moment else ""


def ago(moment: datetime | None) -> str:
    """As `12 s ago` or `in 3 d`."""
    if not moment:
        return ""
    seconds = (now() - moment).total_seconds()
    length = duration(abs(seconds) * 1000)
    return _("%(length)s ago") % {"length": length} if seconds >= 0 else _("in %(length)s") % {"length": length}


def duration(milliseconds: float) -> str:
    """One unit, rounded down: `12 s`, `4 min`, `3 h`, `2 d`."""
    seconds = int(milliseconds / 1000)
    if seconds < 60:
        return _("%(n)d s") % {"n": seconds}
    if seconds < 3600:
        return _("%(n)d min") % {"n": seconds // 60}
    if seconds < 86_400:
        return _("%(n)d h") % {"n": seconds // 3600}
    return _("%(n)d d") % {"n": seconds // 86_400}


def between(start: datetime, end: datetime | None) -> str:
    """The time from one to another; until now where the end is open."""
    return duration(((end or now()) - start).total_seconds() * 1000)


def milliseconds(value: float | None) -> str:
    """`123 ms`, below ten with one decimal."""
    if value is None:
        return ""
    return f"{value:.1f} ms" if value < 10 else f"{value:.0f} ms"


def percent(value: float | None) -> str:
    """Two decimals only where it is not 100 %; rounded down, so that 99.999 is not called 100."""
    if value is None:
        return ""
    return "100 %" if value == 100 else f"{int(value * 100 + 1e-6) / 100:.2f} %"
