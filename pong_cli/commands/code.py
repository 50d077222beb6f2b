"""Monitors as code: plan, apply, export."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from pong_cli.command import Session, command
from pong_cli.errors import CliError
from pong_cli.labels import _

if TYPE_CHECKING:
    from rich.text import Text

    from pong_cli.as_code.plan import Change, Plan

app = typer.Typer()

File = Annotated[str, typer.Option("--file", "-f", help=_("The file."))]
Prune = Annotated[bool, typer.Option("--prune", help=_("Remove what the file's sections do not name."))]
Secrets = Annotated[
    bool, typer.Option("--secrets", help=_("Send the channels' secrets again: the API shows no difference in them."))
]
_SIGNS = {"create": ("+", "green"), "update": ("~", "yellow"), "delete": ("-", "red")}


@command(app, "plan", text=_("Show what apply would do: the difference between pong.yaml and your account."),
         example="pong plan\npong plan --file monitors.yaml --prune")  # fmt: skip
def plan(session: Session, *, file: File = "pong.yaml", prune: Prune = False, secrets: Secrets = False) -> None:
    """Compare and print."""
    _print(session, _made(session, file, prune=prune, secrets=secrets))


@command(app, "apply", text=_("Make your account what pong.yaml says; a second time changes nothing."),
         example="pong apply\npong apply --prune --yes")  # fmt: skip
def apply(
    session: Session, *, file: File = "pong.yaml", prune: Prune = False, secrets: Secrets = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help=_("Do not ask before removing."))] = False,
) -> None:  # fmt: skip
    """Compare, ask where anything goes, and do it."""
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress  # noqa: PLC0415

    from pong_cli.as_code import apply as applying  # noqa: PLC0415

    made = _made(session, file, prune=prune, secrets=secrets)
    _print(session, made)
    if not made.changes:
        return
    if not yes and any(change.action == "delete" for change in made.changes):
        typer.confirm(_("Remove what is marked with -?"), abort=True, err=True)
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task(_("Applying"), total=len(made.changes))
        outcome = applying.run(session.api, made, lambda number: progress.advance(task, number))
    session.screen.say(_("%(n)d done.") % {"n": len(outcome.done)})
    if outcome.failed:
        said = "\n".join(f"{file}:{change.line}: {change.name}: {text}" for change, text in outcome.failed)
        raise CliError(
            _("%(n)d refused:") % {"n": len(outcome.failed)} + "\n" + said, _("Correct the file and apply again.")
        )


@command(app, "export", text=_("Print your account as a pong.yaml; secrets are masks, which apply leaves as they are."),
         example="pong export > pong.yaml")  # fmt: skip
def export(session: Session) -> None:
    """YAML, or JSON where it is asked for, which is YAML as well."""
    from pong_cli.as_code.document import escaped  # noqa: PLC0415
    from pong_cli.as_code.export import document  # noqa: PLC0415

    found = escaped(document(session.api))
    if session.output == "json":
        import json  # noqa: PLC0415

        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    from common.formats.yaml_core import dump  # noqa: PLC0415

    typer.echo(dump(found), nl=False)


@command(
    app, "schema", text=_("Print the JSON Schema of pong.yaml, for editors."), example="pong schema > pong.schema.json"
)
def schema(_session: Session) -> None:
    """As it is published."""
    from pong_cli.as_code.schema import text  # noqa: PLC0415

    typer.echo(text(), nl=False)


def _made(session: Session, file: str, *, prune: bool, secrets: bool) -> "Plan":
    from pong_cli.as_code import plan as planning  # noqa: PLC0415
    from pong_cli.as_code.document import load  # noqa: PLC0415

    document = load(file)
    session.screen.progress(_("Comparing %(file)s with your account...") % {"file": file})
    return planning.make(session.api, document, prune=prune, secrets=secrets)


def _print(session: Session, made: "Plan") -> None:
    from pong_cli.answers import Answered  # noqa: PLC0415
    from pong_cli.output.screen import Column  # noqa: PLC0415

    counts = {action: sum(change.action == action for change in made.changes) for action in _SIGNS}
    if session.screen.for_people:
        for change in made.changes:
            session.screen.draw(_shown(change))
        session.screen.say(
            _("%(create)d to make, %(update)d to change, %(delete)d to remove, %(same)d as they are.")
            % (counts | {"same": made.unchanged})
        )
        return
    rows = [
        Answered(change, {
            "action": change.action, "section": change.kind.section, "name": change.name, "line": change.line or None,
            "fields": sorted(change.fields),
        })
        for change in made.changes
    ]  # fmt: skip
    titles = ("action", "section", "name", "line", "fields")
    columns: list[Column[Change]] = [Column(title, title) for title in titles]
    session.screen.rows(rows, columns, ident="name")


def _shown(change: "Change") -> "Text":
    """`~ endpoints web` and what changes of it; never a secret's text."""
    from rich.text import Text  # noqa: PLC0415

    sign, style = _SIGNS[change.action]
    text = Text.assemble((f"{sign} {change.kind.section} {change.name}", style))
    if change.kind.scoped and change.action == "create" and change.entry.get("covers_all", True):
        text.append("\n    " + _("for all endpoints"))
    for name, (before, after) in change.fields.items():
        if name in {"settings", "headers", "options", "secrets"}:
            text.append("\n    " + _("%(name)s: differs") % {"name": name})
        else:
            text.append(f"\n    {name}: {_short(before)} -> {_short(after)}")
    return text


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
