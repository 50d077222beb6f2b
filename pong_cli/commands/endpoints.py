"""Endpoints: add, list, show, change, pause, resume, remove."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pong_cli import spec_options as spec
from pong_cli.command import Session, command
from pong_cli.errors import FINE, SOMETHING_DOWN, WrongUsage
from pong_cli.labels import _, ngettext

if TYPE_CHECKING:
    from pong_cli.api import Object

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
    **given: Any,
) -> None:  # fmt: skip
    """Create an endpoint and print it."""
    made = session.api.post(PATH, {"url": url} | spec.body_of(given))
    session.screen.say(_("Watching %(url)s as %(key)s.") % {"url": made["url"], "key": made["key"]})
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
    **given: Any,
) -> None:  # fmt: skip
    """Change an endpoint and print it."""
    changes = spec.body_of(given) | ({"url": url} if url else {})
    if not changes:
        raise WrongUsage(
            _("Say what to change."), _("%(command)s --help says what there is.") % {"command": "pong edit"}
        )
    found = _find(session, endpoint)
    if "options" in changes:
        changes["options"] = found["options"] | changes["options"]
    changed = session.api.patch(f"{PATH}/{found['id']}", changes)
    session.screen.say(_("%(key)s is changed.") % {"key": changed["key"]})
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
    from pong_cli.output import tables  # noqa: PLC0415

    filters = {
        "search": search,
        "state": state or None,
        "kind": kind,
        "tag": tag or None,
        "sort": sort,
    }
    found = list(session.api.every(PATH, most=limit, **{k: v for k, v in filters.items() if v is not None}))
    rows = found
    if session.output in {"table", "csv"} and not session.quiet and found:
        glances = {one["endpoint_id"]: one for one in session.api.get("/report-service/overview")["items"]}
        rows = [one | {"glance": glances.get(one["id"], {})} for one in found]
    session.screen.rows(
        rows, tables.endpoints(), empty=_("Nothing is watched here. Begin with pong add URL."), ident="key"
    )
    return SOMETHING_DOWN if any(one["state"] == "down" for one in found) else FINE


@command(app, "show", text=_("Everything about an endpoint; exits with 1 where it is down."),
         example="pong show api.example.com")  # fmt: skip
def show(session: Session, *, endpoint: Ref) -> int:
    """One endpoint."""
    found = _find(session, endpoint)
    _print_one(session, found)
    if found["state"] == "unknown" and session.screen.for_people:
        _tell_fault(session, found)
    return SOMETHING_DOWN if found["state"] == "down" else FINE


def _tell_fault(session: Session, found: dict[str, Any]) -> None:
    """Why it could not be checked, and what to do."""
    from pong_cli.commands.results import REPORTS  # noqa: PLC0415
    from pong_cli.output import tables  # noqa: PLC0415
    from pong_cli.output.control_characters import harmless  # noqa: PLC0415

    for last in session.api.every(REPORTS, most=1, endpoint_id=found["id"], status="unknown"):
        session.screen.say(harmless(tables.cause(last, "message")))
        session.screen.say(tables.advice(last["error_code"]))


def _switch(session: Session, refs: list[str], action: str, said: str) -> None:
    """One bulk call for all that are named."""
    found = [_find(session, ref) for ref in refs]
    results = session.api.post(f"{PATH}/bulk", {"action": action, "ids": [one["id"] for one in found]})["results"]
    for one, result in zip(found, results, strict=True):
        if result["status"] == "ok":
            session.screen.say(said % {"key": one["key"]})
        else:
            raise WrongUsage(f"{one['key']}: {result['message']}")


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
    yes: Annotated[bool, typer.Option("--yes", "-y", help=_("Do not ask."))] = False,
) -> None:  # fmt: skip
    """Delete, after asking."""
    found = [_find(session, ref) for ref in endpoints]
    if not yes:
        question = ngettext("Remove %(names)s?", "Remove these %(n)d: %(names)s?", len(found))
        names = ", ".join(one["key"] for one in found)
        typer.confirm(question % {"names": names, "n": len(found)}, abort=True, err=True)
    _switch(session, [str(one["id"]) for one in found], "delete", _("%(key)s is removed."))


def _find(session: Session, ref: str) -> "Object":
    from pong_cli import resolve  # noqa: PLC0415

    return resolve.endpoint(session.api, ref)


def _print_one(session: Session, one: "dict[str, Any]") -> None:
    from pong_cli.output import tables  # noqa: PLC0415

    session.screen.one(one, tables.endpoint(), ident="key")
