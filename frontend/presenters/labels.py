"""The product's words: states, errors, kinds, times and amounts, in the language of the request."""

from datetime import datetime

from django.utils import formats, timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common.contracts.alerts import event_named
from common.contracts.answers import report_service
from common.contracts.causes import cause_of
from common.contracts.channels import CHANNELS
from common.contracts.check_kinds import KINDS
from common.contracts.fields import described
from common.contracts.results import REASONS, Phases

STATES = {
    "up": gettext_lazy("Up"),
    "degraded": gettext_lazy("Slow"),
    "down": gettext_lazy("Down"),
    "confirming": gettext_lazy("Checking again"),
    "paused": gettext_lazy("Paused"),
    "pending": gettext_lazy("Not checked yet"),
    "maintenance": gettext_lazy("Maintenance"),
    "open": gettext_lazy("Ongoing"),
    "resolved": gettext_lazy("Recovered"),
    "unknown": gettext_lazy("Could not be checked"),
}
_PHASES = {name: gettext_lazy(phase.about.label) for name, phase in described(Phases).items()}
PHASES = {"redirect_ms": _PHASES.pop("redirect_ms"), **_PHASES}
"""In the order of time: redirects come before everything else that was timed."""


def phase_values(phases: report_service.Phases) -> list[float | None]:
    """Their ms, in the order of `PHASES`."""
    return [getattr(phases, name) for name in PHASES]


def state(value: str) -> str:
    return str(STATES.get(value, value))


def error(code: str) -> str:
    """The error's word; a code that is new to us is shown as it is."""
    reason = REASONS.get(code.lower())
    return capfirst(_(reason.word)) if reason else code


def cause(data: object, text: str | None) -> str:
    """Why, in the reader's language, of what the API answered: a cause as data, and the sentence that stands for it."""
    found = cause_of(data, text)
    return found.said(_) if found else ""


def event(name: str) -> str:
    """What people are told of, as a channel's form says it; one that is new to us is shown as it is."""
    return _(event_named(name).label)


def advice(code: str) -> str:
    """What to do where the fault is ours; else nothing."""
    reason = REASONS.get(code.lower())
    return _(reason.advice) if reason and reason.advice else ""


def kind(value: str) -> str:
    """What an endpoint's or a channel's kind is called in a list."""
    if value in CHANNELS:
        return _(CHANNELS[value].label)
    return KINDS[value].short if value in KINDS else value


def exact(when: datetime) -> str:
    """Date and time to the second, in the current zone."""
    local = timezone.localtime(when)
    return f"{local:%Y-%m-%d %H:%M:%S}"


def relative(when: datetime, now: datetime) -> str:
    """`12 s ago`, `in 4 min`: one unit, rounded down."""
    seconds = (now - when).total_seconds()
    if abs(seconds) < 2:
        return _("just now")
    text = _one_unit(abs(seconds))
    return _("%(time)s ago") % {"time": text} if seconds > 0 else _("in %(time)s") % {"time": text}


def duration(seconds: float) -> str:
    """`4 min 12 s`: the two largest units."""
    if seconds < 1:
        return milliseconds(seconds * 1000)
    parts = [(amount, unit) for amount, unit in _units(seconds) if amount]
    return " ".join(_amount(amount, unit) for amount, unit in parts[:2])


def milliseconds(value: float | None) -> str:
    """`85 ms` below a second, then `1.2 s`."""
    if value is None:
        return "–"
    if value < 1000:
        return f"{value:.0f} ms" if value >= 1 or value < 0.05 else f"{value:.1f} ms"
    return _("%(amount)s s") % {"amount": formats.number_format(value / 1000, 1)}


def percent(value: float | None) -> str:
    """`100 %`, else two decimals rounded down, so that 99.999 never shows as 100."""
    if value is None:
        return "–"
    if value >= 100:
        return "100 %"
    return f"{formats.number_format(int(value * 100) / 100, 2)} %"


def _units(seconds: float) -> list[tuple[int, str]]:
    whole = int(seconds)
    days, rest = divmod(whole, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    return [(days, "d"), (hours, "h"), (minutes, "min"), (rest, "s")]


def _one_unit(seconds: float) -> str:
    return next((_amount(amount, unit) for amount, unit in _units(seconds) if amount), _amount(0, "s"))


def _amount(amount: int, unit: str) -> str:
    match unit:
        case "d":
            return ngettext("%(n)d day", "%(n)d days", amount) % {"n": amount}
        case "h":
            return _("%(n)d h") % {"n": amount}
        case "min":
            return _("%(n)d min") % {"n": amount}
        case _:
            return _("%(n)d s") % {"n": amount}
