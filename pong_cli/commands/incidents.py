"""Incidents: what is or was down, and saying that one is on it."""

from typing import Annotated, Literal

import typer

from pong_cli.command import Session, command
from pong_cli.errors import CliError, WrongUsage
from pong_cli.labels import _
from pong_cli.resolve import only

app = typer.Typer()
PATH = "/report-service/incidents"


@command(app, "incidents", text=_("What is down, and what was; the newest first."),
         example="pong incidents --status open\npong incidents api.example.com")  # fmt: skip
def incidents(
    session: Session, *,
    endpoint: Annotated[
        str | None, typer.Argument(metavar="[ENDPOINT]", help=_("Its key, id, name, address or host; else all."))
    ] = None,
    status: Annotated[Literal["open", "resolved"] | None, typer.Option("--status", help=_("Only these."))] = None,
    since: Annotated[str | None, typer.Option("--since", help=_("From then on: 2h (ago) or 2026-01-31T09:00."))] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help=_("At most so many."))] = 50,
) -> None:  # fmt: skip
    """List incidents with their endpoints' names."""
    from common.contracts.answers.report_service import Incident  # noqa: PLC0415
    from pong_cli import resolve  # noqa: PLC0415
    from pong_cli.output import tables  # noqa: PLC0415
    from pong_cli.output.times import moment_of  # noqa: PLC0415

    query: dict[str, str | None] = {"status": status, "from": moment_of(since) if since else None}
    if endpoint:
        found = resolve.endpoint(session.api, endpoint).known
        names = {found.id: found.key}
        query["endpoint_id"] = str(found.id)
    else:
        names = resolve.names(session.api)
    rows = [
        row.beside(name=names.get(row.known.endpoint_id, str(row.known.endpoint_id)))
        for row in session.api.every(PATH, answer=Incident, most=limit, **query)
    ]
    session.screen.rows(rows, tables.incidents(), empty=_("No incidents."))


@command(app, "ack", text=_("Say that you are on it: reminders end."),
         example="pong ack api.example.com --note 'Restarting the database'")  # fmt: skip
def ack(
    session: Session, *,
    target: Annotated[
        str, typer.Argument(metavar="INCIDENT|ENDPOINT", help=_("An incident's id (its beginning will do), or what is down."))
    ],
    note: Annotated[str | None, typer.Option("--note", help=_("Write this on the incident."))] = None,
) -> None:  # fmt: skip
    """Acknowledge one open incident."""
    incident = _meant(session, target)
    session.api.post(f"{PATH}/{incident}/acknowledge")
    if note:
        session.api.post(f"{PATH}/{incident}/notes", {"text": note})
    session.screen.say(_("Incident %(id)s is acknowledged.") % {"id": incident})


def _meant(session: Session, target: str) -> str:
    """The id of the incident: by id, by its beginning among the open ones, or by what is down."""
    if len(target) == 36:
        return target
    from common.contracts.answers.report_service import Incident  # noqa: PLC0415

    open_ones = [one.known for one in session.api.every(PATH, answer=Incident, status="open")]
    matches = [one for one in open_ones if one.id.startswith(target)]
    if not matches:
        from pong_cli import resolve  # noqa: PLC0415

        endpoint = resolve.endpoint(session.api, target).known
        matches = [one for one in open_ones if one.endpoint_id == endpoint.id]
    return only(
        matches,
        CliError(_("%(target)s has no open incident.") % {"target": target}, _("pong incidents lists them.")),
        WrongUsage(_("Several incidents begin like that."), _("Write more of the id.")),
    ).id
