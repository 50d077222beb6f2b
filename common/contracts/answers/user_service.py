"""Accounts, keys and what happened to them as user_service answers them."""

from datetime import datetime

from common.contracts.answers.base import Answer, Status


class User(Answer, frozen=True, kw_only=True):
    """Who is logged in."""

    email: str
    id: int = 0
    name: str = ""
    language: str = ""
    time_zone: str = "UTC"
    created_at: datetime | None = None


class UserWithKey(User, frozen=True, kw_only=True):
    """Of a login or sign-up: the user with a key for it."""

    key: str


class Key(Answer, frozen=True, kw_only=True):
    """A named key; `expires_at` is None for one that lives on."""

    id: int
    name: str
    created_at: datetime | None = None
    expires_at: datetime | None = None
    last_used_at: datetime | None = None


class NewKey(Key, frozen=True, kw_only=True):
    """The only time that its text is answered."""

    key: str


class SecurityEvent(Answer, frozen=True, kw_only=True):
    """What happened to an account, and from which address."""

    id: int
    kind: str
    created_at: datetime
    address: str = ""
    detail: str = ""


class Totp(Answer, frozen=True, kw_only=True):
    """Whether an app's codes are asked for at a login."""

    enabled: bool
    recovery_codes_left: int = 0


class TotpSecret(Status, frozen=True, kw_only=True):
    """For the app."""

    secret: str
    uri: str


class RecoveryCodes(Status, frozen=True, kw_only=True):
    """Each good for one login."""

    recovery_codes: list[str]
