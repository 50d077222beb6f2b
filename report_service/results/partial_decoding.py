"""What is good of a result that is not good as a whole: each field alone is kept, made storable, or left out.

A result is refused only for what it cannot do without: whose it is, when it was, and what was found.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from math import isfinite
from typing import Annotated, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct
from msgspec.structs import fields as fields_of

from common.formats.text import storable_json

S = TypeVar("S", bound=Struct)
LONGEST_INTEGER = 18
"""Digits; what is longer is no number of ours, and to read thousands of them takes long."""
LONGEST_TEXT = 4000


def loads(body: bytes) -> object:
    """JSON as lenient as can be: lone surrogates, bytes that are no UTF-8, NaN and numbers beyond every type.

    Raises `ValueError` and `RecursionError` for what is no JSON or is nested too deep.
    """
    return json.loads(body.decode("utf-8", errors="replace"), parse_int=_integer, parse_constant=lambda _name: None)


def _integer(text: str) -> int | float:
    return int(text) if len(text) <= LONGEST_INTEGER + 1 else float(text[:400])


def decode_partially(item: object, kind: type[S]) -> S:
    """What can be made of `item`; raises `msgspec.ValidationError` where a field without default cannot be kept."""
    if not isinstance(item, dict):
        raise msgspec.ValidationError(f"Expected `object`, got `{type(item).__name__}`")
    return _struct(storable_json(item), kind)


def _struct(data: Mapping[str, object], kind: type[S]) -> S:
    """Fields without a default are taken as they are or not at all; of the others what can be kept."""
    values: dict[str, object] = {}
    for field in fields_of(kind):
        if field.name not in data:
            continue
        hint = _hints(kind)[field.name]
        if field.required:
            values[field.name] = _alone(field.name, data[field.name], hint)
            continue
        with suppress(msgspec.ValidationError):
            values[field.name] = _mended(data[field.name], hint)
    for field in fields_of(kind):
        if field.required and field.name not in values:
            raise msgspec.ValidationError(f"Object missing required field `{field.name}`")
    return kind(**values)


@cache
def _hints(kind: type[Struct]) -> dict[str, object]:
    return get_type_hints(kind, include_extras=True)


def _alone(name: str, value: object, hint: object) -> object:
    try:
        return msgspec.convert(value, hint)
    except msgspec.ValidationError as error:
        raise msgspec.ValidationError(f"{error} - at `$.{name}`") from error


def _mended(value: object, hint: object) -> object:
    """The value as its type wants it, cut, or taken apart; raises `msgspec.ValidationError` where nothing can be done."""
    with suppress(msgspec.ValidationError):
        return msgspec.convert(value, hint)
    if isinstance(value, dict):
        for option in get_args(_bare(hint)):
            if isinstance(option, type) and issubclass(option, Struct):
                return _struct(value, option)
            if option == dict[str, str]:
                return {name: text for name, text in value.items() if isinstance(text, str)}
    if isinstance(value, float) and isfinite(value):
        with suppress(msgspec.ValidationError):
            return msgspec.convert(round(value), hint)
    return msgspec.convert(value[:LONGEST_TEXT] if isinstance(value, str) else value, hint, strict=False)


def _bare(hint: object) -> object:
    """Without what is noted of the field."""
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint
