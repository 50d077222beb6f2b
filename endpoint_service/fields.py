"""Serializer fields whose rules stand in `rules`, and how the OpenAPI documents show them."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.ids import MAX_ID
from endpoint_service import schemas
from endpoint_service.rules.assertions import clean_assertions
from endpoint_service.rules.headers import clean_headers
from endpoint_service.rules.invalid import Invalid
from endpoint_service.rules.options import clean_options
from endpoint_service.spec import MAX_KEY, MAX_TAG, MAX_TAGS


def refused(error: Invalid) -> serializers.ValidationError:
    """DRF's form of what a rule raised."""
    return serializers.ValidationError({error.path: [error.message]} if error.path else [error.message])


def ruled(rule: Callable[..., Any], *values: Any) -> Any:
    """The rule's answer, or DRF's ValidationError."""
    try:
        return rule(*values)
    except Invalid as error:
        raise refused(error) from error


class _RuledField(serializers.Field[Any, Any, Any, Any]):
    """A JSON value with a rule of its own."""

    rule: Callable[[Any], Any]

    def to_internal_value(self, data: Any) -> Any:
        return ruled(type(self).rule, data)

    def to_representation(self, value: Any) -> Any:
        return value


@extend_schema_field(schemas.HEADERS)
class HeadersField(_RuledField):
    rule = staticmethod(clean_headers)


@extend_schema_field(schemas.ASSERTIONS)
class AssertionsField(_RuledField):
    rule = staticmethod(clean_assertions)


@extend_schema_field(schemas.OPTIONS)
class OptionsField(_RuledField):
    rule = staticmethod(clean_options)


class KeyField(serializers.RegexField):
    """The user's own stable name of an endpoint."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            r"\A[A-Za-z0-9][A-Za-z0-9._-]*\Z",
            max_length=MAX_KEY,
            error_messages={
                "invalid": _("Letters, digits, dots, dashes and underscores, the first a letter or digit.")
            },
            **options,
        )


class TagsField(serializers.ListField):
    """Up to 20 short texts, each once, in the order given."""

    def __init__(self, **options: Any) -> None:
        super().__init__(child=serializers.CharField(max_length=MAX_TAG), max_length=MAX_TAGS, **options)

    def to_internal_value(self, data: Any) -> list[str]:
        return list(dict.fromkeys(super().to_internal_value(data)))


class IdsField(serializers.ListField):
    """A list of ids, each once."""

    def __init__(self, **options: Any) -> None:
        super().__init__(child=serializers.IntegerField(min_value=1, max_value=MAX_ID), **options)

    def to_internal_value(self, data: Any) -> list[int]:
        return list(dict.fromkeys(super().to_internal_value(data)))
