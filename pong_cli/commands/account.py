"""Accounts: sign up, log in, log out, who one is, and which account commands mean."""

import os
import socket
import sys
from dataclasses import replace
from typing import Annotated
from urllib.parse import urlsplit

import typer

from pong_cli import profiles
from pong_cli.command import Session, command, group
from pong_cli.errors import ApiError, NotLoggedIn, WrongUsage
from pong_cli.labels import _, language
from pong_cli.output.control_characters import harmless
from pong_cli.profiles import Profile

LOOK_SECONDS = 1.0
app = typer.Typer()
profiles_app = typer.Typer()

Email = Annotated[str | None, typer.Option("--email", help=_("Your e-mail address (asked for where it is missing)."))]
PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help=_("Read the password from standard input, for scripts."))
]
Host = Annotated[str | None, typer.Option("--host", help=_("The API's address: https://api.example.com."))]


def _credentials(email: str | None, *, password_stdin: bool, twice: bool) -> dict[str, str]:
    address = email or typer.prompt(_("E-mail"), err=True)
    if password_stdin:
        password = sys.stdin.readline().rstrip("\n")
    else:
        password = typer.prompt(
            _("Password"), hide_input=True, err=True, confirmation_prompt=_("Once more") if twice else False
        )
    return {"email": address, "password": password}


def _target(session: Session, host: str | None) -> tuple[str, Profile]:
    """The profile to log in to, which need not exist yet."""
    name = profiles.name_of(session.profile_name)
    known = profiles.stored()[1]
    if not host and name not in known and "PONG_HOST" not in os.environ:
        host = _host_of_a_first_login()
    if host:
        return name, replace(known.get(name, Profile()), host=profiles.clean_host(host), key="")
    return name, profiles.profile_of(session.profile_name if session.profile_name in known else None)


def _host_of_a_first_login() -> str:
    """This machine's own installation where one answers; else somebody is asked, where somebody is there."""
    address = urlsplit(profiles.DEFAULT_HOST)
    try:
        socket.create_connection((address.hostname, address.port), LOOK_SECONDS).close()
    except OSError:
        if sys.stdin.isatty():
            return str(typer.prompt(_("The API's address"), default=profiles.DEFAULT_HOST, err=True))
    return profiles.DEFAULT_HOST


def _keep(session: Session, name: str, profile: Profile) -> None:
    """Store it and make it the current one."""
    profiles.save(name, profiles.stored()[1] | {name: profile})
    session.screen.say(_("Logged in at %(host)s as %(email)s.") % {"host": profile.host, "email": profile.email or "?"})


def _enter(session: Session, path: str, host: str | None, body: dict[str, str]) -> None:
    from common.contracts.answers.user_service import UserWithKey  # noqa: PLC0415
    from pong_cli.answers import known  # noqa: PLC0415
    from pong_cli.api import Api  # noqa: PLC0415

    name, profile = _target(session, host)
    try:
        answer = Api(profile).request("POST", path, json=body, anonymous=True)
    except ApiError as error:
        if error.code != "CODE_NEEDED":
            raise
        if not sys.stdin.isatty():
            raise WrongUsage(error.message, _("Give it with --code.")) from error
        code = typer.prompt(error.message, err=True)
        answer = Api(profile).request("POST", path, json=body | {"code": code}, anonymous=True)
    if not isinstance(answer, dict) or "key" not in answer:
        session.screen.say(_("A mail is on its way to %(email)s: confirm, then pong login.") % {"email": body["email"]})
        return
    user = known(answer, UserWithKey)
    _keep(session, name, replace(profile, key=user.key, email=user.email))


@command(app, "signup", text=_("Make an account and log in."), example="pong signup --email you@example.com")
def signup(
    session: Session, *, email: Email = None, password_stdin: PasswordStdin = False, host: Host = None,
    name: Annotated[str | None, typer.Option("--name", help=_("Your name."))] = None,
) -> None:  # fmt: skip
    """Sign up; the first key is kept like one of a login."""
    body = _credentials(email, password_stdin=password_stdin, twice=True)
    extra = {"language": language(), **({"name": name} if name else {})}
    _enter(session, "/user-service/users", host, body | extra)


@command(
    app, "login",
    text=_("Log in; the key is kept in a file that only you can read."),
    example="pong login --email you@example.com\npong login --host http://127.0.0.1:8000 --profile local",
)  # fmt: skip
def login(
    session: Session, *, email: Email = None, password_stdin: PasswordStdin = False, host: Host = None,
    key: Annotated[str | None, typer.Option("--key", help=_("Use this API key instead of a password."))] = None,
    code: Annotated[str | None, typer.Option("--code", help=_("Of your authenticator app, or a recovery code."))] = None,
) -> None:  # fmt: skip
    """Log in with a password, or check and keep a key."""
    if key is None:
        body = _credentials(email, password_stdin=password_stdin, twice=False) | ({"code": code} if code else {})
        _enter(session, "/user-service/login", host, body)
        return
    from common.contracts.answers.user_service import User  # noqa: PLC0415
    from pong_cli.api import Api  # noqa: PLC0415

    name, profile = _target(session, host)
    profile = replace(profile, key=key)
    user = Api(profile).get("/user-service/users/me", answer=User).known
    _keep(session, name, replace(profile, email=user.email))


