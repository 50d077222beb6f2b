"""What one uses of what one account may use."""

import typer

from pong_cli.command import Session, command
from pong_cli.labels import _

app = typer.Typer()
SERVICES = ("endpoint-service", "notification-service", "report-service")


@command(app, "usage", text=_("What you use of what one account may use; the fullest first."),
         example="pong usage\npong usage --output json")  # fmt: skip
def usage(session: Session) -> None:
    """Ask every service that counts something."""
    from common.contracts.answers.base import Usage  # noqa: PLC0415
    from pong_cli.output.screen import Column  # noqa: PLC0415
    from pong_cli.output.times import duration  # noqa: PLC0415

    rows = [row for service in SERVICES for row in session.api.items(f"/{service}/usage", answer=Usage)]
    columns: list[Column[Usage]] = [
        Column(_("What"), "label"),
        Column(_("Used"), "used", right=True),
        Column(_("At most"), "most", right=True),
        Column(_("Within"), "period", lambda row: duration(row.period * 1000) if row.period else ""),
        Column(_("Unit"), "unit"),
    ]
    rows.sort(key=lambda row: -(row.known.used / row.known.most if row.known.most else 1))
    session.screen.rows(rows, columns, ident="name")
