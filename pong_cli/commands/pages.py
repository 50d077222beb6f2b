"""Public status pages."""

from typing import TYPE_CHECKING, Annotated

import typer

from pong_cli.command import Session, Yes, command, group, remove
from pong_cli.errors import CliError
from pong_cli.labels import _

if TYPE_CHECKING:
    from common.contracts.answers.status_pages import StatusPage
    from pong_cli.output.screen import Column

app = typer.Typer()
pages_app = typer.Typer()
PATH = "/report-service/status-pages"
Ref = Annotated[str, typer.Argument(metavar="PAGE", help=_("Its slug or id."))]


@command(pages_app, "ls", text=_("Your status pages."), example="pong status-pages")
def pages_ls(session: Session) -> None:
    """List."""
    from common.contracts.answers.status_pages import StatusPage  # noqa: PLC0415

    session.screen.rows(
        list(session.api.every(PATH, answer=StatusPage)), _columns(), empty=_("No status pages."), ident="slug"
    )


@command(
    pages_app, "add", text=_("A new page; it is public at once unless it is a draft."),
    example="pong status-pages add acme 'ACME status' --endpoint web --endpoint api",
)  # fmt: skip
def pages_add(
    session: Session, *,
    slug: Annotated[str, typer.Argument(metavar="SLUG", help=_("Its place in the address: small letters, digits, -."))],
    title: Annotated[str, typer.Argument(metavar="TITLE", help=_("Its heading."))],
    endpoint: Annotated[list[str] | None, typer.Option("--endpoint", help=_("What it shows. Repeatable."))] = None,
    description: Annotated[str | None, typer.Option("--description", help=_("A sentence below the heading."))] = None,
    draft: Annotated[bool, typer.Option("--draft", help=_("Do not publish it yet."))] = False,
) -> None:  # fmt: skip
    """Create."""
    from common.contracts.answers.status_pages import StatusPage  # noqa: PLC0415
    from pong_cli import resolve  # noqa: PLC0415

    shown = [{"endpoint_id": resolve.endpoint(session.api, one).known.id} for one in endpoint or []]
    body: dict[str, object] = {"slug": slug, "title": title, "published": not draft}
    body["groups"] = [{"name": "", "endpoints": shown}] if shown else []
    made = session.api.post(PATH, body | ({"description": description} if description else {}), answer=StatusPage)
    session.screen.say(_("Status page %(slug)s is made.") % {"slug": made.known.slug})
    if not session.screen.for_people:
        session.screen.one(made, _columns(), ident="slug")


@command(pages_app, "publish", text=_("Show a page to everybody."), example="pong status-pages publish acme")
def pages_publish(session: Session, *, page: Ref) -> None:
    """Publish."""
    session.api.patch(f"{PATH}/{_find(session, page).id}", {"published": True})
    session.screen.say(_("%(page)s is public.") % {"page": page})


@command(pages_app, "unpublish", text=_("Hide a page without losing it."), example="pong status-pages unpublish acme")
def pages_unpublish(session: Session, *, page: Ref) -> None:
    """Hide."""
    session.api.patch(f"{PATH}/{_find(session, page).id}", {"published": False})
    session.screen.say(_("%(page)s is hidden.") % {"page": page})


@command(pages_app, "rm", text=_("Remove a page with its announcements."), example="pong status-pages rm acme --yes")
def pages_rm(
    session: Session, *, page: Ref,
    yes: Yes = False,
) -> None:  # fmt: skip
    """Delete, after asking."""
    found = _find(session, page)
    remove(session, f"{PATH}/{found.id}", found.slug, yes=yes)


def _find(session: Session, text: str) -> "StatusPage":
    from common.contracts.answers.status_pages import StatusPage  # noqa: PLC0415

    for one in session.api.every(PATH, answer=StatusPage):
        if text in {str(one.known.id), one.known.slug}:
            return one.known
    raise CliError(_("You have no status page %(text)s.") % {"text": text}, _("pong status-pages lists them."))


def _columns() -> "list[Column[StatusPage]]":
    from pong_cli.output.screen import Column  # noqa: PLC0415

    return [
        Column("Id", "id", right=True),
        Column(_("Slug"), "slug"),
        Column(_("Title"), "title"),
        Column(_("State"), "published", lambda row: _("public") if row.published else _("hidden")),
        Column(_("Endpoints"), "groups", lambda row: str(sum(len(one.endpoints) for one in row.groups))),
    ]


group(app, pages_app, "status-pages", text=_("Pages that tell everybody how you are."))
