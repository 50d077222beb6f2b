"""Fields that nobody knows are refused where users send them: a slip of the pen would else be a setting that never was."""

from collections.abc import Iterator
from typing import Any, TypeAlias

from django.utils.translation import gettext as _
from rest_framework import serializers

AnyField: TypeAlias = "serializers.Field[Any, Any, Any, Any]"
MAX_NAME = 50
"""Characters of an unknown field's name that an error tells."""


class KnownFields:
    """A serializer's validator: what was sent has no field that the serializer does not have, at any depth.

    Fields that can only be read are known: what was answered may be sent back. Where the answer's serializer is another
    one, `also_known` names its fields. Forms carry more than their fields.
    """

    requires_context = True

    def __call__(self, _value: object, serializer: AnyField) -> None:
        """Raises DRF's ValidationError."""
        unknown = list(unknown_fields(serializer, getattr(serializer, "initial_data", None)))
        if unknown:
            raise serializers.ValidationError({name: [_("Unknown field.")] for name in unknown})


def unknown_fields(field: object, data: object, path: str = "") -> Iterator[str]:
    """The paths of what `field` does not know, such as `groups.0.endpoint`."""
    if isinstance(field, serializers.Serializer) and type(data) is dict:
        also_known = getattr(field, "also_known", ())
        for name, value in data.items():
            place = f"{path}.{name[:MAX_NAME]}" if path else name[:MAX_NAME]
            if name in field.fields:
                yield from unknown_fields(field.fields[name], value, place)
            elif name not in also_known:
                yield place
    elif isinstance(field, serializers.ListSerializer | serializers.ListField) and isinstance(data, list):
        for index, value in enumerate(data):
            yield from unknown_fields(field.child, value, f"{path}.{index}" if path else str(index))
