"""Notification channels: whom to tell."""

from typing import TYPE_CHECKING, Annotated

import typer

from common.contracts.answers.base import Status
from common.contracts.answers.notification_service import Notification
from common.contracts.channels import CHANNELS
from pong_cli import channel_options as options
from pong_cli.command import Session, Yes, command, group, remove
from pong_cli.errors import CliError, WrongUsage
from pong_cli.labels import _
from pong_cli.resolve import only
from pong_cli.spec_options import Given

if TYPE_CHECKING:
    from pong_cli.output.screen import Column

app = typer.Typer()
channels_app = typer.Typer()
PATH = "/notification-service/notifications"

Ref = Annotated[str, typer.Argument(metavar="CHANNEL", help=_("Its name or id."))]


@command(channels_app, "ls", text=_("The channels, the oldest first."), example="pong channels")
def channels_ls(session: Session) -> None:
    """List."""
    session.screen.rows(list(session.api.every(PATH, answer=Notification)), _columns(), empty=_("No channels."))


@command(
    channels_app, "add", text=_("A new channel of one of the kinds; each has its own settings."),
    example="pong channels add email Team team@example.com\n"
            "pong channels add slack Ops --webhook-url https://hooks.slack.com/services/...",
    more=options.parameters,
)  # fmt: skip
def channels_add(
    session: Session, *,
    kind: options.Kind,
    name: Annotated[str, typer.Argument(metavar="NAME", help=_("What people call it."))],
    event: options.Events = None,
    tag: Annotated[list[str] | None, typer.Option("--tag", "-t", help=_("Only endpoints with one of them."))] = None,
    endpoint: Annotated[list[str] | None, typer.Option("--endpoint", help=_("Only these endpoints. Repeatable."))] = None,
    **given: Given,
) -> None:  # fmt: skip
    """Create."""
    body: dict[str, object] = {"kind": kind, "name": name, "settings": options.settings_of(given)}
    if endpoint:
        from pong_cli import resolve  # noqa: PLC0415

        body["endpoint_ids"] = [resolve.endpoint(session.api, one).known.id for one in endpoint]
    rules = {"events": event, "tags": tag}
    body |= {name: value for name, value in rules.items() if value}
    made = session.api.post(PATH, body, answer=Notification)
    channel = made.known
    session.screen.say(
        _("Channel %(name)s is made. Try it: pong channels test %(id)d") % {"name": channel.name, "id": channel.id}
    )
    if waiting := channel.unconfirmed_addresses:
        session.screen.say(
            _("A code was mailed to %(addresses)s: pong channels confirm %(id)d CODE")
            % {"addresses": ", ".join(waiting), "id": channel.id}
        )
    if not session.screen.for_people:
        session.screen.one(made, _columns())


@command(channels_app, "test", text=_("Send a test message; what the receiver says against it is shown."),
         example="pong channels test Team")  # fmt: skip
def channels_test(session: Session, *, channel: Ref) -> None:
    """Test."""
    found = _find(session, channel)
    answer = session.api.post(f"{PATH}/{found.id}/test", answer=Status).known
    if not answer.is_ok:
        raise CliError(
            _("The test message did not arrive: %(reason)s") % {"reason": answer.message},
            _("Look at the channel: pong channels --output yaml"),
        )
    session.screen.say(_("A test message went to %(name)s.") % {"name": found.name})


@command(channels_app, "confirm", text=_("Confirm an address with the code that was mailed to it."),
         example="pong channels confirm Team 123456")  # fmt: skip
def channels_confirm(
    session: Session, *, channel: Ref, code: Annotated[str, typer.Argument(metavar="CODE", help=_("From the mail."))]
) -> None:
    """Confirm."""
    session.api.post(f"{PATH}/{_find(session, channel).id}/confirm", {"code": code})
    session.screen.say(_("Confirmed."))


@command(channels_app, "rm", text=_("Remove a channel with its history."), example="pong channels rm Team --yes")
def channels_rm(
    session: Session, *, channel: Ref,
    yes: Yes = False,
) -> None:  # fmt: skip
    """Delete, after asking."""
    found = _find(session, channel)
    remove(session, f"{PATH}/{found.id}", found.name, yes=yes)


def _columns() -> "list[Column[Notification]]":
    from pong_cli.output.screen import Column  # noqa: PLC0415

    def goes_to(row: Notification) -> str:
        kind = CHANNELS.get(row.kind)
        return kind.target(row.settings, _) if kind else ""

    def on(row: Notification) -> str:
        return _("on") if row.enabled else row.disabled_reason or _("off")

    return [
        Column("Id", "id", right=True),
        Column(_("Name"), "name"),
        Column(_("Kind"), "kind"),
        Column(_("To"), "settings", goes_to),
        Column(_("State"), "enabled", on),
        Column(_("Tags"), "tags"),
    ]


def _find(session: Session, text: str) -> Notification:
    every = [one.known for one in session.api.every(PATH, answer=Notification)]
    matches = [one for one in every if text == str(one.id)] or [
        one for one in every if text.casefold() == one.name.casefold()
    ]
    return only(
        matches,
        CliError(_("You have no channel %(text)s.") % {"text": text}, _("pong channels lists them.")),
        WrongUsage(_("Several channels are called %(text)s.") % {"text": text}, _("Say which by its id.")),
    )


group(app, channels_app, "channels", text=_("Whom to tell: e-mail, Slack, webhooks and others."))
