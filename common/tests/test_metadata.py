"""OPTIONS: what a route says of itself."""

from typing import Any

import pytest
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory

from common.api.views import AnonymousView


class Body(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=5)


class ObjectView(AnonymousView):
    """A route of one object that is looked for by a rule of its own, as all of ours are."""

    serializer_class = Body

    def put(self, request: Request, number: int) -> Response:
        raise NotImplementedError


class BodilessView(AnonymousView):
    """A route that takes no body."""

    def post(self, request: Request, number: int) -> Response:
        raise NotImplementedError


@pytest.mark.parametrize(("view", "actions"), [(ObjectView, {"PUT": ["name"]}), (BodilessView, {})])
def test_options_of_an_object_route_tell_its_fields_and_look_for_no_object(
    view: type[AnonymousView], actions: dict[str, list[str]]
) -> None:
    answer = view.as_view()(APIRequestFactory().options("/things/1"), number=1)
    assert answer.status_code == 200
    assert {method: list(fields) for method, fields in answer.data.get("actions", {}).items()} == actions
