"""The options of `add`, `edit` and `check`: every field of an endpoint that the contract gives a flag, and a few of our own."""

import inspect
import json
import re
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import typer
from msgspec import inspect as types

from common.contracts.assertions import ASSERTIONS, NUMBER_OPERATORS
from common.contracts.check_kinds import KINDS
from common.contracts.endpoint import NAMING, SPEC, STATES
from common.contracts.fields import Described
from common.contracts.options import OPTIONS
from pong_cli.errors import WrongUsage
from pong_cli.labels import _
from pong_cli.output.times import seconds_of

if TYPE_CHECKING:
    KindName: TypeAlias = str
    State: TypeAlias = str
else:
    KindName = Literal[tuple(KINDS)]
    State = StrEnum("State", {value.upper(): value for value in STATES})  # Typer takes lists of no other choices
Kind = Annotated[KindName | None, typer.Option("--kind", help=_("How to probe."))]
_NUMBER = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?", re.ASCII)
Given: TypeAlias = str | int | bool | list[str] | None
"""What Typer makes of an option."""
_AUTH: dict[str, object] = {
    "basic_auth": Annotated[str | None, typer.Option("--basic-auth", help=_("USER:PASSWORD for HTTP."))],
    "bearer_token": Annotated[str | None, typer.Option("--bearer-token", help=_("A token for HTTP."))],
}
ONLY_WATCHED = ("interval", "failure_threshold", "recovery_threshold")
"""What a check of once has no use for."""


def parameters(*, named: bool = True, without: Collection[str] = ()) -> list[inspect.Parameter]:
    """The options for a command's signature; `named` adds name, key and tags."""
    known = (*(NAMING.values() if named else ()), *SPEC.values(), *OPTIONS.values())
    fields = [field for field in known if field.about.flag and field.name not in without]
    annotations = {field.name: _annotation(field) for field in fields} | _AUTH
    return [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in annotations.items()
    ]


def body_of(given: Mapping[str, Given]) -> dict[str, object]:
    """The fields for the API of what was given on the command line; what was not given is absent.

    Raises `WrongUsage` for what cannot be read.
    """
    given = {name: _without_empty(value) for name, value in given.items()}
    said = {name: value for name, value in given.items() if value is not None}
    fields = {name: _read(field, said[name]) for name, field in (NAMING | SPEC).items() if name in said}
    options = {name: _read(field, said[name]) for name, field in OPTIONS.items() if name in said}
    if credentials := given.get("basic_auth"):
        user, _separator, password = str(credentials).partition(":")
        options["auth"] = {"kind": "basic", "username": user, "password": password}
    if token := given.get("bearer_token"):
        options["auth"] = {"kind": "bearer", "token": token}
    return fields | ({"options": options} if options else {})


def _annotation(field: Described) -> Any:
    option = typer.Option(*field.about.flag.split(), help=_(field.about.flag_help))
    return Annotated[_type(field) | None, option]


def _type(field: Described) -> Any:
    """What Typer takes for it; what `_read` reads comes as text."""
    if choices := KINDS if field.name == "kind" else field.values:
        return Literal[tuple(choices)] if field.name not in _FREE_CHOICES else str
    match field.type:
        case types.BoolType():
            return bool
        case types.IntType() if field.about.unit != "s":
            return int
        case types.DictType() | types.ListType() if field.about.unit != "days":
            return list[str]
    return str


_FREE_CHOICES = frozenset({"method", "record_type"})
"""Those whose many values the API names where one is wrong, instead of each help page."""


def _read(field: Described, value: Given) -> object:
    """The API's value of what was typed."""
    match field.type:
        case types.DictType() if isinstance(value, list):
            return dict(_header(line) for line in value)
        case types.ListType(item_type=types.StructType()) if isinstance(value, list):
            return [_assertion(text) for text in value]
    if not isinstance(value, str):
        return value
    if field.about.unit == "s":
        return seconds_of(value)
    if field.about.unit == "days":
        return _days(value)
    return _content(value) if field.about.lines else value


def _without_empty(value: Given) -> Given:
    """A list that was not given is None; one that was given as '' alone is empty, which clears the field."""
    return [text for text in value if text] or ([] if value else None) if isinstance(value, list) else value


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise WrongUsage(_("%(text)s is no header.") % {"text": text}, _("Write it as 'Name: value'."))
    return name.strip(), value.strip()


def _days(text: str) -> list[float]:
    parts = text.replace(",", " ").split()
    if not all(_NUMBER.fullmatch(part) for part in parts):
        raise WrongUsage(_("%(text)s is no list of days.") % {"text": text}, _("Write it as 30,14,7,1."))
    return [float(part) if "." in part else int(part) for part in parts]


def _content(text: str) -> str:
    if not text.startswith("@"):
        return text
    try:
        with open(text[1:], encoding="utf-8") as file:  # noqa: PTH123  a Path would say the same
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUsage(_("%(path)s cannot be read.") % {"path": text[1:]}) from error


def _assertion(text: str) -> dict[str, object]:
    """`kind=value`, `kind:target=value` for the kinds that look at one thing, or the API's own object."""
    if text.startswith("{"):
        try:
            found: dict[str, object] = json.loads(text)
        except ValueError as error:
            raise WrongUsage(_("%(text)s is no JSON object.") % {"text": text}) from error
        return found
    subject, equals, value = text.partition("=")
    kind, _colon, target = subject.partition(":")
    if not equals or bool(target) != (kind in ASSERTIONS and ASSERTIONS[kind].target):
        raise WrongUsage(
            _("%(text)s is no condition.") % {"text": text},
            _("Write it as body_contains=TEXT, header:Server=nginx, json_path:$.ok=true or as a JSON object."),
        )
    condition: dict[str, object] = {"kind": kind, "value": _condition_value(kind, value)}
    return condition | ({"target": target} if target else {})


def _condition_value(kind: str, text: str) -> int | str:
    """A number for the kinds that compare numbers; what a text is looked for in is a text, whatever it looks like."""
    compares = kind not in ASSERTIONS or set(ASSERTIONS[kind].operators) & set(NUMBER_OPERATORS)
    if compares and text.isascii() and text.isdigit():
        return int(text)
    return text
