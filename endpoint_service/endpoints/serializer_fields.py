"""Serializer fields of what an endpoint is beside its spec."""

from typing import TypedDict, Unpack

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from common.contracts.endpoint import KEY_PATTERN, MAX_KEY, MAX_TAG, MAX_TAGS
from common.formats.ids import MAX_ID

DONE = ("ok",)
OUTCOMES = ("ok", "fail")
"""What calls that are no CRUD answer as `status`."""


class FieldOptions(TypedDict, total=False):
    """What a serializer says of a field of these."""

    required: bool
    help_text: str


class ListOptions(FieldOptions, total=False):
    """The same of a list."""

    default: type[list[object]]


class IdsOptions(ListOptions, total=False):
    """The same of a list that may be as long as its call allows."""

    max_length: int


class KeyField(serializers.RegexField):
    """The user's own stable name of an endpoint."""

    def __init__(self, **options: Unpack[FieldOptions]) -> None:
        super().__init__(
            rf"\A{KEY_PATTERN}\Z",
            max_length=MAX_KEY,
            error_messages={
                "invalid": _("Letters, digits, dots, dashes and underscores, the first a letter or digit.")
            },
            **options,
        )


class TagsField(serializers.ListField):
    """Up to 20 short texts, each once, in the order given."""

    def __init__(self, **options: Unpack[ListOptions]) -> None:
        super().__init__(child=serializers.CharField(max_length=MAX_TAG), max_length=MAX_TAGS, **options)

    def to_internal_value(self, data: list[object]) -> list[str]:
        return list(dict.fromkeys(super().to_internal_value(data)))


class IdsField(serializers.ListField):
    """A list of ids, each once."""

    def __init__(self, **options: Unpack[IdsOptions]) -> None:
        super().__init__(child=serializers.IntegerField(min_value=1, max_value=MAX_ID), **options)

    def to_internal_value(self, data: list[object]) -> list[int]:
        return list(dict.fromkeys(super().to_internal_value(data)))
