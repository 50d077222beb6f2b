"""`pong`: finds the command, and turns whatever goes wrong into one sentence and an exit code."""

import os
import sys
from importlib import import_module
from io import TextIOWrapper
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_command_from_info, get_group_from_info

from pong_cli.command import Worded
from pong_cli.errors import FINE, INTERRUPTED, USAGE, CliError
from pong_cli.labels import _
from pong_cli.output.control_characters import harmless
from pong_cli.version import VERSION

MODULES = {
    "account": ("signup", "login", "logout", "whoami", "password", "profiles"),
    "endpoints": ("add", "ls", "show", "edit", "pause", "resume", "rm"),
    "checks": ("check",),
    "watching": ("watch",),
    "results": ("logs", "report"),
    "incidents": ("incidents", "ack"),
    "channels": ("channels",),
    "windows": ("maintenance",),
    "pages": ("status-pages",),
    "keys": ("keys",),
    "usage": ("usage",),
    "code": ("plan", "apply", "export", "schema"),
    "completion": ("completion",),
}
"""The commands by the module that has them: only the one that is called is imported."""
COMMANDS = {name: module for module, names in MODULES.items() for name in names}


class LazyGroup(Worded, TyperGroup):
    """The root: knows the names of its commands, and imports one when it is asked for."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.commands = dict.fromkeys(COMMANDS)  # type: ignore[assignment]  # names, for suggestions

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Any:  # type: ignore[override]  # noqa: ARG002
        """The command, or None."""
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        app: typer.Typer = import_module(f"pong_cli.commands.{module}").app
        for info in app.registered_commands:
            if info.name == cmd_name:
                return get_command_from_info(info, pretty_exceptions_short=True, rich_markup_mode=None)
        group = next(info for info in app.registered_groups if info.name == cmd_name)
        return get_group_from_info(group, pretty_exceptions_short=True, suggest_commands=True, rich_markup_mode=None)


app = typer.Typer(
    cls=LazyGroup, rich_markup_mode=None, add_completion=False, no_args_is_help=True,
    context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
)  # fmt: skip


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"pong {VERSION}")
        raise typer.Exit


@app.callback(help=_("pongpong in the terminal: watch web endpoints, see what is down and since when."))
def _root(
    version: Annotated[
        bool, typer.Option("--version", help=_("Show the version."), callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Take the options before the command."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command line (by default the process's own); returns the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if "_PONG_COMPLETE" in os.environ:
        from typer.completion import completion_init  # type: ignore[attr-defined]  # noqa: PLC0415

        completion_init()
    try:
        code = get_command(app)(arguments, prog_name="pong", standalone_mode=False)
    except CliError as error:
        _say(error.message, error.hint, debug="--debug" in arguments)
        return error.exit_code
    except typer.Abort:
        return INTERRUPTED
    except typer.TyperException as error:
        return _usage(error)
    except BrokenPipeError:
        sys.stderr.close()  # the reader went away, as `head` does; Python would complain about it at exit
        return FINE
    if code == INTERRUPTED:
        sys.stderr.write("\n")
    return code if isinstance(code, int) else FINE


def _usage(error: Any) -> int:
    """Typer's complaints (its private classes, so known by their names) as one sentence."""
    context: Any = getattr(error, "ctx", None)
    kind = type(error).__name__
    if kind == "NoArgsIsHelpError":
        error.show()
        return USAGE
    parameter: Any = getattr(error, "param", None)
    name = parameter.get_error_hint() if parameter is not None else ""
    if kind == "MissingParameter":
        message = _("%(name)s is missing.") % {"name": name}
    elif kind == "NoSuchOption":
        message = _("There is no option %(name)s.") % {"name": error.option_name}
    elif kind == "BadParameter" and name:
        message = f"{name}: {error.message}"
    else:
        message = error.format_message()
    path = context.command_path if context else "pong"
    _say(message, _("%(command)s --help says what there is.") % {"command": path}, debug=False)
    return USAGE


def _say(message: str, hint: str, *, debug: bool) -> None:
    typer.echo(harmless(f"pong: {message}"), err=True)
    if hint:
        typer.echo(harmless(hint), err=True)
    if debug:
        import traceback  # noqa: PLC0415

        traceback.print_exc()


def run() -> None:
    """The installed command. What the terminal's encoding lacks becomes a question mark rather than an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    sys.exit(main())
