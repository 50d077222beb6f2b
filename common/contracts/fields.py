"""What a contract says of a field: `Annotated[int, Meta(ge=1, le=20), Field(...)]` in a msgspec struct, and rules made of it.

The type, its bounds and the default are the struct's own; a `Field` adds what people are shown. Forms, serializers, JSON
Schemas, the terminal client's options and tables are all made of `described(struct)`.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Literal, NamedTuple, TypeAlias, get_args, get_type_hints

import msgspec
from msgspec import NODEFAULT, inspect

from common.contracts.invalid import Invalid, at
from common.contracts.texts import N_
from common.contracts.values import clean_boolean, clean_choice, clean_integer, clean_text, refuse_unknown

Rule: TypeAlias = Callable[[Any], object]
MASK = "••••••"
"""What is shown instead of a secret, and means the stored one where it is sent back."""


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """What a field is to people.

    `label` and `help` are marked texts. `of` is the trait that an endpoint's kind must have (`kinds.base`), "" for all.
    `unit` is that of its number: s, ms, KiB, days. `rule` cleans what the type alone cannot judge, and raises `Invalid`.
    `flag` and `flag_help` are the terminal client's option. `source` is where its rule comes from, such as an RFC.
    """

    label: str = ""
    help: str = ""
    of: str = ""
    doc: str = ""
    """What the API's documents say of it, in English, where `help` is for a form."""
    unit: str = ""
    example: str = ""
    secret: bool = False
    is_proposed: bool = False
    """Whether a form proposes a random one."""
    is_open: bool = False
    """Whether a check by somebody without an account may say it."""
    lines: int = 0
    """A text of several lines, or a list with an item a line, is written in a box of so many."""
    choices: dict[str, str] = {}
    """Words for the values of a choice that do not speak for themselves."""
    rule: Rule | None = None
    flag: str = ""
    flag_help: str = ""
    source: str = ""
    shown: Literal["", "list", "detail"] = ""
    """Where an answer shows it: in lists and details, or in details alone."""


class Described(NamedTuple):
    """A field of a struct with all that is known of it; `type` is without null, which `is_nullable` tells."""

    name: str
    about: Field
    type: inspect.Type
    is_nullable: bool
    default: object
    """`NODEFAULT` where it must be given."""
    hint: object
    """The type as it is written."""

    @property
    def values(self) -> tuple[str, ...]:
        """Those of a choice, in their order."""
        return tuple(_given(self.hint)) if isinstance(self.type, inspect.LiteralType) else ()


@cache
def described(struct: type[msgspec.Struct]) -> dict[str, Described]:
    """The struct's fields by name, in their order; those without a `Field` are no one's to say, and left out."""
    hints = get_type_hints(struct, include_extras=True)
    known = inspect.type_info(struct)
    assert isinstance(known, inspect.StructType)
    found = {}
    for field in known.fields:
        about = next((note for note in getattr(hints[field.name], "__metadata__", ()) if isinstance(note, Field)), None)
        if about is not None:
            kind, is_nullable = _without_null(field.type)
            default = field.default_factory() if field.default_factory is not NODEFAULT else field.default
            found[field.name] = Described(field.name, about, kind, is_nullable, default, hints[field.name])
    return found


def clean(field: Described, value: object) -> object:
    """The value as it is stored, null where that is none; raises `Invalid`."""
    if value is None and field.is_nullable:
        return None
    if field.about.rule is not None:
        return field.about.rule(value)
    if forms := tagged(field):
        return _tagged(forms, value)
    return _clean(field.type, value, field.values)


def clean_struct(fields: dict[str, Described], value: Mapping[str, object]) -> dict[str, object]:
    """Each value given, clean; raises `Invalid` with the field's name, also for one that there is not."""
    refuse_unknown(value, fields)
    return {name: at(name, clean, fields[name], given) for name, given in value.items()}


