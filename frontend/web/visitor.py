"""Who looks at the page: the session's user, the encrypted key, and a gateway that calls as them."""

import time
import zoneinfo
from dataclasses import dataclass
from typing import Protocol

import msgspec
from django.contrib.messages.storage.base import BaseStorage
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.middleware.csrf import rotate_token
from django.utils import timezone
from django_htmx.middleware import HtmxDetails

from common.clocks.time_zones import time_zones
from common.security.client_address import forwarded_address
from common.security.crypto import decrypt, encrypt
from frontend.gateway.client import Gateway

KEY, USER, SECOND_STEP, WELCOME = "key", "user", "second_step", "welcome"
KEPT = ("id", "email", "name", "language", "time_zone")
SECOND_STEP_SECONDS = 300
"""How long a right password waits for its code."""
TIME_ZONE_COOKIE = "time_zone"
DEFAULT_TIME_ZONE = "Asia/Seoul"
PURGED_AT_ONCE = 500
"""Ended sessions that a login waits for the removal of."""


class Known(Protocol):
    """A user of whom a page shows something."""

    @property
    def id(self) -> int | None: ...
    @property
    def email(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def time_zone(self) -> str: ...


class KnownWithKey(Known, Protocol):
    """With the key of a login."""

    @property
    def key(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """What pages show of the user, as the session keeps it."""

    id: int
    email: str
    name: str = ""
    language: str = ""
    time_zone: str = ""


class WebRequest(HttpRequest):
    """A request as the middleware leaves it."""

    user_data: "Visitor | None"
    gateway: Gateway
    htmx: HtmxDetails
    _messages: BaseStorage


def log_in(request: WebRequest, *, user: KnownWithKey) -> None:
    """Keep the user and, encrypted, the key of a login's answer; new ids of session and forms: none can be planted."""
    session = request.session
    session.cycle_key()
    rotate_token(request)
    session.pop(SECOND_STEP, None)
    session[KEY] = encrypt(user.key)
    remember(session, user=user)


def keep_second_step(session: SessionBase, *, email: str, password: str) -> None:
    """Remember, encrypted and for five minutes, what the first step of a login was given."""
    session[SECOND_STEP] = encrypt({"email": email, "password": password, "until": time.time() + SECOND_STEP_SECONDS})


def second_step_of(session: SessionBase) -> dict[str, str] | None:
    """`{"email", "password"}`, or None where nobody is half-way in."""
    try:
        kept = decrypt(str(session[SECOND_STEP])) if SECOND_STEP in session else None
    except ValueError:
        return None
    if kept is None or kept.pop("until") < time.time():
        session.pop(SECOND_STEP, None)
        return None
    return dict(kept)


def remember(session: SessionBase, *, user: Known) -> None:
    """Keep what pages show of the user."""
    session[USER] = {name: getattr(user, name) for name in KEPT}


def key_of(session: SessionBase) -> str | None:
    """The key, or None for nobody (also when the encryption keys were replaced meanwhile)."""
    try:
        return str(decrypt(str(session[KEY]))) if KEY in session else None
    except ValueError:
        return None


def recognise(request: WebRequest) -> None:
    """Set `request.gateway` and `request.user_data`."""
    key = key_of(request.session)
    request.gateway = Gateway(key=key, address=forwarded_address(request))
    request.user_data = _visitor_of(request.session) if key else None


def _visitor_of(session: SessionBase) -> Visitor | None:
    """None where nobody is kept, or not what we keep."""
    kept = session.get(USER)
    try:
        return msgspec.convert({name: value for name, value in dict(kept or {}).items() if value is not None}, Visitor)
    except (msgspec.ValidationError, ValueError):
        return None


def time_zone_of(request: WebRequest) -> zoneinfo.ZoneInfo:
    """The user's own zone, else the browser's (cookie), else Seoul's."""
    chosen = request.user_data.time_zone if request.user_data else ""
    for name in (chosen, request.COOKIES.get(TIME_ZONE_COOKIE)):
        if name and name in time_zones():
            return zoneinfo.ZoneInfo(name)
    return zoneinfo.ZoneInfo(DEFAULT_TIME_ZONE)


def purge_expired_sessions() -> int:
    """Remove the oldest sessions that have ended; returns how many.

    frontend has no worker, and one would cost memory all day for a DELETE. A session is made by a visitor who acts, and
    each login removes up to as many as follow, so the table cannot outgrow its living rows.
    """
    ended = Session.objects.filter(expire_date__lt=timezone.now()).order_by("expire_date")[:PURGED_AT_ONCE]
    return Session.objects.filter(pk__in=list(ended.values_list("pk", flat=True))).delete()[0]
