"""Fields that nobody knows."""

from typing import Any

import pytest
from django.http import QueryDict
from rest_framework import serializers

from common.api.known_fields import KnownFields, unknown_fields


class Inner(serializers.Serializer[Any]):
    name = serializers.CharField()


class Outer(serializers.Serializer[Any]):
    also_known = ("answered",)

    id = serializers.IntegerField(read_only=True)
    one = Inner(required=False)
    several = Inner(many=True, required=False)
    listed = serializers.ListField(child=Inner(), required=False)
    free = serializers.JSONField(required=False)
    texts = serializers.DictField(child=serializers.CharField(), required=False)


@pytest.mark.parametrize(
    ("data", "unknown"),
    [
        ({}, []),
        ({"id": 1, "answered": 2, "one": {"name": "a"}}, []),
        ({"odd": 1, "one": {"name": "a", "odd": 1}}, ["odd", "one.odd"]),
        ({"several": [{"name": "a"}, {"name": "b", "odd": 1}]}, ["several.1.odd"]),
        ({"listed": [{"name": "a", "odd": {"odd": 1}}]}, ["listed.0.odd"]),
        ({"free": {"odd": 1}, "texts": {"odd": "a"}}, []),
        ({"x" * 99: 1}, ["x" * 50]),
        ({"one": 5, "several": {"odd": 1}, "listed": "odd"}, []),
        ([], []),
        (None, []),
        (QueryDict("csrfmiddlewaretoken=a"), []),
    ],
)
def test_what_is_unknown_is_named_by_its_path(data, unknown) -> None:
    assert list(unknown_fields(Outer(), data)) == unknown


def test_the_validator_tells_them_all() -> None:
    serializer = Outer(data={"odd": 1, "one": {"name": "a", "odd": 1}})
    serializer.validators = [KnownFields()]
    assert not serializer.is_valid()
    assert set(serializer.errors) == {"odd", "one.odd"}
