"""Endpoints: add, list, show, change, pause, resume, remove."""

from typing import TYPE_CHECKING, Annotated

import typer

from pong_cli import spec_options as spec
from pong_cli.command import Session, Yes, command
from pong_cli.errors import FINE, SOMETHING_DOWN, WrongUsage
from pong_cli.labels import _, ngettext

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.contracts.answers.endpoint_service import Endpoint
    from common.contracts.answers.report_service import Glance
    from pong_cli.answers import Answered

app = typer.Typer()
PATH = "/endpoint-service/endpoints"

Ref = Annotated[str, typer.Argument(metavar="ENDPOINT", help=_("Its key, id, name, address or host."))]
Refs = Annotated[list[str], typer.Argument(metavar="ENDPOINT...", help=_("Keys, ids, names, addresses or hosts."))]


@command(
    app, "add", text=_("Watch an address; everything but the address has a default."),
    example="pong add https://example.com\n"
            "pong add https://api.example.com/health --interval 30s --assert body_contains=ok --tag production",
    more=spec.parameters,
)  # fmt: skip
def add(
    session: Session, *, url: Annotated[str, typer.Argument(metavar="URL", help=_("What to watch."))],
    **given: spec.Given,
) -> None:  # fmt: skip
    """Create an endpoint and print it."""
    from common.contracts.answers.endpoint_service import Endpoint  # noqa: PLC0415

    made = session.api.post(PATH, {"url": url} | spec.body_of(given), answer=Endpoint)
    session.screen.say(_("Watching %(url)s as %(key)s.") % {"url": made.known.url, "key": made.known.key})
    if not session.screen.for_people:
        _print_one(session, made)


@command(
    app, "edit", text=_("Change what is given of an endpoint; lists such as tags and headers are replaced, and emptied by ''."),
    example="pong edit api.example.com --interval 1m --no-verify-tls",
    more=spec.parameters,
)  # fmt: skip
def edit(
    session: Session, *, endpoint: Ref,
    url: Annotated[str | None, typer.Option("--url", help=_("What to watch."))] = None,
    **given: spec.Given,
) -> None:  # fmt: skip
    """Change an endpoint and print it."""
    changes = spec.body_of(given) | ({"url": url} if url else {})
    if not changes:
        raise WrongUsage(
            _("Say what to change."), _("%(command)s --help says what there is.") % {"command": "pong edit"}
        )
    from common.contracts.answers.endpoint_service import Endpoint  # noqa: PLC0415

    found = _find(session, endpoint).known
    if isinstance(options := changes.get("options"), dict):
        changes["options"] = found.options | options
    changed = session.api.patch(f"{PATH}/{found.id}", changes, answer=Endpoint)
    session.screen.say(_("%(key)s is changed.") % {"key": changed.known.key})
    if not session.screen.for_people:
        _print_one(session, changed)


@command(
    app, "ls", text=_("The endpoints with their states; exits with 1 where one of them is down."),
    example="pong ls\npong ls --state down --output json",
)  # fmt: skip
def ls(
    session: Session, *,
    search: Annotated[str | None, typer.Option("--search", "-s", help=_("In name, address and key."))] = None,
    state: Annotated[list[spec.State] | None, typer.Option("--state", help=_("Only these. Repeatable."))] = None,
    kind: spec.Kind = None,
    tag: Annotated[list[str] | None, typer.Option("--tag", "-t", help=_("Only with all of them. Repeatable."))] = None,
    sort: Annotated[str, typer.Option("--sort", help=_("By name, state, last_checked_at...; -name: backwards."))] = "id",
    limit: Annotated[int | None, typer.Option("--limit", "-n", min=1, help=_("At most so many."))] = None,
) -> int:  # fmt: skip
    """List, with the last day's uptime and the last response time beside each."""
    from common.contracts.answers.endpoint_service import Endpoint  # noqa: PLC0415
    from pong_cli.output import tables  # noqa: PLC0415

    filters: dict[str, str | Sequence[str] | None] = {
        "search": search,
        "state": state or None,
        "kind": kind,
        "tag": tag or None,
        "sort": sort,
    }
    rows = list(session.api.every(PATH, answer=Endpoint, most=limit, **filters))
    glances = _glances(session) if session.output in {"table", "csv"} and not session.quiet and rows else {}
    if session.output == "csv":
        rows = [one.beside(glance=glances[one.known.id].whole if one.known.id in glances else {}) for one in rows]
    session.screen.rows(
        rows, tables.endpoints({number: one.known for number, one in glances.items()}),
        empty=_("Nothing is watched here. Begin with pong add URL."), ident="key",
    )  # fmt: skip
    return SOMETHING_DOWN if any(one.known.state == "down" for one in rows) else FINE


