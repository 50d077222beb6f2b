"""Where keys are kept: `pong/profiles.json` below XDG_CONFIG_HOME, readable by its owner alone.

`{"current": "default", "profiles": {"default": {"host": "https://...", "key": "...", "email": "..."}}}`
"""

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pong_cli.errors import NotLoggedIn, WrongUsage
from pong_cli.labels import _

DEFAULT = "default"
DEFAULT_HOST = "http://localhost:8000"
"""Where `make up` puts the gateway."""


@dataclass(frozen=True)
class Profile:
    """An account at an installation. `key` is empty where one is not logged in."""

    host: str = DEFAULT_HOST
    key: str = ""
    email: str = ""


def path() -> Path:
    """The file."""
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "pong" / "profiles.json"


def stored() -> tuple[str, dict[str, Profile]]:
    """`(the current one's name, all by name)`."""
    try:
        data: dict[str, Any] = json.loads(path().read_text(encoding="utf-8"))
        profiles = {str(name): Profile(**fields) for name, fields in data["profiles"].items()}
        return str(data["current"]), profiles
    except FileNotFoundError:
        return DEFAULT, {}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WrongUsage(
            _("%(path)s is damaged.") % {"path": path()}, _("Delete it and log in again: pong login")
        ) from error


def save(current: str, profiles: dict[str, Profile]) -> None:
    """Write the file as a whole, never readable by anybody else, not even for a moment."""
    target = path()
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = json.dumps({"current": current, "profiles": {name: asdict(one) for name, one in profiles.items()}}, indent=2)
    descriptor, temporary = tempfile.mkstemp(dir=target.parent)  # mkstemp makes it 0600
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text + "\n")
    Path(temporary).replace(target)


def name_of(asked: str | None) -> str:
    """The profile that a command means: asked for, PONG_PROFILE, or the current one."""
    return asked or os.environ.get("PONG_PROFILE") or stored()[0]


def profile_of(asked: str | None) -> Profile:
    """The profile with what the environment says over it; PONG_API_KEY and PONG_HOST need no file at all."""
    name, profiles = name_of(asked), stored()[1]
    if asked and asked not in profiles:
        raise WrongUsage(_("There is no profile %(name)s.") % {"name": asked}, _("pong profiles lists them."))
    profile = profiles.get(name, Profile())
    host = os.environ.get("PONG_HOST") or profile.host
    return Profile(host=clean_host(host), key=os.environ.get("PONG_API_KEY") or profile.key, email=profile.email)


def clean_host(text: str) -> str:
    """`https://` where the scheme is missing, no slash at the end."""
    text = text.strip().rstrip("/")
    return text if "://" in text else f"https://{text}"


def require_key(profile: Profile) -> str:
    """The key; raises `NotLoggedIn` where there is none."""
    if not profile.key:
        raise NotLoggedIn(
            _("You are not logged in at %(host)s.") % {"host": profile.host},
            _("Run pong login, or set PONG_API_KEY."),
        )
    return profile.key
