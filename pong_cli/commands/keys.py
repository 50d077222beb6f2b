"""Named API keys, for scripts and other machines."""

from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from pong_cli.command import Session, Yes, command, group, remove
from pong_cli.errors import CliError
from pong_cli.labels import _

if TYPE_CHECKING:
    from common.contracts.answers.user_service import Key
    from pong_cli.output.screen import Column

    K = TypeVar("K", bound=Key)
app = typer.Typer()
keys_app = typer.Typer()
PATH = "/user-service/keys"


@command(keys_app, "ls", text=_("Your named keys; their texts are never shown again."), example="pong keys")
def keys_ls(session: Session) -> None:
    """List."""
    from common.contracts.answers.user_service import Key  # noqa: PLC0415

    session.screen.rows(list(session.api.every(PATH, answer=Key)), _columns(Key), empty=_("No named keys."))


@command(keys_app, "add", text=_("A new key; its text is printed once, alone on a line with --quiet."),
         example="pong keys add ci --expires 90d\nPONG_API_KEY=$(pong keys add ci --quiet)")  # fmt: skip
def keys_add(
    session: Session, *, name: Annotated[str, typer.Argument(metavar="NAME", help=_("What it is for."))],
    expires: Annotated[str | None, typer.Option("--expires", help=_("After so long: 90d. Else it lives on."))] = None,
) -> None:  # fmt: skip
    """Create."""
    from datetime import timedelta  # noqa: PLC0415

    from common.contracts.answers.user_service import NewKey  # noqa: PLC0415
    from pong_cli.output.screen import Column  # noqa: PLC0415
    from pong_cli.output.times import iso, now, seconds_of  # noqa: PLC0415

    body: dict[str, object] = {"name": name}
    if expires:
        body["expires_at"] = iso(now() + timedelta(seconds=seconds_of(expires)))
    made = session.api.post(PATH, body, answer=NewKey)
    if session.output == "table" and not session.quiet:
        typer.echo(made.known.key)
        typer.echo(_("This is the only time that the key is shown."), err=True)
    else:
        session.screen.one(made, [*_columns(NewKey), Column(_("Key"), "key")], ident="key")


@command(keys_app, "rm", text=_("Revoke a key: it opens nothing from now on."), example="pong keys rm ci --yes")
def keys_rm(
    session: Session, *, key: Annotated[str, typer.Argument(metavar="KEY", help=_("Its name or id."))],
    yes: Yes = False,
) -> None:  # fmt: skip
    """Revoke, after asking."""
    from common.contracts.answers.user_service import Key  # noqa: PLC0415

    found = [one.known for one in session.api.every(PATH, answer=Key)]
    matches = [one for one in found if key in (str(one.id), one.name)]
    if len(matches) != 1:
        raise CliError(_("You have no single key %(text)s.") % {"text": key}, _("pong keys lists them with their ids."))
    remove(session, f"{PATH}/{matches[0].id}", matches[0].name, yes=yes)


def _columns(_of: "type[K]") -> "list[Column[K]]":
    from pong_cli.output.screen import Column  # noqa: PLC0415
    from pong_cli.output.times import ago, exact  # noqa: PLC0415

    return [
        Column("Id", "id", right=True),
        Column(_("Name"), "name"),
        Column(_("Made"), "created_at", lambda row: exact(row.created_at)),
        Column(_("Expires"), "expires_at", lambda row: ago(row.expires_at) or _("never")),
        Column(_("Last used"), "last_used_at", lambda row: ago(row.last_used_at) or _("never")),
    ]


group(app, keys_app, "keys", text=_("API keys with names, for scripts."))