def _glances(session: Session) -> "dict[int, Answered[Glance]]":
    """The overview by endpoint."""
    from common.contracts.answers.report_service import Glance  # noqa: PLC0415

    return {one.known.endpoint_id: one for one in session.api.items("/report-service/overview", answer=Glance)}


@command(app, "show", text=_("Everything about an endpoint; exits with 1 where it is down."),
         example="pong show api.example.com")  # fmt: skip
def show(session: Session, *, endpoint: Ref) -> int:
    """One endpoint."""
    found = _find(session, endpoint)
    _print_one(session, found)
    if found.known.state == "unknown" and session.screen.for_people:
        _tell_fault(session, found.known)
    return SOMETHING_DOWN if found.known.state == "down" else FINE


def _tell_fault(session: Session, found: "Endpoint") -> None:
    """Why it could not be checked, and what to do."""
    from common.contracts.answers.report_service import Report  # noqa: PLC0415
    from pong_cli.commands.results import REPORTS  # noqa: PLC0415
    from pong_cli.output import tables  # noqa: PLC0415
    from pong_cli.output.control_characters import harmless  # noqa: PLC0415

    for last in session.api.every(REPORTS, answer=Report, most=1, endpoint_id=found.id, status="unknown"):
        session.screen.say(harmless(tables.cause(last.known.cause_data, last.known.message)))
        session.screen.say(tables.advice(last.known.error_code))


def _switch(session: Session, refs: list[str], action: str, said: str) -> None:
    """One bulk call for all that are named."""
    from common.contracts.answers.endpoint_service import BulkAnswer  # noqa: PLC0415

    found = [_find(session, ref).known for ref in refs]
    body = {"action": action, "ids": [one.id for one in found]}
    answer = session.api.post(f"{PATH}/bulk", body, answer=BulkAnswer).known
    for one, result in zip(found, answer.results, strict=True):
        if not result.is_ok:
            raise WrongUsage(f"{one.key}: {result.message}")
        session.screen.say(said % {"key": one.key})


@command(app, "pause", text=_("Check endpoints no more until they are resumed."), example="pong pause api.example.com")
def pause(session: Session, *, endpoints: Refs) -> None:
    """Pause."""
    _switch(session, endpoints, "pause", _("%(key)s is paused."))


@command(app, "resume", text=_("Check paused endpoints again."), example="pong resume api.example.com")
def resume(session: Session, *, endpoints: Refs) -> None:
    """Resume."""
    _switch(session, endpoints, "resume", _("%(key)s is checked again."))


@command(app, "rm", text=_("Stop watching endpoints and forget them."), example="pong rm api.example.com --yes")
def rm(
    session: Session, *, endpoints: Refs,
    yes: Yes = False,
) -> None:  # fmt: skip
    """Delete, after asking."""
    found = [_find(session, ref).known for ref in endpoints]
    if not yes:
        question = ngettext("Remove %(names)s?", "Remove these %(n)d: %(names)s?", len(found))
        names = ", ".join(one.key for one in found)
        typer.confirm(question % {"names": names, "n": len(found)}, abort=True, err=True)
    _switch(session, [str(one.id) for one in found], "delete", _("%(key)s is removed."))


def _find(session: Session, ref: str) -> "Answered[Endpoint]":
    from pong_cli import resolve  # noqa: PLC0415

    return resolve.endpoint(session.api, ref)


def _print_one(session: Session, one: "Answered[Endpoint]") -> None:
    from pong_cli.output import tables  # noqa: PLC0415

    session.screen.one(one, tables.endpoint(), ident="key")
