"""A check now: of an endpoint, or of an address that is not watched."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pong_cli import spec_options as spec
from pong_cli.command import Session, command
from pong_cli.errors import API_OR_NETWORK, FINE, SOMETHING_DOWN, CliError
from pong_cli.labels import _

if TYPE_CHECKING:
    from pong_cli.api import Object

app = typer.Typer()


@command(
    app, "check",
    text=_("Check an endpoint or any address now and show where the time went; exits with 1 where it is down."),
    example="pong check api.example.com\n"
            "pong check https://example.com --assert body_contains=Welcome\n"
            "pong check --local http://localhost:8000/",
    more=lambda: spec.parameters(named=False, without=spec.ONLY_WATCHED),
)  # fmt: skip
def check(
    session: Session, *,
    target: Annotated[str, typer.Argument(metavar="ENDPOINT|URL", help=_("An endpoint, or an address to check once."))],
    local: Annotated[
        bool, typer.Option("--local", help=_("Check an address from this machine, without an account."))
    ] = False,
    **given: Any,
) -> int:  # fmt: skip
    """An address with a scheme, or any with options, is checked as it stands; else it names an endpoint."""
    options = spec.body_of(given)
    answer: Object
    if local:
        from pong_cli import local_check as from_here  # noqa: PLC0415

        answer = {"status": "ok", "result": from_here.check(target, options)}
    elif "://" in target or options:
        # Anonymous checks are open to everybody, but a key is worth more of them.
        answer = session.api.request(
            "POST", "/endpoint-service/checks", json={"url": target} | options, anonymous=not session.profile.key
        )
    else:
        from pong_cli import resolve  # noqa: PLC0415

        found = resolve.endpoint(session.api, target)
        answer = session.api.post(f"{resolve.ENDPOINTS}/{found['id']}/check")
    if answer["status"] != "ok":
        raise CliError(str(answer["message"]))
    _print(session, answer["result"])
    return {"down": SOMETHING_DOWN, "unknown": API_OR_NETWORK}.get(answer["result"]["status"], FINE)


def _print(session: Session, result: "Object") -> None:
    from pong_cli.output import tables  # noqa: PLC0415
    from pong_cli.output.charts import waterfall  # noqa: PLC0415
    from pong_cli.output.marks import state_text  # noqa: PLC0415
    from pong_cli.output.screen import Column  # noqa: PLC0415
    from pong_cli.output.times import ago, milliseconds  # noqa: PLC0415

    def certificate(row: Any) -> str:
        return ago(row.get("certificate_expires_at"))

    columns = [
        Column(_("Result"), "status", lambda row: state_text(row["status"])),
        Column(_("Status"), "http_status"),
        Column(_("Took"), "total_ms", lambda row: milliseconds(row["total_ms"])),
        Column(_("Message"), "message", lambda row: tables.cause(row, "message")),
        Column(_("What to do"), "error_code", lambda row: tables.advice(row.get("error_code"))),
        Column(_("Address"), "resolved_ip"),
        Column(_("Certificate ends"), "certificate_expires_at", certificate),
    ]
    if session.output == "csv":
        columns = [column for column in tables.results() if column.key != "endpoint_id"]
    session.screen.one(result, columns, ident="status")
    width = session.screen.console.width if sys.stdout.isatty() else 80
    for line in waterfall(result.get("phases") or {}, width=min(width, 100)):
        session.screen.draw(line)
