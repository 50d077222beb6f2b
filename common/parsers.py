"""JSON bodies of bounded depth: no honest client nests deeper, and Python's recursion would end in a 500."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.parsers import JSONParser

from common.errors import BadRequest

MAX_DEPTH = 32


class BoundedJSONParser(JSONParser):
    """DRF's parser; raises `BadRequest` for what is nested more than 32 deep."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The body's data."""
        try:
            data = super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise BadRequest from error
        if is_deeper(data, MAX_DEPTH):
            raise BadRequest
        return data


def is_deeper(data: Any, depth: int) -> bool:
    """Whether objects and arrays stand more than `depth` deep in each other."""
    level = [data]
    for _ in range(depth + 1):
        containers = [item for item in level if isinstance(item, dict | list)]
        if not containers:
            return False
        level = [child for item in containers for child in (item.values() if isinstance(item, dict) else item)]
    return True
