"""Maintenance windows: times in which nobody is told."""

from typing import TYPE_CHECKING, Annotated

import typer

from common.contracts.windows import WINDOW
from pong_cli.command import Session, Yes, command, group, remove
from pong_cli.errors import CliError, WrongUsage
from pong_cli.labels import _
from pong_cli.resolve import only

if TYPE_CHECKING:
    from common.contracts.answers.endpoint_service import MaintenanceWindow
    from pong_cli.output.screen import Column

app = typer.Typer()
windows_app = typer.Typer()
PATH = "/endpoint-service/maintenance-windows"

_NAME = WINDOW["name"].about


def _option(name: str) -> object:
    """The option for a window's field."""
    about = WINDOW[name].about
    return typer.Option(*about.flag.split(), help=_(about.flag_help))


@command(windows_app, "ls", text=_("The maintenance windows."), example="pong maintenance")
def windows_ls(session: Session) -> None:
    """List."""
    from common.contracts.answers.endpoint_service import MaintenanceWindow  # noqa: PLC0415

    session.screen.rows(
        list(session.api.every(PATH, answer=MaintenanceWindow)), _columns(), empty=_("No maintenance windows.")
    )


@command(
    windows_app, "add", text=_("A new window: once, or again and again by a cron expression."),
    example="pong maintenance add Upgrade --for 30m\n"
            "pong maintenance add Backups --cron '0 3 * * 0' --for 2h --time-zone Asia/Seoul --tag database",
)  # fmt: skip
def windows_add(
    session: Session, *, name: Annotated[str, typer.Argument(metavar="NAME", help=_(_NAME.flag_help))],
    length: Annotated[str, _option("duration")],
    starts: Annotated[str | None, _option("starts_at")] = None,
    cron: Annotated[str | None, _option("cron")] = None,
    time_zone: Annotated[str, _option("time_zone")] = "UTC",
    tag: Annotated[list[str] | None, _option("tags")] = None,
    endpoint: Annotated[list[str] | None, _option("endpoint_ids")] = None,
) -> None:  # fmt: skip
    """Create."""
    from common.contracts.answers.endpoint_service import MaintenanceWindow  # noqa: PLC0415
    from pong_cli import resolve  # noqa: PLC0415
    from pong_cli.output.times import iso, moment_of, now, seconds_of  # noqa: PLC0415

    body: dict[str, object] = {"name": name, "duration": seconds_of(length), "tags": tag or []}
    body["endpoint_ids"] = [resolve.endpoint(session.api, one).known.id for one in endpoint or []]
    if starts:
        body["starts_at"] = moment_of(starts)
    elif not cron:
        body["starts_at"] = iso(now())
    if cron:
        body |= {"cron": cron, "time_zone": time_zone}
    made = session.api.post(PATH, body, answer=MaintenanceWindow)
    session.screen.say(_("Maintenance %(name)s is planned.") % {"name": made.known.name})
    if not session.screen.for_people:
        session.screen.one(made, _columns())


@command(
    windows_app, "rm", text=_("Remove a window; one that is open ends."), example="pong maintenance rm Upgrade --yes"
)
def windows_rm(
    session: Session, *, window: Annotated[str, typer.Argument(metavar="WINDOW", help=_("Its name or id."))],
    yes: Yes = False,
) -> None:  # fmt: skip
    """Delete, after asking."""
    from common.contracts.answers.endpoint_service import MaintenanceWindow  # noqa: PLC0415

    found = [one.known for one in session.api.every(PATH, answer=MaintenanceWindow)]
    matches = [one for one in found if window in (str(one.id), one.name)]
    one = only(
        matches,
        CliError(_("You have no maintenance window %(text)s.") % {"text": window}, _("pong maintenance lists them.")),
        WrongUsage(_("Several windows are called %(text)s.") % {"text": window}, _("Say which by its id.")),
    )
    remove(session, f"{PATH}/{one.id}", one.name, yes=yes)


def _columns() -> "list[Column[MaintenanceWindow]]":
    from pong_cli.output.screen import Column  # noqa: PLC0415
    from pong_cli.output.times import duration, exact  # noqa: PLC0415

    def when(row: "MaintenanceWindow") -> str:
        return f"{row.cron} ({row.time_zone})" if row.cron else exact(row.starts_at)

    def whom(row: "MaintenanceWindow") -> str:
        return ", ".join([*map(str, row.endpoint_ids), *row.tags]) or (_("all") if row.covers_all else _("none"))

    return [
        Column("Id", "id", right=True),
        Column(_("Name"), "name"),
        Column(_("When"), "starts_at", when),
        Column(_("Next"), "next_starts_at", lambda row: row.problem or exact(row.next_starts_at)),
        Column(_("For"), "duration", lambda row: duration(row.duration * 1000)),
        Column(_("Endpoints"), "endpoint_ids", whom),
    ]


group(app, windows_app, "maintenance", text=_("Times in which nobody is told: maintenance windows."))