@command(app, "logout", text=_("Log out: the key opens nothing any more and is forgotten."), example="pong logout")
def logout(session: Session) -> None:
    """Revoke the key; one that the API does not know any more is forgotten all the same."""
    name, known = profiles.name_of(session.profile_name), profiles.stored()[1]
    try:
        session.api.post("/user-service/logout")
    except NotLoggedIn:
        if not known.get(name, Profile()).key:
            raise
    if name in known:
        profiles.save(name, known | {name: replace(known[name], key="")})
    session.screen.say(_("Logged out of %(host)s.") % {"host": session.profile.host})


@command(app, "whoami", text=_("Who is logged in, and where."), example="pong whoami --output json")
def whoami(session: Session) -> None:
    """The user, with the host."""
    from common.contracts.answers.user_service import User  # noqa: PLC0415
    from pong_cli.output.screen import Column  # noqa: PLC0415

    user = session.api.get("/user-service/users/me", answer=User).beside(host=session.profile.host)
    titles = {"email": _("E-mail"), "name": _("Name"), "host": _("Host"), "time_zone": _("Time zone"), "id": "Id"}
    session.screen.one(user, [Column(title, key) for key, title in titles.items()], ident="email")


@command(
    app, "password",
    text=_("Change the password; every other login ends, and the named keys where you say so."),
    example="pong password\nprintf '%s\\n' \"$OLD\" \"$NEW\" | pong password --password-stdin --revoke-keys",
)  # fmt: skip
def password(
    session: Session, *,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help=_("Read the present and the new password from two lines of the input."))
    ] = False,
    revoke_keys: Annotated[
        bool | None, typer.Option("--revoke-keys/--keep-keys", help=_("Whether the named keys end too (else it is asked)."))
    ] = None,
) -> None:  # fmt: skip
    """Change it; whoever had the old one may also have made a key, so the keys are named."""
    if password_stdin:
        present, new = (sys.stdin.readline().rstrip("\n") for _line in range(2))
    else:
        present = typer.prompt(_("Present password"), hide_input=True, err=True)
        new = typer.prompt(_("New password"), hide_input=True, err=True, confirmation_prompt=_("Once more"))
    if revoke_keys is None and not password_stdin:
        from common.contracts.answers.user_service import Key  # noqa: PLC0415

        names = [key.known.name for key in session.api.every("/user-service/keys", answer=Key)]
        question = harmless(_("Revoke your API keys too (%(names)s)?") % {"names": ", ".join(names)})
        revoke_keys = bool(names) and typer.confirm(question, err=True)
    body = {"current_password": present, "new_password": new, "revoke_keys": bool(revoke_keys)}
    session.api.post("/user-service/users/me/password", body)
    session.screen.say(_("The password is changed."))


@command(profiles_app, "ls", text=_("The accounts that are kept here; a star marks the current one."),
         example="pong profiles")  # fmt: skip
def profiles_ls(session: Session) -> None:
    """All profiles, without their keys."""
    from pong_cli.answers import Answered  # noqa: PLC0415
    from pong_cli.output.screen import Column  # noqa: PLC0415

    current, known = profiles.stored()
    rows = [
        Answered(one, {
            "name": name, "host": one.host, "email": one.email, "logged_in": bool(one.key), "current": name == current,
        })
        for name, one in known.items()
    ]  # fmt: skip
    columns: list[Column[Profile]] = [
        Column("", "current", lambda row: "*" if row is known.get(current) else ""),
        Column(_("Name"), "name"),
        Column(_("Host"), "host"),
        Column(_("E-mail"), "email"),
        Column(_("Logged in"), "logged_in", lambda row: _("yes") if row.key else _("no")),
    ]
    session.screen.rows(rows, columns, empty=_("No accounts yet. Begin with pong login."), ident="name")


ProfileName = Annotated[str, typer.Argument(metavar="NAME", help=_("The profile's name."))]


@command(profiles_app, "use", text=_("Make an account the current one."), example="pong profiles use work")
def profiles_use(session: Session, *, name: ProfileName) -> None:
    """Switch."""
    profiles.save(name, _known(name))
    session.screen.say(_("Commands now mean %(name)s.") % {"name": name})


@command(profiles_app, "rm", text=_("Forget an account here; its key stays valid (pong logout ends it)."),
         example="pong profiles rm work")  # fmt: skip
def profiles_rm(session: Session, *, name: ProfileName) -> None:
    """Forget."""
    known = _known(name)
    del known[name]
    current = profiles.stored()[0]
    profiles.save(current if current in known else next(iter(known), profiles.DEFAULT), known)
    session.screen.say(_("%(name)s is forgotten.") % {"name": name})


def _known(name: str) -> dict[str, Profile]:
    known = profiles.stored()[1]
    if name not in known:
        raise WrongUsage(_("There is no profile %(name)s.") % {"name": name}, _("pong profiles lists them."))
    return known


group(app, profiles_app, "profiles", text=_("The accounts and installations that are kept here."))
