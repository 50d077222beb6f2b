"""What lists and forms of windows, channels and pages say."""

from datetime import datetime
from typing import Any

from django import template
from django.forms import BoundField, Form
from django.utils import dateformat, timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

register = template.Library()


@register.filter
def field(form: Form, name: str) -> BoundField:
    """A form's field by name."""
    return form[name]


@register.filter
def minute(value: str | datetime | None) -> str | SafeString:
    """`2026-11-29 (Sun) 03:00` in the visitor's zone."""
    when = parse_datetime(value) if isinstance(value, str) else value
    if when is None:
        return "–"
    local = timezone.localtime(when)
    text = f"{local:%Y-%m-%d} ({dateformat.format(local, 'D')}) {local:%H:%M}"
    return format_html('<time datetime="{}">{}</time>', when.isoformat(), text)


@register.filter
def day(value: str | datetime | None) -> str:
    """`2026-11-29 (Sun)` in the visitor's zone."""
    when = parse_datetime(value) if isinstance(value, str) else value
    if when is None:
        return "–"
    local = timezone.localtime(when)
    return f"{local:%Y-%m-%d} ({dateformat.format(local, 'D')})"


@register.filter
def scope_words(thing: dict[str, Any]) -> str:
    """`all endpoints`, `3 endpoints`, `#db`."""
    number = len(thing.get("endpoint_ids") or [])
    told = [ngettext("%(n)d endpoint", "%(n)d endpoints", number) % {"n": number}] if number else []
    told += [f"#{tag}" for tag in thing.get("tags") or []]
    return ", ".join(told) or _("all endpoints")
