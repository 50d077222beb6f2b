"""What lists and forms of windows, channels and pages say."""

from datetime import date, datetime

from django import template
from django.forms import BoundField, Form
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext_lazy

from frontend.forms.base import Scoped

register = template.Library()


@register.filter
def field(form: Form, name: str) -> BoundField:
    """A form's field by name."""
    return form[name]


WEEKDAYS = (
    pgettext_lazy("weekday", "Mon"),
    pgettext_lazy("weekday", "Tue"),
    pgettext_lazy("weekday", "Wed"),
    pgettext_lazy("weekday", "Thu"),
    pgettext_lazy("weekday", "Fri"),
    pgettext_lazy("weekday", "Sat"),
    pgettext_lazy("weekday", "Sun"),
)


@register.filter
def minute(value: str | datetime | None) -> str | SafeString:
    """`2026-11-29 (Sun) 03:00` in the visitor's zone."""
    when = parse_datetime(value) if isinstance(value, str) else value
    if when is None:
        return "–"
    local = timezone.localtime(when)
    return format_html('<time datetime="{}">{} {}</time>', when.isoformat(), day(local), f"{local:%H:%M}")


@register.filter
def day(value: date) -> str:
    """`2026-11-29 (Sun)`; of a moment, in the visitor's zone."""
    local = timezone.localtime(value).date() if isinstance(value, datetime) else value
    return f"{local.isoformat()} ({WEEKDAYS[local.weekday()]})"


@register.filter
def scope_words(thing: Scoped) -> str:
    """`all endpoints`, `3 endpoints`, `#db`, `no endpoints`."""
    number = len(thing.endpoint_ids)
    parts = [ngettext("%(n)d endpoint", "%(n)d endpoints", number) % {"n": number}] if number else []
    parts += [f"#{tag}" for tag in thing.tags]
    return ", ".join(parts) or (_("no endpoints") if thing.covers_all is False else _("all endpoints"))
