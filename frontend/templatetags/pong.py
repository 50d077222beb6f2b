"""How numbers, times, states and pictures look; the words are the field's."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TypeVar

from django import template
from django.utils import formats, timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.contracts.answers.endpoint_service import Assertion
from common.contracts.answers.report_service import Phases, Report
from frontend.pictures import geometry, svg
from frontend.presenters import assertion_sentence, labels

T = TypeVar("T")
register = template.Library()


@register.filter
def moment(value: str | datetime | None) -> datetime | None:
    """ISO 8601 as the API sends it -> datetime; None stays None."""
    return parse_datetime(value) if isinstance(value, str) else value


@register.filter
def ago(value: str | datetime | None) -> str | SafeString:
    """`4 min ago`, the exact time on hover."""
    when = moment(value)
    if when is None:
        return "–"
    return _time(when, labels.relative(when, datetime.now(UTC)))


@register.filter
def exact(value: str | datetime | None) -> str | SafeString:
    """Date and time in the visitor's zone."""
    when = moment(value)
    return "–" if when is None else _time(when, labels.exact(when))


def _time(when: datetime, text: str) -> SafeString:
    zone = timezone.get_current_timezone_name()
    return format_html('<time datetime="{}" title="{} {}">{}</time>', when.isoformat(), labels.exact(when), zone, text)


@register.filter
def replaceable(zone: str) -> SafeString:
    """The zone's name, in whose place `static/frontend/times.js` puts the reader's."""
    return format_html("<span data-zone>{}</span>", zone)


@register.filter
def ms(value: float | None) -> str:
    """`85 ms`, `1.2 s`."""
    return labels.milliseconds(value)


@register.filter
def duration(value: float | None) -> str:
    """Milliseconds as `4 min 12 s`."""
    return "–" if value is None else labels.duration(value / 1000)


@register.filter
def seconds(value: float) -> str:
    """Seconds as `5 min`."""
    return labels.duration(value)


@register.filter
def assertion_text(assertion: Assertion) -> str:
    """An assertion as a sentence."""
    return assertion_sentence.text(assertion)


@register.simple_tag
def phase_names() -> list[str]:
    """The phases of a check, in the order in which they are drawn."""
    return [str(name) for name in labels.PHASES.values()]


@register.filter
def phase_values(phases: Phases) -> list[float | None]:
    """The phases' ms in that order."""
    return labels.phase_values(phases)


@register.filter
def percent(value: float | None) -> str:
    """Uptime; two decimals only when it is not 100 %."""
    return labels.percent(value)


@register.filter
def item(values: Mapping[str | int, T], name: str | int) -> T | None:
    """An item whose name is no identifier."""
    return values.get(name)


@register.filter
def state_word(value: str) -> str:
    return labels.state(value)


@register.filter
def error_word(code: str) -> str:
    return labels.error(code)


@register.filter
def error_advice(code: str | None) -> str:
    """What to do where the fault is ours."""
    return labels.advice(code or "")


@register.filter
def cause(report: Report) -> str:
    """Why, in the visitor's language."""
    return labels.cause(report.cause_data, report.message)


@register.filter
def kind_word(value: str) -> str:
    return labels.kind(value)


@register.filter
def number(value: float) -> str:
    """Grouped as the language does."""
    return formats.number_format(value, use_l10n=True, force_grouping=True)


@register.simple_tag
def state(value: str, word: str | None = None) -> SafeString:
    """Shape and word of a state."""
    return format_html(
        '<span class="state {}">{}{}</span>', value, svg.shape(value), labels.state(value) if word is None else word
    )


@register.simple_tag
def shape(value: str) -> SafeString:
    """The shape alone, where the word stands beside it."""
    return svg.shape(value)


@register.simple_tag
def bars(
    shares: Sequence[float | None],
    down_ms: Sequence[int | None] | None = None,
    *,
    tall: bool = False,
    hours: bool = False,
    first: date | None = None,
) -> SafeString:
    """One bar a day, or an hour; `down_ms` is what was measured behind each, `first` the date of the first."""
    unit = geometry.HOURS if hours else geometry.DAYS
    return svg.bars(shares, unit=unit, tall=tall, down_ms=down_ms, first=first)


@register.simple_tag
def sparkline(values: Sequence[float | None]) -> SafeString:
    """Response times as a small line."""
    return svg.sparkline(values)


@register.inclusion_tag("frontend/parts/waterfall.html")
def waterfall(report: Report) -> dict[str, object]:
    """The phases of one result, as a browser's network panel draws them."""
    rows = geometry.waterfall(report)
    return {"rows": rows, "height": len(rows) * geometry.ROW}


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: str | int | None) -> str:
    """The page's query with some parameters changed; None removes."""
    values = context["request"].GET.copy()
    for name, value in changes.items():
        if value is None:
            values.pop(name, None)
        else:
            values[name] = str(value)
    return f"?{values.urlencode()}"
