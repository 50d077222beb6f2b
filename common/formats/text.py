r"""What PostgreSQL's text and UTF-8 cannot hold: NUL, and halves of surrogate pairs.

JSON can spell both (`"\u0000"`, `"\ud800"`), and bytes of a watched site that are no UTF-8 become the latter. Text is
made storable once, where it enters; behind that nobody has to think of it.
"""

import re
from collections.abc import Iterator
from typing import Any

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def is_storable(text: str) -> bool:
    """Whether the text holds neither NUL nor a lone surrogate."""
    return _UNSTORABLE.search(text) is None


def storable(text: str) -> str:
    """The text with U+FFFD in place of each character that cannot be stored."""
    return _UNSTORABLE.sub(_REPLACEMENT, text)


def storable_json(data: object) -> Any:
    """JSON data with every text in it, keys too, made storable."""
    match data:
        case str():
            return storable(data)
        case dict():
            return {storable(str(key)): storable_json(value) for key, value in data.items()}
        case list() | tuple():
            return [storable_json(item) for item in data]
        case _:
            return data


def unstorable_paths(data: object, path: str = "") -> Iterator[str]:
    """Where JSON data holds text that cannot be stored, as `field.0.inner`; `non_field_errors` at the top."""
    match data:
        case str() if not is_storable(data):
            yield path or "non_field_errors"
        case dict():
            for key, value in data.items():
                if not is_storable(key):
                    yield path or "non_field_errors"
                yield from unstorable_paths(value, f"{path}.{storable(key)}" if path else storable(key))
        case list():
            for index, item in enumerate(data):
                yield from unstorable_paths(item, f"{path}.{index}" if path else str(index))
