"""Serializer fields made of a contract: the bounds, the default, the rule and the OpenAPI document stand there."""

from typing import Any

from django.utils.translation import gettext
from drf_spectacular.drainage import set_override
from msgspec import NODEFAULT, inspect
from rest_framework import serializers

from common.contracts.endpoint import SPEC, default_spec
from common.contracts.endpoint import schema as spec_schema
from common.contracts.fields import Described
from common.contracts.invalid import Invalid

_SCHEMA = spec_schema()
_DEFAULTS = default_spec()


def refused(error: Invalid) -> serializers.ValidationError:
    """DRF's form of what a rule raised, in the language of the request."""
    said = error.sentence.said(gettext)
    return serializers.ValidationError({error.path: [said]} if error.path else [said])


def ruled(rule: Any, *values: Any) -> Any:
    """The rule's answer, or DRF's ValidationError."""
    try:
        return rule(*values)
    except Invalid as error:
        raise refused(error) from error


class RuledField(serializers.Field[Any, Any, Any, Any]):
    """A field of a spec that has a rule of its own, such as its headers."""

    def __init__(self, field: str, **options: Any) -> None:
        super().__init__(**options)
        self._rule = SPEC[field].about.rule
        set_override(self, "field", {name: value for name, value in _SCHEMA[field].items() if name != "default"})

    def to_internal_value(self, data: Any) -> Any:
        return ruled(self._rule, data)

    def to_representation(self, value: Any) -> Any:
        return value


class RuledTextField(serializers.CharField):
    """A text with a rule beyond its length."""

    def __init__(self, field: str, **options: Any) -> None:
        super().__init__(**options)
        self._rule = SPEC[field].about.rule

    def to_internal_value(self, data: Any) -> str:
        return str(ruled(self._rule, super().to_internal_value(data)))


def spec_fields() -> dict[str, serializers.Field[Any, Any, Any, Any]]:
    """A serializer field for each of a spec's, in their order."""
    return {name: _field(field) for name, field in SPEC.items()}


def _field(field: Described) -> serializers.Field[Any, Any, Any, Any]:
    options: dict[str, Any] = {} if field.default is NODEFAULT else {"default": _default(field)}
    if field.about.doc:
        options["help_text"] = field.about.doc
    if choices := _SCHEMA[field.name].get("enum"):
        return serializers.ChoiceField(choices, **options)
    match field.type:
        case inspect.BoolType():
            return serializers.BooleanField(**options)
        case inspect.IntType():
            return serializers.IntegerField(min_value=field.type.ge, max_value=field.type.le, **options)
        case inspect.StrType():
            # What is written in lines is taken as it is, and its rule counts bytes.
            written: dict[str, Any] = {"allow_blank": True, "trim_whitespace": False} if field.about.lines else {}
            options |= written or {"max_length": field.type.max_length}
            return RuledTextField(field.name, **options) if field.about.rule else serializers.CharField(**options)
    return RuledField(field.name, **options)


def _default(field: Described) -> Any:
    value = _DEFAULTS[field.name]
    return type(value) if isinstance(value, dict | list) else value