def tagged(field: Described) -> dict[str, dict[str, Described]]:
    """The forms that an object may have, by the word in its `kind`; none where the field is no such object."""
    forms = field.type.types if isinstance(field.type, inspect.UnionType) else (field.type,)
    return {str(form.tag): described(form.cls) for form in forms if isinstance(form, inspect.StructType)}


def schema(field: Described, *, kinds: str = "", is_default_told: bool = True) -> dict[str, object]:
    """Its JSON Schema, without null: what is null is not given. `kinds` are named where not all have it.

    `is_default_told` puts the default into the description: what is not given of an object is not made to stand in it.
    """
    forms = [_object(kind, fields) for kind, fields in tagged(field).items()]
    found = {"anyOf": forms} if forms else _plain_schema(field.hint)
    told = "Answered as a mask." if field.about.secret else field.about.doc
    default = field.default
    if is_default_told and not forms and not told.endswith("default.") and default not in (NODEFAULT, None, [], {}, ""):
        told = f"{told} {_json(default)} by default.".strip()
    told = f"{kinds}: {told}" if kinds and told else f"{kinds}." if kinds else told
    return found | ({"description": told} if told else {})


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode().strip('"')


def _object(kind: str, fields: dict[str, Described]) -> dict[str, object]:
    properties = {name: schema(field) for name, field in fields.items()}
    return {
        "type": "object",
        "required": ["kind", *fields],
        "additionalProperties": False,
        "properties": {"kind": {"type": "string", "enum": [kind]}, **properties},
    }


def _plain_schema(hint: object) -> dict[str, object]:
    """msgspec's own, without what it says of null and defaults; a choice keeps the order in which it is written."""
    found = msgspec.json.schema(hint)
    if "anyOf" in found:
        (found,) = [form for form in found["anyOf"] if form != {"type": "null"}]
    if "enum" in found:
        return {"type": "string", "enum": list(_given(hint))}
    return found


def _given(hint: object) -> Sequence[str]:
    """The values of a `Literal`, which msgspec sorts."""
    parts = get_args(hint)
    values = [part for part in parts if isinstance(part, str)]
    return values or next(filter(None, map(_given, parts)), ())


def _without_null(kind: inspect.Type) -> tuple[inspect.Type, bool]:
    while isinstance(kind, inspect.Metadata):
        kind = kind.type
    if not isinstance(kind, inspect.UnionType):
        return kind, False
    types = [part.type if isinstance(part, inspect.Metadata) else part for part in kind.types]
    rest = [part for part in types if not isinstance(part, inspect.NoneType)]
    return (rest[0] if len(rest) == 1 else inspect.UnionType(tuple(rest))), len(rest) < len(types)


def _clean(kind: inspect.Type, value: object, choices: Sequence[str] = ()) -> object:
    match kind:
        case inspect.BoolType():
            return clean_boolean(value)
        case inspect.IntType():
            return clean_integer(value, kind.ge or 0, kind.le if kind.le is not None else 2**31 - 1)
        case inspect.LiteralType():
            return clean_choice(value, choices)
        case inspect.StrType():
            return clean_text(value, least=kind.min_length or 0, most=kind.max_length or 2**16)
        case inspect.ListType():
            return _list(kind, value)
    raise TypeError(f"{kind} has no rule")


def _list(kind: inspect.ListType, value: object) -> list[object]:
    """Of texts; one alone may stand without a list."""
    values = [value] if isinstance(value, str) else value
    least, most = kind.min_length or 0, kind.max_length or 1000
    if not isinstance(values, list) or not least <= len(values) <= most:
        raise Invalid(N_("A list of %(least)d to %(most)d texts."), least=least, most=most)
    return [_clean(kind.item_type, item) for item in values]


def _tagged(forms: dict[str, dict[str, Described]], value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise Invalid(N_("An object with one of these kinds: %(kinds)s; or null."), kinds=", ".join(forms))
    chosen = at("kind", clean_choice, value.get("kind"), tuple(forms))
    fields = forms[chosen]
    refuse_unknown(value, ("kind", *fields))
    return {"kind": chosen} | {name: at(name, clean, field, value.get(name)) for name, field in fields.items()}
