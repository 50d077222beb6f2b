"""Serializer fields made of a contract: the bounds, the default, the rule and the OpenAPI document stand there."""

from collections.abc import Callable
from typing import Any, TypeVar, TypeVarTuple

from django.utils.translation import gettext
from drf_spectacular.drainage import set_override
from msgspec import NODEFAULT, inspect
from rest_framework import serializers

from common.api.known_fields import AnyField
from common.contracts.check_kinds import KINDS
from common.contracts.endpoint import SPEC, default_spec
from common.contracts.endpoint import schema as spec_schema
from common.contracts.fields import Described, Rule
from common.contracts.invalid import Invalid

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
_SCHEMA = spec_schema()
_DEFAULTS = default_spec()


def refused(error: Invalid) -> serializers.ValidationError:
    """DRF's form of what a rule raised, in the language of the request."""
    said = error.sentence.said(gettext)
    return serializers.ValidationError({error.path: [said]} if error.path else [said])


def ruled(rule: Callable[[*Ts], T], *values: *Ts) -> T:
    """The rule's answer, or DRF's ValidationError."""
    try:
        return rule(*values)
    except Invalid as error:
        raise refused(error) from error


def _rule_of(name: str) -> Rule:
    rule = SPEC[name].about.rule
    assert rule is not None
    return rule


class RuledField(serializers.Field[object, object, object, object]):
    """A field of a spec that has a rule of its own, such as its headers."""

    def __init__(self, field: str, **options: Any) -> None:
        super().__init__(**options)
        self._rule = _rule_of(field)
        set_override(self, "field", {name: value for name, value in _SCHEMA[field].items() if name != "default"})

    def to_internal_value(self, data: object) -> object:
        return ruled(self._rule, data)

    def to_representation(self, value: object) -> object:
        return value


class RuledTextField(serializers.CharField):
    """A text with a rule beyond its length."""

    def __init__(self, field: str, **options: Any) -> None:
        super().__init__(**options)
        self._rule = _rule_of(field)

    def to_internal_value(self, data: Any) -> str:
        return str(ruled(self._rule, super().to_internal_value(data)))


def spec_fields() -> dict[str, AnyField]:
    """A serializer field for each of a spec's, in their order."""
    return {name: _field(field) for name, field in SPEC.items()}


def _field(field: Described) -> AnyField:
    options: dict[str, Any] = {} if field.default is NODEFAULT else {"default": _default(field)}
    if field.about.doc:
        options["help_text"] = field.about.doc
    if choices := tuple(KINDS) if field.name == "kind" else field.values:
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


def plain_field(field: Described, **options: Any) -> AnyField:
    """The field of a contract that is a box, a number, a text or a moment; a rule of its own is the serializer's to ask."""
    said: dict[str, Any] = {"help_text": field.about.doc, "allow_null": field.is_nullable} | options
    if field.default is not NODEFAULT:
        said["default"] = field.default
    match field.type:
        case inspect.BoolType():
            return serializers.BooleanField(**said)
        case inspect.IntType():
            return serializers.IntegerField(min_value=field.type.ge, max_value=field.type.le, **said)
        case inspect.StrType():
            return serializers.CharField(
                max_length=field.type.max_length, allow_blank=not field.type.min_length, **said
            )
        case inspect.DateTimeType():
            return serializers.DateTimeField(**said)
    raise TypeError(f"{field.name} has no plain field")


def _default(field: Described) -> object:
    value = _DEFAULTS[field.name]
    return type(value) if isinstance(value, dict | list) else value
