"""A check now: of an endpoint, or of an address that is not watched."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from pong_cli import spec_options as spec
from pong_cli.command import Session, command
from pong_cli.errors import API_OR_NETWORK, FINE, SOMETHING_DOWN, CliError
from pong_cli.labels import _

if TYPE_CHECKING:
    from common.contracts.answers.report_service import Report
    from pong_cli.answers import Answered

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
    **given: spec.Given,
) -> int:  # fmt: skip
    """An address with a scheme, or any with options, is checked as it stands; else it names an endpoint."""
    options = spec.body_of(given)
    result = _checked(session, target, options, local=local)
    _print(session, result)
    return {"down": SOMETHING_DOWN, "unknown": API_OR_NETWORK}.get(result.known.status, FINE)


def _checked(session: Session, target: str, options: dict[str, object], *, local: bool) -> "Answered[Report]":
    if local:
        from pong_cli.local_check import check as checked_here  # noqa: PLC0415

        return checked_here(target, options)
    from common.contracts.answers.endpoint_service import CheckAnswer  # noqa: PLC0415
    from common.contracts.answers.report_service import Report  # noqa: PLC0415
    from pong_cli.answers import answered  # noqa: PLC0415

    if "://" in target or options:
        # Anonymous checks are open to everybody, but a key is worth more of them.
        path, body = "/endpoint-service/checks", {"url": target} | options
        raw = session.api.request("POST", path, json=body, anonymous=not session.profile.key)
        answer = answered(raw, CheckAnswer)
    else:
        from pong_cli import resolve  # noqa: PLC0415

        found = resolve.endpoint(session.api, target).known
        answer = session.api.post(f"{resolve.ENDPOINTS}/{found.id}/check", answer=CheckAnswer)
    if not answer.known.is_ok:
        raise CliError(answer.known.message)
    return answered(answer.whole.get("result"), Report)


def _print(session: Session, result: "Answered[Report]") -> None:
    import msgspec  # noqa: PLC0415

    from pong_cli.output import tables  # noqa: PLC0415
    from pong_cli.output.charts import waterfall  # noqa: PLC0415
    from pong_cli.output.marks import state_text  # noqa: PLC0415
    from pong_cli.output.screen import Column  # noqa: PLC0415
    from pong_cli.output.times import ago, milliseconds  # noqa: PLC0415

    columns: list[Column[Report]] = [
        Column(_("Result"), "status", lambda row: state_text(row.status)),
        Column(_("Status"), "http_status"),
        Column(_("Took"), "total_ms", lambda row: milliseconds(row.total_ms)),
        Column(_("Message"), "message", lambda row: tables.cause(row.cause_data, row.message)),
        Column(_("What to do"), "error_code", lambda row: tables.advice(row.error_code)),
        Column(_("Address"), "resolved_ip"),
        Column(_("Certificate ends"), "certificate_expires_at", lambda row: ago(row.certificate_expires_at)),
    ]
    if session.output == "csv":
        columns = [column for column in tables.results({}) if column.key != "endpoint_id"]
    session.screen.one(result, columns, ident="status")
    width = session.screen.console.width if sys.stdout.isatty() else 80
    for line in waterfall(
        msgspec.structs.asdict(result.known.phases) if result.known.phases else {}, width=min(width, 100)
    ):
        session.screen.draw(line)
