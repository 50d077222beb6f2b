"""Serializers of results and their parts, made of the contract: their bounds and documents stand there."""

from collections.abc import Collection
from typing import Any, TypeAlias, TypedDict

from msgspec import NODEFAULT, Struct, inspect
from rest_framework import serializers

from common.api.known_fields import AnyField
from common.contracts.causes import Cause
from common.contracts.fields import Described, described
from common.contracts.messages import RESULT
from common.contracts.results import Phases, Result, Transition

Fields: TypeAlias = dict[str, AnyField]


class _Options(TypedDict, total=False):
    allow_null: bool
    help_text: str
    required: bool


class CauseSerializer(serializers.Serializer[Cause]):
    """Why, as data: `common/contracts/causes.py` has each code's sentence. A parameter may be a cause itself."""

    code = serializers.CharField(help_text="`text` where there is but a sentence.")
    params = serializers.DictField(child=serializers.JSONField())


class PhasesSerializer(serializers.Serializer[Phases]):
    """The parts of a check's time, in ms."""

    def get_fields(self) -> Fields:
        return result_fields(Phases, is_request=True)


class TransitionSerializer(serializers.Serializer[Transition]):
    """The monitor's change that came with a result."""

    def get_fields(self) -> Fields:
        return result_fields(Transition, is_request=True)


class ContractNumberField(serializers.IntegerField):
    """The number of a message's shape."""

    def __init__(self) -> None:
        super().__init__(
            required=False,
            default=RESULT,
            help_text="Of the shape. A message with one that is not known is refused: `UNKNOWN_CONTRACT`.",
        )


def result_fields(
    struct: type[Struct] = Result, names: Collection[str] | None = None, *, is_request: bool = False
) -> Fields:
    """A field for each of the struct's, or for `names` in their order. In a request what has a default may be left out."""
    fields = described(struct)
    return {name: _field(fields[name], is_request=is_request) for name in (fields if names is None else names)}


def _field(field: Described, *, is_request: bool) -> AnyField:
    options: _Options = {"allow_null": True} if field.is_nullable else {}
    if field.about.doc:
        options["help_text"] = field.about.doc
    if is_request and field.default is not NODEFAULT:
        options["required"] = False
    match field.type:
        case inspect.IntType(ge=least, le=most):
            return serializers.IntegerField(min_value=least, max_value=most, **options)
        case inspect.LiteralType():
            return serializers.ChoiceField(field.values, **options)
        case inspect.DictType():
            return serializers.DictField(child=serializers.CharField(), **options)
        case inspect.StructType(cls=struct):
            return _NESTED[struct](**options)
    return (serializers.UUIDField if field.name == "incident_id" else _SIMPLE[type(field.type)])(**options)


_SIMPLE: dict[type[inspect.Type], type[AnyField]] = {
    inspect.BoolType: serializers.BooleanField,
    inspect.DateTimeType: serializers.DateTimeField,
    inspect.FloatType: serializers.FloatField,
    inspect.StrType: serializers.CharField,
}
_NESTED: dict[type[Struct], type[serializers.Serializer[Any]]] = {
    Cause: CauseSerializer,
    Phases: PhasesSerializer,
    Transition: TransitionSerializer,
}
