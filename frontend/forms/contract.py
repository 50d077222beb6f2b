"""Form fields made of a contract: its label, help, bounds, choices and default stand there alone."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from msgspec import NODEFAULT, inspect

from common.contracts.fields import Described

LONGEST = 20_000
"""Characters in a box of several lines whose field says no other number."""
UNSAID = (None, False, "auto", "")
"""What is not stored where it is what an option is anyway."""
_NUMBER = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?", re.ASCII)


class LinesField(forms.CharField):
    """A list of texts, one a line; None where there is none."""

    def to_python(self, value: Any) -> Any:
        return [line for line in map(str.strip, _text(super().to_python(value)).splitlines()) if line] or None

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else "\n".join(value or ())


class HeadersField(forms.CharField):
    """An object, one `Name: value` a line."""

    def to_python(self, value: Any) -> Any:
        headers = {}
        for line in filter(None, map(str.strip, _text(super().to_python(value)).splitlines())):
            name, colon, text = line.partition(":")
            if not colon or not name.strip():
                raise forms.ValidationError(_("“%(line)s” is no header: write Name: value.") % {"line": line[:60]})
            headers[name.strip()] = text.strip()
        return headers

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(f"{name}: {text}" for name, text in value.items()) if isinstance(value, dict) else value

    def run_validators(self, value: Any) -> None:
        """Those of a text have looked at it before it was one."""


class NumbersField(forms.CharField):
    """A list of numbers with commas between them; None where there is none."""

    def to_python(self, value: Any) -> Any:
        parts = _text(super().to_python(value)).replace(",", " ").split()
        if not all(_NUMBER.fullmatch(part) for part in parts):
            raise forms.ValidationError(_("Write days with commas between them: 30, 14, 7, 1."))
        return [float(part) if "." in part else int(part) for part in parts] or None

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else ", ".join(f"{number:g}" for number in value or ())

    def run_validators(self, value: Any) -> None:
        """Those of a text have looked at it before it was one."""


def form_field(field: Described, *, required: bool = False) -> forms.Field:
    """The field for it. What is not `required` may be left empty, which means the default."""
    about = field.about
    said: dict[str, Any] = {"label": _(about.label), "required": required}
    if about.help:
        said["help_text"] = _(about.help)
    if required and field.default is not NODEFAULT:
        said["initial"] = field.default
    if field.values:
        said["initial"] = field.default
        choices = [(value, _(about.choices[value]) if value in about.choices else value) for value in field.values]
        return forms.ChoiceField(choices=choices, **said)
    match field.type:
        case inspect.BoolType():
            return forms.BooleanField(**said | {"initial": field.default})
        case inspect.IntType():
            return forms.IntegerField(min_value=field.type.ge, max_value=field.type.le, **said)
    made, most = _written(field.type)
    return made(max_length=most, **said, **_box(field))


def _written(kind: inspect.Type) -> tuple[type[forms.CharField], int | None]:
    """The field for what is written as a text, and how long that may be."""
    match kind:
        case inspect.DictType():
            return HeadersField, LONGEST
        case inspect.ListType(item_type=inspect.StrType()):
            return LinesField, LONGEST
        case inspect.ListType():
            return NumbersField, 200
        case inspect.StrType():
            return forms.CharField, kind.max_length
    raise TypeError(f"{kind} has no form field")


def option_of(field: Described, value: Any, stored: Any) -> Any:
    """What an option becomes; None where nothing is to be stored. An empty list that is stored means none at all."""
    if value is None and stored == []:
        return []
    return None if value in UNSAID and (value is None or value == field.default) else value


def _box(field: Described) -> dict[str, Any]:
    about = field.about
    if not about.lines:
        return {}
    attributes = {"rows": about.lines} | ({"placeholder": about.example} if about.example else {})
    return {"widget": forms.Textarea(attrs=attributes)}


def _text(value: str | None) -> str:
    return value or ""
