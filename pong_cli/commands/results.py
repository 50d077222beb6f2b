"""What was found: results as they come, and what they add up to."""

import time
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pong_cli.command import Session, command
from pong_cli.errors import WrongUsage
from pong_cli.labels import _

if TYPE_CHECKING:
    from common.contracts.answers.report_service import Report
    from pong_cli.answers import Answered

app = typer.Typer()
REPORTS = "/report-service/reports"
FOLLOW_SECONDS = 2.0
LATE_SECONDS = 60
"""How late a result may arrive and still be shown by --follow."""
MOST_AT_ONCE = 1000
Period = Literal["24h", "7d", "30d", "90d", "365d"]
Status = Literal["up", "degraded", "down", "maintenance", "unknown"]
MaybeRef = Annotated[
    str | None, typer.Argument(metavar="[ENDPOINT]", help=_("Its key, id, name, address or host; else all."))
]


@command(
    app, "logs", text=_("The results of checks, the newest last; --follow shows new ones as they come."),
    example="pong logs api.example.com --since 1h\npong logs --follow --status down",
)  # fmt: skip
def logs(
    session: Session, *, endpoint: MaybeRef = None,
    since: Annotated[str | None, typer.Option("--since", help=_("From then on: 2h (ago) or 2026-01-31T09:00."))] = None,
    until: Annotated[str | None, typer.Option("--until", help=_("Before then."))] = None,
    status: Annotated[Status | None, typer.Option("--status", help=_("Only these results."))] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help=_("At most so many."))] = 50,
    follow: Annotated[bool, typer.Option("--follow", "-f", help=_("Keep showing new ones, until Ctrl-C."))] = False,
) -> None:  # fmt: skip
    """List results; the API answers them newest first, people read the newest last."""
    from pong_cli.output.times import moment_of  # noqa: PLC0415

    if follow and session.output in {"csv", "yaml"}:
        raise WrongUsage(_("--follow prints a table or JSON."), _("Use --output json for one object a line."))
    bounds = {"from": moment_of(since) if since else None, "to": moment_of(until) if until else None}
    query = {name: value for name, value in (bounds | {"status": status}).items() if value}
    names = _names(session, endpoint)
    if endpoint:
        query["endpoint_id"] = str(next(iter(names)))
    rows = _found(session, query, names, most=limit)
    if follow:
        _follow(session, rows, query, names)
        return
    from pong_cli.output import tables  # noqa: PLC0415

    session.screen.rows(rows[::-1], tables.results(names), empty=_("No results there."))


def _found(session: Session, query: dict[str, str], names: dict[int, str], *, most: int) -> "list[Answered[Report]]":
    from common.contracts.answers.report_service import Report  # noqa: PLC0415

    found = session.api.every(REPORTS, answer=Report, most=most, **query)
    return [row.beside(name=names.get(row.known.endpoint_id or 0)) for row in found]


def _follow(session: Session, rows: "list[Answered[Report]]", query: dict[str, str], names: dict[int, str]) -> None:
    """Print, wait, ask again from a minute before the newest on, since results may arrive late; each is shown once.

    What is older than the first ones that were shown stays out.
    """
    import json  # noqa: PLC0415
    from datetime import timedelta  # noqa: PLC0415

    from pong_cli.output import tables  # noqa: PLC0415
    from pong_cli.output.control_characters import escaped  # noqa: PLC0415
    from pong_cli.output.times import iso, now  # noqa: PLC0415

    seen: set[str] = set()
    columns = tables.results(names)
    times = [row.known.checked_at for row in rows]
    oldest = newest = now()
    if times:
        oldest, newest = min(times), max(times)
    while True:
        for row in sorted((row for row in rows if row.known.id not in seen), key=lambda row: row.known.checked_at):
            if session.output == "json":
                print(escaped(json.dumps(row.whole, ensure_ascii=False)), flush=True)  # noqa: T201
            else:
                session.screen.console.print(*(column.cell(row) for column in columns), sep="  ", markup=False)
            seen.add(row.known.id)
            newest = max(newest, row.known.checked_at)
        time.sleep(FOLLOW_SECONDS)
        query["from"] = iso(max(oldest, newest - timedelta(seconds=LATE_SECONDS)))
        rows = _found(session, query, names, most=MOST_AT_ONCE)


@command(
    app, "report", text=_("Uptime of all endpoints, or an endpoint's numbers with a chart."),
    example="pong report\npong report api.example.com --period 30d",
)  # fmt: skip
def report(
    session: Session, *, endpoint: MaybeRef = None,
    period: Annotated[Period, typer.Option("--period", "-p", help=_("How far back, with an endpoint."))] = "24h",
) -> None:  # fmt: skip
    """The overview, or one endpoint's summary and series."""
    from common.contracts.answers.report_service import Glance, Series, Summary  # noqa: PLC0415
    from pong_cli.output import reports  # noqa: PLC0415

    if endpoint is None:
        items = session.api.items("/report-service/overview", answer=Glance)
        session.screen.rows(
            items, reports.overview_columns(session.screen.console.width), empty=_("No results there."),
            ident="endpoint_id",
        )  # fmt: skip
        return
    from pong_cli import resolve  # noqa: PLC0415

    found = resolve.endpoint(session.api, endpoint).known
    base = f"/report-service/endpoints/{found.id}"
    summary = session.api.get(f"{base}/summary", answer=Summary, period=period)
    session.screen.one(summary.beside(name=found.name or found.key), reports.summary_columns(), ident="uptime")
    if session.screen.for_people:
        reports.draw(session.screen, session.api.get(f"{base}/series", answer=Series, period=period).known)


def _names(session: Session, endpoint: str | None) -> dict[int, str]:
    """The names of the endpoints that the results are of, by id."""
    from pong_cli import resolve  # noqa: PLC0415

    if endpoint:
        found = resolve.endpoint(session.api, endpoint).known
        return {found.id: found.key}
    return {} if session.quiet else resolve.names(session.api)
