"""How a command is made: its own parameters, the options that every command has, and the session they lead to."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperCommand, TyperGroup

from pong_cli.labels import _

if TYPE_CHECKING:
    from pong_cli.api import Api
    from pong_cli.output.screen import Screen
    from pong_cli.profiles import Profile

Yes = Annotated[bool, typer.Option("--yes", "-y", help=_("Do not ask."))]
Output = Literal["table", "json", "yaml", "csv"]
Run = Callable[..., int | None]


@dataclass(frozen=True)
class Session:
    """What a command works with; everything is made when it is first needed, so that --help stays quick."""

    output: Output = "table"
    quiet: bool = False
    profile_name: str | None = None

    @cached_property
    def profile(self) -> "Profile":
        from pong_cli.profiles import profile_of  # noqa: PLC0415

        return profile_of(self.profile_name)

    @cached_property
    def api(self) -> "Api":
        from pong_cli.api import Api  # noqa: PLC0415

        return Api(self.profile)

    @cached_property
    def screen(self) -> "Screen":
        from pong_cli.output.screen import Screen  # noqa: PLC0415

        return Screen(output=self.output, quiet=self.quiet)


def _common() -> list[inspect.Parameter]:
    """The options of every command; `--debug` is read by `main`, which shows errors."""
    options: dict[str, tuple[Any, Any]] = {
        "output": (
            Annotated[Output, typer.Option("--output", "-o", help=_("How to print: table, json, yaml or csv."))],
            "table",
        ),
        "quiet": (
            Annotated[bool, typer.Option("--quiet", "-q", help=_("Only what was asked for; of lists, only the ids."))],
            False,
        ),
        "profile": (
            Annotated[
                str | None,
                typer.Option("--profile", help=_("The account to use (else PONG_PROFILE, else the current one).")),
            ],
            None,
        ),
        "debug": (
            Annotated[bool, typer.Option("--debug", help=_("With an error, show where it came from."))],
            False,
        ),
    }
    return [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for name, (annotation, default) in options.items()
    ]


def remove(session: Session, path: str, name: str, *, yes: bool) -> None:
    """Delete what is at `path`; without `yes` after asking."""
    if not yes:
        typer.confirm(_("Remove %(names)s?") % {"names": name}, abort=True, err=True)
    session.api.delete(path)
    session.screen.say(_("%(key)s is removed.") % {"key": name})


Parameters = Callable[[], list[inspect.Parameter]]


def command(
    app: typer.Typer, name: str, *, text: str, example: str, more: Parameters | None = None
) -> Callable[[Run], Run]:
    """Register a function whose first parameter is the `Session`; what it returns is the exit code (None is 0).

    `more` are options beside its own, which come to it as `**given`.
    """

    def register(function: Run) -> Run:
        _session, *own = inspect.signature(function, eval_str=True).parameters.values()
        own = [one for one in own if one.kind is not inspect.Parameter.VAR_KEYWORD] + (more() if more else [])

        def run(**values: Any) -> int | None:
            session = Session(
                output=values.pop("output"), quiet=values.pop("quiet"), profile_name=values.pop("profile")
            )
            del values["debug"]
            return function(session, **values)

        # Typer reads the signature: the function's own parameters and the common ones behind them.
        signature = inspect.Signature([p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own] + _common())
        run.__signature__ = signature  # type: ignore[attr-defined]
        run.__annotations__ = {}
        epilog = "\b\n" + _("Example:") + "\n" + "\n".join(f"  {line}" for line in example.splitlines())
        app.command(name, cls=WordedCommand, help=text, epilog=epilog)(run)
        return function

    return register


class Worded:
    """Help in the language of the locale where Typer has words of its own."""

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """The first line."""
        pieces = " ".join(ctx.command.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix=_("Usage:") + " ")

    def get_help_option(self, ctx: Any) -> Any:
        """Typer's own has no default, for which it would load pydantic: 150 ms before the command is looked at."""
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.default, option.help = False, _("Show this and exit.")
        return option


class WordedCommand(Worded, TyperCommand):
    """A single command."""


class ListFirst(Worded, TyperGroup):
    """A group whose name alone means its `ls`: `pong keys` is `pong keys ls`."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Put `ls` where no command stands."""
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = ["ls", *args]
        return super().parse_args(ctx, args)


def group(app: typer.Typer, members: typer.Typer, name: str, *, text: str) -> None:
    """Register a group of commands."""
    app.add_typer(members, name=name, help=text, cls=ListFirst)
