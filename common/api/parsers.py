"""JSON bodies of bounded depth and number of values, and of text that can be stored.

No honest client nests deeper, and Python's recursion would end in a 500. An empty list takes two bytes of a body and 64 of
memory, so that values are counted before any is made.
"""

import io
from collections.abc import Mapping
from typing import IO, Any, TypeVar

from django.utils.translation import gettext as _
from rest_framework.parsers import JSONParser

from common.api.errors import BadRequest, ValidationFailed
from common.formats.text import storable_json, unstorable_paths

T = TypeVar("T")
MAX_DEPTH = 32
MAX_VALUES = 1_000_000
"""What 5,000 endpoints with 20 conditions each have, twice."""
MAX_CONTAINERS = 200_000
"""Objects and arrays."""
MAX_TOLD = 20
"""Places in a body that an error names."""


class BoundedJSONParser(JSONParser):
    """DRF's parser; raises `BadRequest` for what is nested too deep or has too many values, and `ValidationFailed` for odd
    text.
    """

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, object] | None = None,
    ) -> dict[str, Any]:
        """The body's data."""
        body = stream.read()
        _check_count(body)
        try:
            data = super().parse(io.BytesIO(body), media_type, parser_context)
        except RecursionError as error:
            raise BadRequest from error
        if is_deeper(data, MAX_DEPTH):
            raise BadRequest
        return self.checked(data)

    def checked(self, data: T) -> T:
        """A user is told where the text is that we cannot keep."""
        paths = list(dict.fromkeys(unstorable_paths(data)))[:MAX_TOLD]
        if paths:
            text = _("This text holds characters that cannot be stored: NUL, or half of a surrogate pair.")
            raise ValidationFailed(errors={path: [text] for path in paths})
        return data


class InternalJSONParser(BoundedJSONParser):
    """What services tell each other is mended instead: one odd text must not refuse the whole batch."""

    def checked(self, data: T) -> T:
        """Every text made storable."""
        mended: T = storable_json(data)
        return mended


def _check_count(body: bytes) -> None:
    """Raises `BadRequest`; what stands inside of texts counts too, which no body of an honest size notices."""
    containers = body.count(b"[") + body.count(b"{")
    if containers > MAX_CONTAINERS or containers + body.count(b",") > MAX_VALUES:
        raise BadRequest(_("This body holds too many values."))


def is_deeper(data: object, depth: int) -> bool:
    """Whether objects and arrays stand more than `depth` deep in each other."""
    level = [data]
    for _level in range(depth + 1):
        containers = [item for item in level if isinstance(item, dict | list)]
        if not containers:
            return False
        level = [child for item in containers for child in (item.values() if isinstance(item, dict) else item)]
    return True
