"""The options of `channels add`: every setting that the contract of a kind gives a flag."""

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer
from msgspec import inspect as types

from common.contracts.alerts import CHOICES
from common.contracts.channels import CHANNELS
from common.contracts.fields import Described
from pong_cli.labels import _

if TYPE_CHECKING:
    KindName: TypeAlias = str
else:
    KindName = Literal[tuple(CHANNELS)]
Kind = Annotated[KindName, typer.Argument(help=_("Which kind of channel."))]
Events = Annotated[
    list[str] | None,
    typer.Option("--event", help=_("Only these, of %(events)s. Repeatable.") % {"events": ", ".join(CHOICES)}),
]


def parameters() -> list[inspect.Parameter]:
    """One for each name of a setting; kinds that have settings of one name share it. One without dashes is an argument."""
    kinds: dict[str, dict[str, Described]] = {}
    for kind, channel in CHANNELS.items():
        for name, field in channel.fields.items():
            kinds.setdefault(name, {})[kind] = field
    made = [_parameter(name, fields) for name, fields in kinds.items()]
    return sorted(made, key=lambda one: not isinstance(one.annotation.__metadata__[0], typer.models.ArgumentInfo))


def settings_of(given: Mapping[str, object]) -> dict[str, object]:
    """What was said on the command line; what was not is absent. Settings of other kinds are for the API to refuse."""
    return {name: value for name, value in given.items() if value not in (None, [], ())}


def _parameter(name: str, fields: dict[str, Described]) -> inspect.Parameter:
    flag = next(iter(fields.values())).about.flag
    told = "; ".join(f"{kind}: {_(field.about.flag_help)}" for kind, field in fields.items()) + "."
    is_list = all(isinstance(field.type, types.ListType) for field in fields.values())
    kind: object = list[str] | None if is_list else str | None
    shown = typer.Option(flag, help=told) if flag.startswith("-") else typer.Argument(metavar=f"[{flag}...]", help=told)
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind, shown])
