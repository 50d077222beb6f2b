"""Notification channels: whom to tell."""

from typing import Annotated, Any

import typer

from common.contracts.channels import CHANNELS
from pong_cli import channel_options as options
from pong_cli.command import Session, command, group
from pong_cli.errors import CliError, WrongUsage
from pong_cli.labels import _

app = typer.Typer()
channels_app = typer.Typer()
PATH = "/notification-service/notifications"

Ref = Annotated[str, typer.Argument(metavar="CHANNEL", help=_("Its name or id."))]


@command(channels_app, "ls", text=_("The channels, the oldest first."), example="pong channels")
def channels_ls(session: Session) -> None:
    """List."""
    session.screen.rows(list(session.api.every(PATH)), _columns(), empty=_("No channels."))


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
    **given: Any,
) -> None:  # fmt: skip
    """Create."""
    body: dict[str, Any] = {"kind": kind, "name": name, "settings": options.settings_of(given)}
    if endpoint:
        from pong_cli import resolve  # noqa: PLC0415

        body["endpoint_ids"] = [resolve.endpoint(session.api, one)["id"] for one in endpoint]
    rules = {"events": event, "tags": tag}
    made = session.api.post(PATH, body | {name: value for name, value in rules.items() if value})
    session.screen.say(_("Channel %(name)s is made. Try it: pong channels test %(id)d") % made)
    if waiting := made.get("unconfirmed_addresses"):
        session.screen.say(
            _("A code was mailed to %(addresses)s: pong channels confirm %(id)d CODE")
            % {"addresses": ", ".join(waiting), "id": made["id"]}
        )
    if not session.screen.for_people:
        session.screen.one(made, _columns())


@command(channels_app, "test", text=_("Send a test message; what the receiver says against it is shown."),
         example="pong channels test Team")  # fmt: skip
def channels_test(session: Session, *, channel: Ref) -> None:
    """Test."""
    found = _find(session, channel)
    answer = session.api.post(f"{PATH}/{found['id']}/test")
    if answer["status"] != "ok":
        raise CliError(
            _("The test message did not arrive: %(reason)s") % {"reason": answer.get("message", "")},
            _("Look at the channel: pong channels --output yaml"),
        )
    session.screen.say(_("A test message went to %(name)s.") % {"name": found["name"]})


@command(channels_app, "confirm", text=_("Confirm an address with the code that was mailed to it."),
         example="pong channels confirm Team 123456")  # fmt: skip
def channels_confirm(
    session: Session, *, channel: Ref, code: Annotated[str, typer.Argument(metavar="CODE", help=_("From the mail."))]
) -> None:
    """Confirm."""
    session.api.post(f"{PATH}/{_find(session, channel)['id']}/confirm", {"code": code})
    session.screen.say(_("Confirmed."))


@command(channels_app, "rm", text=_("Remove a channel with its history."), example="pong channels rm Team --yes")
def channels_rm(
    session: Session, *, channel: Ref,
    yes: Annotated[bool, typer.Option("--yes", "-y", help=_("Do not ask."))] = False,
) -> None:  # fmt: skip
    """Delete, after asking."""
    found = _find(session, channel)
    if not yes:
        typer.confirm(_("Remove %(names)s?") % {"names": found["name"]}, abort=True, err=True)
    session.api.delete(f"{PATH}/{found['id']}")
    session.screen.say(_("%(key)s is removed.") % {"key": found["name"]})


def _columns() -> "list[Any]":
    from pong_cli.output.screen import Column  # noqa: PLC0415

    def goes_to(row: Any) -> str:
        kind = CHANNELS.get(row["kind"])
        return kind.target(row["settings"], _) if kind else ""

    def on(row: Any) -> str:
        return _("on") if row["enabled"] else row["disabled_reason"] or _("off")

    return [
        Column("Id", "id", right=True),
        Column(_("Name"), "name"),
        Column(_("Kind"), "kind"),
        Column(_("To"), "settings", goes_to),
        Column(_("State"), "enabled", on),
        Column(_("Tags"), "tags"),
    ]


def _find(session: Session, text: str) -> dict[str, Any]:
    every = list(session.api.every(PATH))
    matches = [one for one in every if text == str(one["id"])] or [
        one for one in every if text.casefold() == one["name"].casefold()
    ]
    if not matches:
        raise CliError(_("You have no channel %(text)s.") % {"text": text}, _("pong channels lists them."))
    if len(matches) > 1:
        raise WrongUsage(_("Several channels are called %(text)s.") % {"text": text}, _("Say which by its id."))
    return matches[0]


group(app, channels_app, "channels", text=_("Whom to tell: e-mail, Slack, webhooks and others."))
