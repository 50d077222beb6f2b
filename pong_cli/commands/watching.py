"""A dashboard in the terminal."""

import sys
import time
from typing import Annotated

import typer

from pong_cli.command import Session, command
from pong_cli.errors import FINE, SOMETHING_DOWN, CliError, NotLoggedIn, WrongUsage
from pong_cli.labels import _

app = typer.Typer()
OVERVIEW = "/report-service/overview"
REFRESH_PER_SECOND = 2


@command(
    app, "watch",
    text=_("A live dashboard of all endpoints, the worst first, until Ctrl-C; --once prints it once."),
    example="pong watch\npong watch --tag production --every 10s",
)  # fmt: skip
def watch(
    session: Session, *,
    tag: Annotated[list[str] | None, typer.Option("--tag", "-t", help=_("Only with all of them. Repeatable."))] = None,
    every: Annotated[str, typer.Option("--every", help=_("How often to ask: 2s, 1m."))] = "5s",
    once: Annotated[bool, typer.Option("--once", help=_("Print it once; exits with 1 where something is down."))] = False,
) -> int:  # fmt: skip
    """Ask again and again; an API that is away for a while is said below the picture, which stays."""
    from rich.live import Live  # noqa: PLC0415

    from common.contracts.answers.report_service import Glance  # noqa: PLC0415
    from pong_cli.output.dashboard import Dashboard  # noqa: PLC0415
    from pong_cli.output.times import seconds_of  # noqa: PLC0415

    if session.output != "table":
        raise WrongUsage(_("watch draws a picture."), _("For programs: pong report --output json"))
    seconds, dashboard, console = max(1, seconds_of(every)), Dashboard(), session.screen.console

    def ask() -> None:
        items = (one.known for one in session.api.items(OVERVIEW, answer=Glance))
        dashboard.update([one for one in items if set(tag or ()) <= set(one.tags)])

    if once or not sys.stdout.isatty():
        ask()
        console.print(dashboard)
        return SOMETHING_DOWN if any(one.state == "down" for one in dashboard.items) else FINE
    try:
        # Nothing else prints, and rich's stand-in for standard output would not say that it takes Unicode.
        with Live(
            dashboard, console=console, screen=True, refresh_per_second=REFRESH_PER_SECOND,
            redirect_stdout=False, redirect_stderr=False,
        ):  # fmt: skip
            while True:
                try:
                    ask()
                except NotLoggedIn:
                    raise
                except CliError as error:
                    dashboard.trouble = error.message
                time.sleep(seconds)
    except KeyboardInterrupt:
        return FINE
