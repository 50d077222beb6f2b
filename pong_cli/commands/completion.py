"""Shell completion."""

from typing import Annotated, Literal

import typer

from pong_cli.command import Session, command
from pong_cli.labels import _

app = typer.Typer()


@command(
    app, "completion", text=_("Print what makes your shell complete pong's commands and options."),
    example='eval "$(pong completion bash)"\npong completion fish > ~/.config/fish/completions/pong.fish',
)  # fmt: skip
def completion(
    _session: Session, *,
    shell: Annotated[Literal["bash", "zsh", "fish", "powershell"], typer.Argument(help=_("Your shell."))],
) -> None:  # fmt: skip
    """The script for one shell."""
    from typer.completion import get_completion_script  # type: ignore[attr-defined]  # noqa: PLC0415

    typer.echo(get_completion_script(prog_name="pong", complete_var="_PONG_COMPLETE", shell=shell))
