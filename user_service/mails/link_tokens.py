"""The tokens of mails: nothing of them is stored.

A reset's token is signed over the password's hash, so that the first use makes it and all its siblings worthless. A
confirmation's token carries what it confirms, encrypted: an account that nobody confirmed never exists. A change of
email also carries what it was made from: the account's email, its password's hash, and the one change that waits.
"""

import hmac
import time
from typing import Literal

import msgspec
from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.utils.crypto import salted_hmac

from common.security.crypto import decrypt, encrypt
from user_service.errors import InvalidToken
from user_service.models import User

RESET_LIFE = 3600
"""Seconds."""
CONFIRMATION_LIFE = 24 * 3600
"""Seconds."""
MOST = 4096
"""Characters of a token at most."""
Purpose = Literal["sign_up", "email_change"]


class SignUp(msgspec.Struct):
    """What a sign-up's link carries: the account that it makes, its password as a hash, and the row that waits."""

    email: str
    password: str
    name: str
    language: str
    time_zone: str
    sign_up: int | None = None


class EmailChange(msgspec.Struct):
    """What the link of a change of email carries; `change` names it in the account's row."""

    user_id: int
    email: str
    fingerprint: str
    change: str = ""


class _Confirmation(msgspec.Struct):
    purpose: Purpose
    until: float
    content: dict[str, object]


class _Reset(msgspec.Struct):
    id: int
    fingerprint: str


_CARRIED: dict[Purpose, type[SignUp | EmailChange]] = {"sign_up": SignUp, "email_change": EmailChange}


def _signer() -> TimestampSigner:
    return TimestampSigner(salt="user_service.password-reset")


def _fingerprint(user: User, key: str) -> str:
    """Changes with the password and with the email."""
    return salted_hmac("user_service.fingerprint", f"{user.password} {user.email}", secret=key).hexdigest()


def password_reset_token(user: User) -> str:
    """A token that sets this user's password once, for an hour."""
    return _signer().sign_object({"id": user.id, "fingerprint": _fingerprint(user, settings.SECRET_KEY)})


def password_reset_user_id(token: str) -> int:
    """Whose token this is; `password_reset_check` must follow. Raises `InvalidToken` for a forged or old one."""
    return _reset(token).id


def password_reset_check(token: str, user: User) -> None:
    """Raises `InvalidToken` where the token was used or the account has changed since."""
    if not _is_unchanged(user, _reset(token).fingerprint):
        raise InvalidToken


def _is_unchanged(user: User, fingerprint: str) -> bool:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any([hmac.compare_digest(fingerprint, _fingerprint(user, key)) for key in keys])  # noqa: C419  each is compared


def _reset(token: str) -> _Reset:
    try:
        return msgspec.convert(_signer().unsign_object(token, max_age=RESET_LIFE), _Reset)
    except (BadSignature, ValueError, msgspec.ValidationError) as error:
        raise InvalidToken from error


def confirmation_token(content: SignUp | EmailChange) -> str:
    """A token that carries `content` for a day."""
    purpose: Purpose = "sign_up" if isinstance(content, SignUp) else "email_change"
    return encrypt({"purpose": purpose, "until": time.time() + CONFIRMATION_LIFE, "content": content})


def confirmation_content(token: str) -> SignUp | EmailChange:
    """What a token carries; raises `InvalidToken`."""
    try:
        opened = msgspec.convert(decrypt(token), _Confirmation)
        content = msgspec.convert(opened.content, _CARRIED[opened.purpose])
    except (ValueError, msgspec.ValidationError) as error:
        raise InvalidToken from error
    if opened.until < time.time():
        raise InvalidToken
    return content


def email_change_content(*, user: User, email: str, change: str) -> EmailChange:
    """Made from what the account is now: it is worthless once that changes."""
    return EmailChange(user.id, email, _fingerprint(user, settings.SECRET_KEY), change)


def email_change_owner(content: EmailChange) -> User | None:
    """The account whose change still waits for its link; None after another change, a new password or a deletion."""
    if not content.change:
        return None
    user = User.objects.living().filter(id=content.user_id, email_change=content.change).first()
    return user if user is not None and _is_unchanged(user, content.fingerprint) else None
